"""The contract's own words for an order: its status, and how it is paid."""

from enum import StrEnum


class OrderStatus(StrEnum):
    """The same words in contract, database, API and screen. They stand in the order of the contract's numbers."""

    CREATED = "created"
    FUNDED = "funded"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    REFUNDED = "refunded"
    DISPUTED = "disputed"
    RESOLVED = "resolved"
    RECEIVED = "received"


class PaymentMode(StrEnum):
    """The two ways in which the contract keeps an order's money; each way to pay has one of them.

    `COIN`: it holds the buyer's coin, and counts it in 10**-18 DOT. `RECORD`: it holds only the record of a payment
    that was made elsewhere, in KES cents. The values are the contract's own words for them.
    """

    COIN = "dot"
    RECORD = "mpesa"

    @property
    def number(self) -> int:
        """Return what the contract calls it."""
        return list(PaymentMode).index(self)
