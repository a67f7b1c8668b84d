"""Keep with each look at the M-Pesa account what the shop owed then, for the public proof of funds."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("balance_checks", sa.Column("held_cents", sa.BigInteger(), nullable=True))
    op.add_column("balance_checks", sa.Column("owed_cents", sa.BigInteger(), nullable=True))
    op.add_column("balance_checks", sa.Column("moving_cents", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    op.drop_column("balance_checks", "moving_cents")
    op.drop_column("balance_checks", "owed_cents")
    op.drop_column("balance_checks", "held_cents")
