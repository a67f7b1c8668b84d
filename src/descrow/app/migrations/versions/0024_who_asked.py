"""Note who asked for a call to the contract, and the request that did: calls made before do not say."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("contract_calls", sa.Column("asked_by", sa.BigInteger(), nullable=True))
    op.add_column("contract_calls", sa.Column("correlation_id", sa.String(), nullable=True))
    op.create_foreign_key(
        op.f("fk_contract_calls_asked_by_accounts"), "contract_calls", "accounts", ["asked_by"], ["id"]
    )


def downgrade() -> None:
    op.drop_constraint(op.f("fk_contract_calls_asked_by_accounts"), "contract_calls", type_="foreignkey")
    op.drop_column("contract_calls", "correlation_id")
    op.drop_column("contract_calls", "asked_by")
