"""Define who decides disputes: the arbiter in the terms of new orders, so that no party to one can be its judge."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """An earlier deployment's arbiter is in its log, which begins with the publication of the terms."""
    op.add_column("deployments", sa.Column("arbiter_address", sa.String(), nullable=True))
    op.execute(
        """
        UPDATE deployments SET arbiter_address = (
            SELECT arguments ->> 'arbiter' FROM chain_events
            WHERE name = 'TermsPublished' AND standing = 'finalized'
              AND arguments ->> 'terms_id' = deployments.terms_id::text
        )
        """
    )
    op.alter_column("deployments", "arbiter_address", nullable=False)


def downgrade() -> None:
    op.drop_column("deployments", "arbiter_address")
