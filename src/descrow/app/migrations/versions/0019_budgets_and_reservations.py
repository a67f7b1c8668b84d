"""Give calls a priority, and keep what workers see of their signers.

Disputes and received money go first and keep a part of the day's budget. The API, which has no key, asks
`signer_states` before it prompts a phone.
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


def downgrade() -> None:
    op.drop_table("signer_states")
    op.drop_column("contract_calls", "priority")
