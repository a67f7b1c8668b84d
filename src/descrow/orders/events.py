"""Domain events of orders: what final blocks made of them, for whoever holds or owes their money."""

from collections.abc import Sequence
from dataclasses import dataclass

from descrow.orders.division import Division
from descrow.orders.models import Order


@dataclass(frozen=True)
class OrderEnded:
    """An order that had been paid has ended, and the contract has divided its money."""

    order: Order
    division: Division


@dataclass(frozen=True)
class OrderEndedUnpaid:
    """An order was cancelled or expired before its payment was recorded on the chain."""

    order: Order


@dataclass(frozen=True)
class OrdersReverted:
    """Final blocks were orphaned that had moved these orders. Their rows still say what those blocks said."""

    orders: Sequence[Order]
