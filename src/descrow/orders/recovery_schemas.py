"""Answers about orders that seem not to be as they should: what was compared, what became of a payment."""

import msgspec

from descrow.contract.order_status import OrderStatus
from descrow.orders.comparison import Drift
from descrow.orders.dot_payment import MoneyIs, NextStep, PaymentStatus
from descrow.orders.schemas import OrderView


class DifferenceView(msgspec.Struct, rename="camel"):
    """What the shop says (`here`) and what the contract says (`there`), where they differ."""

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


class DotPaymentView(msgspec.Struct, rename="camel"):
    """What became of a payment in DOT. `status`, `moneyIs` and `next` are for programs, `message` is for people.

    `error` is the chain's word for a failure, `reason` the contract's; `obstacle` says why one cannot pay now.
    """

    order_id: int
    transaction: str | None
    status: PaymentStatus
    money_is: MoneyIs
    next: NextStep
    message: str
    block_number: int | None
    confirmations: int | None
    required: int | None
    error: str | None
    reason: str | None
    obstacle: str | None
