"""Payments in DOT as they travel. Money is planck in a string of digits."""

import msgspec

from descrow.catalog.schemas import PlanckDigits
from descrow.payments.dot.payment_lookup import DotPaymentStatus, MoneyIs, NextStep


class PayWithDotRequest(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """`amount_planck` is what the wallet would send; without it, exactly what is due."""

    amount_planck: PlanckDigits | None = None


class DotPaymentView(msgspec.Struct, rename="camel"):
    """Describe what became of a payment in DOT. `status`, `moneyIs` and `next` are for programs, `message` is for
    people.

    `error` is the chain's word for a failure, `reason` the contract's; `obstacle` says why one cannot pay now.
    """

    order_id: int
    transaction: str | None
    status: DotPaymentStatus
    money_is: MoneyIs
    next: NextStep
    message: str
    block_number: int | None
    confirmations: int | None
    required: int | None
    error: str | None
    reason: str | None
    obstacle: str | None
