"""Define what people are notified of, how they wish to hear of it, and each message that goes out."""

from datetime import datetime, time
from enum import StrEnum

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Identity, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from descrow.kernel.db import Base, utc_now
from descrow.kernel.retry.columns import Retried
from descrow.kernel.texts.languages import Language
from descrow.notifications.kinds import NotificationKind


class Channel(StrEnum):
    IN_APP = "in_app"
    EMAIL = "email"
    SMS = "sms"
    PUSH = "push"
    WEBHOOK = "webhook"
    """For programs: every entry of the feed, whatever the preferences say."""


class Notification(Base):
    """A feed entry that is more than something for a screen to follow. Written with the entry, in its transaction."""

    __tablename__ = "notifications"
    __table_args__ = (
        ForeignKeyConstraint(
            ["account_id", "number"], ["feed_entries.account_id", "feed_entries.number"], ondelete="CASCADE"
        ),
        Index("ix_notifications_unread", "account_id", postgresql_where=text("read_at IS NULL")),
    )

    account_id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    """The feed entry's."""
    kind: Mapped[NotificationKind]
    read_at: Mapped[datetime | None]


class Preferences(Base):
    """Describe how an account wishes to be told. One that has no row has the defaults."""

    __tablename__ = "notification_preferences"

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    language: Mapped[Language] = mapped_column(default=Language.ENGLISH)
    time_zone: Mapped[str] = mapped_column(default="Africa/Nairobi")
    quiet_from: Mapped[time | None]
    """Begin of the hours, in the reader's zone, in which only the app speaks; both ends or none."""
    quiet_until: Mapped[time | None]
    channels: Mapped[dict[str, list[str]]] = mapped_column(JSONB, default=dict)
    """By kind, where the reader wishes something else than the defaults."""


class Contact(Base):
    """An e-mail address or a phone of an account's. It hears nothing but a code before it is confirmed."""

    __tablename__ = "notification_contacts"

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    channel: Mapped[Channel] = mapped_column(primary_key=True)
    address: Mapped[str]
    nonce: Mapped[bytes]
    """Another one with every address and every code. The code is made of it with the server's secret, so that the
    database alone gives no code away.
    """
    code_expires_at: Mapped[datetime]
    wrong_codes: Mapped[int] = mapped_column(default=0)
    confirmed_at: Mapped[datetime | None]


class PushSubscription(Base):
    """A browser that shows what is pushed to it (RFC 8030). `endpoint` is its mailbox, at a push service."""

    __tablename__ = "push_subscriptions"

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    endpoint: Mapped[str] = mapped_column(unique=True)
    public_key: Mapped[bytes]
    """Of the browser, an uncompressed point of P-256: what is pushed is encrypted for it."""
    auth_secret: Mapped[bytes]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class Webhook(Base):
    """Describe where a program of the account's hears each entry of its feed."""

    __tablename__ = "webhooks"

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    url: Mapped[str]
    secret: Mapped[bytes]
    """Signs what is sent, so that the program knows who sent it."""
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class MessageCharge(Base):
    """An e-mail or SMS that counts towards the limits of cost. Kept for two days; the limits look back one."""

    __tablename__ = "message_charges"
    __table_args__ = (Index("ix_message_charges_day", "channel", "charged_at"),)

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    channel: Mapped[Channel]
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    recipient: Mapped[bytes]
    """A keyed digest of the address: the limits need no more of it."""
    network: Mapped[str | None]
    """Where a code was asked for; none for a notification."""
    charged_at: Mapped[datetime]


class DeliveryStatus(StrEnum):
    PENDING = "pending"
    SENDING = "sending"
    """Under way, or cut short by a crash: nobody knows yet whether it arrived."""
    SENT = "sent"
    """The provider took it."""
    FAILED = "failed"
    """The provider refused it for good, or it was not handed over: `last_error` says why."""
    ABANDONED = "given_up"
    """Tried often enough."""
    UNKNOWN = "unknown"
    """The answer was lost. Not repeated where a repeat would reach the person twice."""


class Delivery(Retried, Base):
    """One message by one channel, from the transaction that wants it sent to the provider's answer."""

    __tablename__ = "notification_deliveries"
    __table_args__ = (
        ForeignKeyConstraint(
            ["account_id", "number"], ["feed_entries.account_id", "feed_entries.number"], ondelete="CASCADE"
        ),
        Index(
            "ix_notification_deliveries_open",
            "channel",
            "next_attempt_at",
            postgresql_where=text("status IN ('pending', 'sending')"),
        ),
        Index("ix_notification_deliveries_entry", "account_id", "number"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    channel: Mapped[Channel]
    number: Mapped[int | None]
    """Of the feed entry that it tells of; none for the code that confirms a contact."""
    subscription_id: Mapped[int | None] = mapped_column(
        ForeignKey("push_subscriptions.id", ondelete="CASCADE"), index=True
    )
    webhook_id: Mapped[int | None] = mapped_column(ForeignKey("webhooks.id", ondelete="CASCADE"), index=True)
    contact_nonce: Mapped[bytes | None]
    """Of the contact that it was made for, with its address and code of then: it goes to no other."""
    status: Mapped[DeliveryStatus] = mapped_column(default=DeliveryStatus.PENDING)
    next_attempt_at: Mapped[datetime] = mapped_column(default=utc_now)
    provider_id: Mapped[str | None]
    """What the provider calls it."""
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    ended_at: Mapped[datetime | None]
