"""Comparing with the chain: what each comparison found, and creations found by our reference."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reconciliation_runs",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("orders_compared", sa.BigInteger(), nullable=False),
        sa.Column("orders_mended", sa.BigInteger(), nullable=False),
        sa.Column("differences", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reconciliation_runs")),
    )
    op.create_index(
        "ix_chain_events_creation_of_reference",
        "chain_events",
        [sa.text("(arguments ->> 'reference')")],
        postgresql_where=sa.text("name = 'OrderCreated'"),
    )


def downgrade() -> None:
    op.drop_index("ix_chain_events_creation_of_reference", "chain_events")
    op.drop_table("reconciliation_runs")
