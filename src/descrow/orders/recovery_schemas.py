"""Answers about orders that seem not to be as they should."""

import msgspec

from descrow.contract.order_status import OrderStatus
from descrow.orders.comparison import Drift
from descrow.orders.schemas import OrderView


class DifferenceView(msgspec.Struct, rename="camel"):
    """Describe what the shop says (`here`) and what the contract says (`there`), where they differ."""

    kind: Drift
    here: str | None
    there: str | None


class ChainCheckView(msgspec.Struct, rename="camel"):
    """Report what was `compared` at `blockNumber`, and what that changed: `statusBefore`, whether it was `repaired`."""

    success: bool
    message: str
    compared: bool
    repaired: bool
    status_before: OrderStatus
    block_number: int
    final_block_number: int
    differences: list[DifferenceView]
    order: OrderView
