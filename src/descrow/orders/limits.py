"""Define how much somebody may have made for nothing: orders that nobody has paid. The operator sets it."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class OrderLimits:
    """Each unpaid order costs the operator a transaction, and keeps a piece from others for a while."""

    stock_kept: timedelta = timedelta(minutes=15)
    """How long a piece is kept for a new order, until its buyer shows the intent to pay."""
    unpaid: int = 20
    """Orders of one buyer that are to be paid, or that were made in the last day and were not."""
    unpaid_of_newcomer: int = 10
    """The same of a buyer who has never paid."""
    unpaid_per_network: int = 60
    """New orders of such buyers in a day, from one network."""
    prompts_per_network: int = 60
    """Phones that are asked to pay for such buyers in a day, from one network."""
