"""The contract's own words for an order: its status, and how it is paid."""

from enum import StrEnum


class OrderStatus(StrEnum):
    """The same words in contract, database, API and screen."""

    CREATED = "created"
    FUNDED = "funded"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    REFUNDED = "refunded"
    DISPUTED = "disputed"
    RESOLVED = "resolved"


class PaymentMode(StrEnum):
    """How an order is paid. The contract holds the coin of a DOT order, and only the record of an M-Pesa one."""

    DOT = "dot"
    MPESA = "mpesa"

    @property
    def number(self) -> int:
        """What the contract calls it."""
        return list(PaymentMode).index(self)
