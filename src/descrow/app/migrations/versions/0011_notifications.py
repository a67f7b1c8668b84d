"""Define what people are notified of, how they wish to hear of it, and each message that goes out."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    channel = sa.Enum("in_app", "email", "sms", "push", "webhook", name="channel", native_enum=False, length=32)
    op.create_table(
        "notification_contacts",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("channel", channel, nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("nonce", sa.LargeBinary(), nullable=False),
        sa.Column("code_expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("wrong_codes", sa.BigInteger(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_notification_contacts_account_id")),
        sa.PrimaryKeyConstraint("account_id", "channel", name=op.f("pk_notification_contacts")),
    )
    op.create_table(
        "notification_preferences",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("language", sa.Enum("en", "sw", name="language", native_enum=False, length=32), nullable=False),
        sa.Column("time_zone", sa.String(), nullable=False),
        sa.Column("quiet_from", sa.Time(), nullable=True),
        sa.Column("quiet_until", sa.Time(), nullable=True),
        sa.Column("channels", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_notification_preferences_account_id")),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_notification_preferences")),
    )
    op.create_table(
        "push_subscriptions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("endpoint", sa.String(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("auth_secret", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_push_subscriptions_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_push_subscriptions")),
        sa.UniqueConstraint("endpoint", name=op.f("uq_push_subscriptions_endpoint")),
    )
    op.create_index(op.f("ix_push_subscriptions_account_id"), "push_subscriptions", ["account_id"], unique=False)
    op.create_table(
        "webhooks",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_webhooks_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhooks")),
    )
    op.create_index(op.f("ix_webhooks_account_id"), "webhooks", ["account_id"], unique=False)
    op.create_table(
        "notification_deliveries",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("channel", channel, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=True),
        sa.Column("subscription_id", sa.BigInteger(), nullable=True),
        sa.Column("webhook_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "status",
            sa.Enum(
                "pending",
                "sending",
                "sent",
                "failed",
                "given_up",
                "unknown",
                name="deliverystatus",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("provider_id", sa.String(), nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id", "number"],
            ["feed_entries.account_id", "feed_entries.number"],
            name=op.f("fk_notification_deliveries_account_id_number"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_notification_deliveries_account_id")),
        sa.ForeignKeyConstraint(
            ["subscription_id"],
            ["push_subscriptions.id"],
            name=op.f("fk_notification_deliveries_subscription_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["webhook_id"], ["webhooks.id"], name=op.f("fk_notification_deliveries_webhook_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notification_deliveries")),
    )
    op.create_index(
        "ix_notification_deliveries_entry", "notification_deliveries", ["account_id", "number"], unique=False
    )
    op.create_index(
        "ix_notification_deliveries_open",
        "notification_deliveries",
        ["channel", "next_attempt_at"],
        unique=False,
        postgresql_where=sa.text("status IN ('pending', 'sending')"),
    )
    op.create_index(
        op.f("ix_notification_deliveries_subscription_id"), "notification_deliveries", ["subscription_id"], unique=False
    )
    op.create_index(
        op.f("ix_notification_deliveries_webhook_id"), "notification_deliveries", ["webhook_id"], unique=False
    )
    op.create_table(
        "notifications",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "order_created",
                "order_funded",
                "order_shipped",
                "order_delivered",
                "order_refunded",
                "order_cancelled",
                "order_expired",
                "order_disputed",
                "order_resolved",
                "order_corrected",
                "payment_confirmed",
                "payment_failed",
                "payment_unknown",
                "payment_returned",
                "paid_out",
                "money_waits",
                "account_changed",
                name="kind",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id", "number"],
            ["feed_entries.account_id", "feed_entries.number"],
            name=op.f("fk_notifications_account_id_number"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("account_id", "number", name=op.f("pk_notifications")),
    )
    op.create_index(
        "ix_notifications_unread",
        "notifications",
        ["account_id"],
        unique=False,
        postgresql_where=sa.text("read_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_table("notifications")
    op.drop_table("notification_deliveries")
    op.drop_table("webhooks")
    op.drop_table("push_subscriptions")
    op.drop_table("notification_preferences")
    op.drop_table("notification_contacts")
