"""Give calls a priority, so that disputes and received money go first and keep a part of the day's budget."""

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


def downgrade() -> None:
    op.drop_column("contract_calls", "priority")
