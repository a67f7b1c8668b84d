"""Decide which entries of a feed are notifications. By which channel they go is decided in `preferences`."""

from collections.abc import Mapping
from enum import StrEnum

from descrow.contract.order_status import OrderStatus


class NotificationKind(StrEnum):
    ORDER_CREATED = "order_created"
    ORDER_FUNDED = "order_funded"
    ORDER_SHIPPED = "order_shipped"
    ORDER_RECEIVED = "order_received"
    ORDER_DELIVERED = "order_delivered"
    ORDER_REFUNDED = "order_refunded"
    ORDER_CANCELLED = "order_cancelled"
    ORDER_EXPIRED = "order_expired"
    ORDER_DISPUTED = "order_disputed"
    ORDER_RESOLVED = "order_resolved"
    REMINDER_TO_SHIP = "reminder_to_ship"
    REMINDER_OF_RECEIPT = "reminder_of_receipt"
    """The goods are still on their way, and silence would pay the seller."""
    REMINDER_TO_INSPECT = "reminder_to_inspect"
    REMINDER_OF_DISPUTE = "reminder_of_dispute"
    ORDER_CORRECTED = "order_corrected"
    """What was shown of it was not, or is not any more, what the chain says."""
    PAYMENT_CONFIRMED = "payment_confirmed"
    PAYMENT_FAILED = "payment_failed"
    PAYMENT_UNKNOWN = "payment_unknown"
    PAYMENT_RETURNED = "payment_returned"
    """It came late, twice or in the wrong amount, and goes back."""
    PAID_OUT = "paid_out"
    MONEY_WAITS = "money_waits"
    """The contract could not pay the account, and keeps its money for it to withdraw."""
    ACCOUNT_CHANGED = "account_changed"


ABOUT_MONEY = frozenset(
    {
        NotificationKind.ORDER_FUNDED,
        NotificationKind.ORDER_DELIVERED,
        NotificationKind.ORDER_REFUNDED,
        NotificationKind.ORDER_RESOLVED,
        NotificationKind.REMINDER_TO_SHIP,
        NotificationKind.REMINDER_OF_RECEIPT,
        NotificationKind.REMINDER_TO_INSPECT,
        NotificationKind.REMINDER_OF_DISPUTE,
        NotificationKind.ORDER_CORRECTED,
        NotificationKind.PAYMENT_CONFIRMED,
        NotificationKind.PAYMENT_FAILED,
        NotificationKind.PAYMENT_UNKNOWN,
        NotificationKind.PAYMENT_RETURNED,
        NotificationKind.PAID_OUT,
        NotificationKind.MONEY_WAITS,
    }
)

AFTER_PAYMENT = ABOUT_MONEY - {NotificationKind.PAYMENT_FAILED, NotificationKind.PAYMENT_UNKNOWN}
"""Follows money that came, so that nobody can cause it for nothing: a part of each limit is kept for it."""

URGENT = frozenset({NotificationKind.ACCOUNT_CHANGED})
"""Said at once, also in quiet hours: somebody else may be in the account."""

_OF_STATUS: Mapping[str, NotificationKind] = {status: NotificationKind(f"order_{status}") for status in OrderStatus}
_REMINDER_OF_STATUS: Mapping[str, NotificationKind] = {
    OrderStatus.FUNDED: NotificationKind.REMINDER_TO_SHIP,
    OrderStatus.SHIPPED: NotificationKind.REMINDER_OF_RECEIPT,
    OrderStatus.RECEIVED: NotificationKind.REMINDER_TO_INSPECT,
    OrderStatus.DISPUTED: NotificationKind.REMINDER_OF_DISPUTE,
}
KIND_BY_PAYMENT_STATUS: Mapping[str, NotificationKind] = {
    "failed": NotificationKind.PAYMENT_FAILED,
    "unknown": NotificationKind.PAYMENT_UNKNOWN,
    "late": NotificationKind.PAYMENT_RETURNED,
    "double": NotificationKind.PAYMENT_RETURNED,
    "short": NotificationKind.PAYMENT_RETURNED,
    "surplus": NotificationKind.PAYMENT_RETURNED,
}
"""By the words that feeds use: payments are not imported, since no feature imports another beside it."""


def kind_of(name: str, payload: Mapping[str, object]) -> NotificationKind | None:
    """The kind of notification that a feed entry is; None for one that only a screen follows, or that is not known."""
    status = str(payload.get("status"))
    match name:
        case "orderUpdate" if payload.get("takenBack") or payload.get("corrected"):
            return NotificationKind.ORDER_CORRECTED
        case "orderUpdate":
            return _OF_STATUS.get(status)
        case "orderReminder":
            return _REMINDER_OF_STATUS.get(status)
        case "paymentConfirmed":
            return NotificationKind.PAYMENT_CONFIRMED
        case "paymentUpdate":
            return KIND_BY_PAYMENT_STATUS.get(status)
        case "payout":
            return NotificationKind.PAID_OUT if payload.get("paid") else NotificationKind.MONEY_WAITS
        case "accountChanged":
            return NotificationKind.ACCOUNT_CHANGED
        case _:
            return None
