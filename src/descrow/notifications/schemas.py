"""Notifications, preferences and webhooks on the wire."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from descrow.kernel.texts.languages import Language
from descrow.notifications.kinds import NotificationKind
from descrow.notifications.models import Channel, DeliveryStatus

ContactChannel = Literal["email", "sms"]
MessageChannel = Literal["in_app", "email", "sms", "push"]
ClockTime = Annotated[str, msgspec.Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$", examples=["22:00"])]
Key = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Url = Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]


class NotificationView(msgspec.Struct, rename="camel"):
    """`number` is the feed entry's; `text` is in the reader's language."""

    number: int
    kind: NotificationKind
    order_id: int | None
    text: str
    is_read: bool
    created_at: datetime


class NotificationPage(msgspec.Struct, rename="camel"):
    """`next` is the cursor of the following page, null on the last one; `unread` counts all there are."""

    unread: int
    items: list[NotificationView]
    next: int | None


class ReadRequest(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """All up to this number were seen."""

    up_to: Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]


class Unread(msgspec.Struct, rename="camel"):
    unread: int


class QuietHours(msgspec.Struct, rename={"begin": "from"}, forbid_unknown_fields=True):
    """In the reader's time zone; they may go past midnight. Messages wait until they end."""

    begin: ClockTime
    until: ClockTime


class PreferencesRequest(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """Set preferences; what is left out is the default. A new address is used once its code confirms it."""

    language: Language = Language.ENGLISH
    time_zone: Annotated[str, msgspec.Meta(min_length=1, max_length=64)] = "Africa/Nairobi"
    quiet_hours: QuietHours | None = None
    channels: Annotated[
        dict[NotificationKind, list[MessageChannel]],
        msgspec.Meta(extra_json_schema={"propertyNames": {"enum": [kind.value for kind in NotificationKind]}}),
    ] = {}
    email: Annotated[str, msgspec.Meta(max_length=300)] | None = None
    phone: Annotated[str, msgspec.Meta(max_length=40)] | None = None


class ContactView(msgspec.Struct, rename="camel"):
    address: str
    is_confirmed: bool


class PreferencesView(msgspec.Struct, rename="camel"):
    """`channels` says where each kind is told; `offered`, how this marketplace sends messages at all."""

    language: Language
    time_zone: str
    quiet_hours: QuietHours | None
    channels: dict[NotificationKind, list[Channel]]
    email: ContactView | None
    phone: ContactView | None
    offered: list[Channel]
    push_key: str | None
    """The `applicationServerKey` for a browser that subscribes."""


class CodeRequest(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    channel: ContactChannel


class ConfirmRequest(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    channel: ContactChannel
    code: Annotated[str, msgspec.Meta(pattern="^[0-9]{6}$", examples=["123456"])]


class SubscriptionKeys(msgspec.Struct):
    p256dh: Key
    auth: Key


class SubscriptionRequest(msgspec.Struct, rename="camel"):
    """Describe what a browser's `PushSubscription.toJSON()` gives."""

    endpoint: Url
    keys: SubscriptionKeys


class SubscriptionView(msgspec.Struct, rename="camel"):
    id: int


class WebhookRequest(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    url: Url


class WebhookView(msgspec.Struct, rename="camel"):
    id: int
    url: str
    created_at: datetime


class NewWebhook(WebhookView, rename="camel"):
    """`secret` checks the signatures; it is shown this once."""

    secret: str


class DeliveryView(msgspec.Struct, rename="camel"):
    """`number` is the feed entry's."""

    id: int
    number: int | None
    status: DeliveryStatus
    attempt_count: int
    last_error: str | None
    created_at: datetime
    next_attempt_at: datetime | None
    ended_at: datetime | None
