"""Note when goods have arrived, and when the buyer gave them more time for it."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("orders", sa.Column("transit_extended_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("orders", sa.Column("received_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("orders", "received_at")
    op.drop_column("orders", "transit_extended_at")
