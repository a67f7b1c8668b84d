"""Note when goods have arrived, if they got more time, and which reminders were sent. Find credits by payee."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("orders", sa.Column("transit_extended_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("orders", sa.Column("received_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "order_reminders",
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("deadline_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("hours_before", sa.BigInteger(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_order_reminders_order_id")),
        sa.PrimaryKeyConstraint("order_id", "deadline_at", "hours_before", name=op.f("pk_order_reminders")),
    )
    op.create_index(
        "ix_chain_events_credit_of_payee",
        "chain_events",
        [sa.literal_column("(arguments ->> 'payee')")],
        postgresql_where=sa.text("name IN ('Credited', 'Withdrawn')"),
    )


def downgrade() -> None:
    op.drop_table("order_reminders")
    op.drop_index("ix_chain_events_credit_of_payee", table_name="chain_events")
    op.drop_column("orders", "received_at")
    op.drop_column("orders", "transit_extended_at")
