"""Give calls a priority, keep what workers see of their signers, and say for how long an order keeps its piece.

Disputes and received money go first and keep a part of the day's budget. The API, which has no key, asks
`signer_states` before it prompts a phone. `last_rates` holds what the next exchange rate is compared with.
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("contract_calls", sa.Column("priority", sa.BigInteger(), nullable=False, server_default="2"))
    op.execute("UPDATE contract_calls SET priority = 0 WHERE status = 'queued' AND function = 'raise_dispute'")
    op.execute(
        "UPDATE contract_calls SET priority = 1 WHERE status = 'queued' AND function = 'record_offchain_payment'"
    )
    op.alter_column("contract_calls", "priority", server_default=None)
    op.add_column("orders", sa.Column("holds_piece", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.add_column("orders", sa.Column("reserved_until", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE orders SET holds_piece = false WHERE status IN ('cancelled', 'expired', 'refunded')")
    op.create_index(
        "ix_orders_reserved_until",
        "orders",
        ["reserved_until"],
        postgresql_where=sa.text("reserved_until IS NOT NULL AND status = 'created'"),
    )
    op.create_table(
        "signer_states",
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("free_planck", sa.BigInteger(), nullable=False),
        sa.Column("per_day_planck", sa.BigInteger(), nullable=True),
        sa.Column("cap_per_order_kes_cents", sa.BigInteger(), nullable=True),
        sa.Column("cap_per_day_kes_cents", sa.BigInteger(), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("role", name=op.f("pk_signer_states")),
    )
    op.create_table(
        "last_rates",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("kes_cents_per_dot", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("source", name=op.f("pk_last_rates")),
    )


def downgrade() -> None:
    op.drop_table("last_rates")
    op.drop_table("signer_states")
    op.drop_index("ix_orders_reserved_until", table_name="orders")
    op.drop_column("orders", "reserved_until")
    op.drop_column("orders", "holds_piece")
    op.drop_column("contract_calls", "priority")
