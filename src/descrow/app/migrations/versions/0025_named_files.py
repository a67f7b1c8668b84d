"""Keep the CIDs that parties name for orders: the chain's digest does not say how a file is laid out.

Evidence of earlier versions is found in the threads of disputes. What was said of parcels is found among the uploads.
"""

import base64

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_DIGEST_BYTES = 32
_PREFIXES = tuple(bytes([1, codec, 0x12, 0x20]) for codec in (0x55, 0x70))
"""Of CIDs of version 1 by SHA-256: of one raw block, and of a file of several."""


def upgrade() -> None:
    op.create_table(
        "named_files",
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("cid", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_named_files_order_id")),
        sa.PrimaryKeyConstraint("order_id", "digest", name=op.f("pk_named_files")),
    )
    shown = op.get_bind().execute(sa.text("SELECT order_id, cid FROM dispute_entries WHERE cid IS NOT NULL"))
    _keep([(order_id, cid) for order_id, cid in shown])
    kept = op.get_bind().execute(sa.text("SELECT id, tracking FROM orders WHERE tracking IS NOT NULL")).all()
    candidates = [
        (order_id, _cid(prefix + bytes.fromhex(tracking.removeprefix("0x"))))
        for order_id, tracking in kept
        for prefix in _PREFIXES
    ]
    among = sa.text("SELECT cid FROM contents WHERE cid = ANY(:cids)")
    served = set(op.get_bind().execute(among, {"cids": [cid for _, cid in candidates]}).scalars())
    _keep([(order_id, cid) for order_id, cid in candidates if cid in served])


def downgrade() -> None:
    op.drop_table("named_files")


def _keep(files: list[tuple[int, str]]) -> None:
    rows = [{"order_id": order_id, "digest": _binary(cid)[-_DIGEST_BYTES:], "cid": cid} for order_id, cid in files]
    if rows:
        insert = sa.text(
            "INSERT INTO named_files (order_id, digest, cid) VALUES (:order_id, :digest, :cid) ON CONFLICT DO NOTHING"
        )
        op.get_bind().execute(insert, rows)


def _cid(binary: bytes) -> str:
    return "b" + base64.b32encode(binary).decode().lower().rstrip("=")


def _binary(cid: str) -> bytes:
    return base64.b32decode(cid[1:].upper() + "=" * (-len(cid[1:]) % 8))
