"""Disputes: since when an order is in one, and who decides it."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """When an order came into dispute is a fact in the log."""
    op.add_column("orders", sa.Column("disputed_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(
        """
        UPDATE orders SET disputed_at = chain_events.happened_at FROM chain_events
        WHERE chain_events.name = 'OrderDisputed' AND chain_events.standing = 'finalized'
          AND chain_events.applied_at IS NOT NULL AND chain_events.chain_order_id = orders.chain_order_id
        """
    )
    op.create_index(
        "ix_chain_events_terms",
        "chain_events",
        [sa.text("(arguments ->> 'terms_id')")],
        postgresql_where=sa.text("name = 'TermsPublished'"),
    )


def downgrade() -> None:
    op.drop_index("ix_chain_events_terms", table_name="chain_events")
    op.drop_column("orders", "disputed_at")
