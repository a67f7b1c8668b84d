"""The sender whole: alerts, several signers, what their transactions cost."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "alerts",
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cleared_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("kind", "subject", name=op.f("pk_alerts")),
    )
    op.create_index("ix_alerts_open", "alerts", ["raised_at"], postgresql_where=sa.text("cleared_at IS NULL"))

    op.add_column(
        "contract_calls", sa.Column("signer_role", sa.String(length=32), nullable=False, server_default="operator")
    )
    op.alter_column("contract_calls", "signer_role", server_default=None)
    op.drop_index("ix_contract_calls_waiting", table_name="contract_calls")
    op.create_index(
        "ix_contract_calls_waiting",
        "contract_calls",
        ["signer_role", "id"],
        postgresql_where=sa.text("status = 'queued'"),
    )

    op.add_column("contract_calls", sa.Column("held_back", sa.String(length=32), nullable=True))

    for amount in ("tip_planck", "fee_estimate_planck", "deposit_limit_planck"):
        op.add_column("chain_transactions", sa.Column(amount, sa.BigInteger(), nullable=False, server_default="0"))
        op.alter_column("chain_transactions", amount, server_default=None)
    op.drop_index("ix_chain_transactions_open", table_name="chain_transactions")
    op.create_index(
        "ix_chain_transactions_open",
        "chain_transactions",
        ["signer", "nonce"],
        postgresql_where=sa.text("status = 'signed'"),
    )
    op.create_index(
        "ix_chain_transactions_replaced",
        "chain_transactions",
        ["signer", "nonce"],
        postgresql_where=sa.text("status = 'replaced'"),
    )
    op.create_index(
        "ix_chain_transactions_final",
        "chain_transactions",
        ["signer", "nonce"],
        postgresql_where=sa.text("status = 'finalized'"),
    )


def downgrade() -> None:
    op.drop_index("ix_chain_transactions_final", table_name="chain_transactions")
    op.drop_index("ix_chain_transactions_replaced", table_name="chain_transactions")
    op.drop_index("ix_chain_transactions_open", table_name="chain_transactions")
    op.create_index(
        "ix_chain_transactions_open", "chain_transactions", ["signer"], postgresql_where=sa.text("status = 'signed'")
    )
    for column in ("deposit_limit_planck", "fee_estimate_planck", "tip_planck"):
        op.drop_column("chain_transactions", column)
    op.drop_index("ix_contract_calls_waiting", table_name="contract_calls")
    op.create_index(
        "ix_contract_calls_waiting", "contract_calls", ["id"], postgresql_where=sa.text("status = 'queued'")
    )
    op.drop_column("contract_calls", "held_back")
    op.drop_column("contract_calls", "signer_role")
    op.drop_table("alerts")
