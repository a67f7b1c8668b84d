"""Define what people upload: blocks by their digest, files by their CID, and who brought them."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "blocks",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("digest = sha256(data)", name=op.f("ck_blocks_digest_is_of_data")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_blocks")),
    )
    # What people upload is compressed already.
    op.execute("ALTER TABLE blocks ALTER COLUMN data SET STORAGE EXTERNAL")
    op.create_table(
        "contents",
        sa.Column("cid", sa.String(), nullable=False),
        sa.Column(
            "media_type",
            sa.Enum(
                "image/jpeg",
                "image/png",
                "image/webp",
                "application/pdf",
                "text/plain",
                "application/octet-stream",
                name="mediatype",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("thumbnail_cid", sa.String(), nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["thumbnail_cid"], ["contents.cid"], name=op.f("fk_contents_thumbnail_cid_contents")),
        sa.PrimaryKeyConstraint("cid", name=op.f("pk_contents")),
    )
    op.create_table(
        "uploads",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("filename", sa.String(), nullable=False),
        sa.Column("cid", sa.String(), nullable=True),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_uploads_account_id_accounts")),
        sa.ForeignKeyConstraint(["cid"], ["contents.cid"], name=op.f("fk_uploads_cid_contents")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_uploads")),
    )
    op.create_index("ix_uploads_account_began", "uploads", ["account_id", "began_at"], unique=False)
    op.create_index(op.f("ix_uploads_cid"), "uploads", ["cid"], unique=False)


def downgrade() -> None:
    op.drop_table("uploads")
    op.drop_table("contents")
    op.drop_table("blocks")
