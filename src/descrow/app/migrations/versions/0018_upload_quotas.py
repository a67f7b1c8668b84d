"""Count the bytes of uploads, and note when a block was put, so that what nothing refers to can be deleted."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("uploads", sa.Column("size_bytes", sa.BigInteger(), nullable=True))
    op.add_column("uploads", sa.Column("sealed_cid", sa.String(), nullable=True))
    op.create_index(op.f("ix_uploads_sealed_cid"), "uploads", ["sealed_cid"])
    op.execute("UPDATE uploads SET size_bytes = c.size_bytes FROM contents c WHERE c.cid = uploads.cid")
    # PostgreSQL keeps the default beside the table: no block is written anew.
    op.add_column(
        "blocks", sa.Column("put_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.text("now()"))
    )


def downgrade() -> None:
    op.drop_column("blocks", "put_at")
    op.drop_index(op.f("ix_uploads_sealed_cid"), "uploads")
    op.drop_column("uploads", "sealed_cid")
    op.drop_column("uploads", "size_bytes")
