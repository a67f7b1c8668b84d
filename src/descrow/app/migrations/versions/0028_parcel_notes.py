"""Keep the keys of what sellers say of parcels: it is sealed, and no longer public."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "parcel_notes",
        sa.Column("cid", sa.String(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("wraps", postgresql.JSONB(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_parcel_notes_order_id")),
        sa.PrimaryKeyConstraint("cid", name=op.f("pk_parcel_notes")),
    )
    op.create_index("ix_parcel_notes_order_id", "parcel_notes", ["order_id"])


def downgrade() -> None:
    op.drop_table("parcel_notes")
