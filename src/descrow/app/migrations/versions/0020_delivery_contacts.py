"""Bind each e-mail and SMS to the contact that it was made for, by the contact's nonce.

What waits now goes to the contact of now, as it would have gone without the column.
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("notification_deliveries", sa.Column("contact_nonce", sa.LargeBinary(), nullable=True))
    op.execute(
        "UPDATE notification_deliveries SET contact_nonce = contacts.nonce FROM notification_contacts contacts"
        " WHERE contacts.account_id = notification_deliveries.account_id"
        " AND contacts.channel = notification_deliveries.channel"
        " AND notification_deliveries.status IN ('pending', 'sending')"
    )


def downgrade() -> None:
    op.drop_column("notification_deliveries", "contact_nonce")
