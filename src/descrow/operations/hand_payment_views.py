"""Payments to the paybill by hand, as operators see them. Who paid is not shown."""

from collections.abc import Iterable
from datetime import datetime

import msgspec
from rich.table import Table
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.kernel.money import digits_of
from descrow.operations.formatting import age, kes, or_nothing, table
from descrow.payments.mpesa.manual_hand_payments import list_hand_payments
from descrow.payments.mpesa.models import HandPaymentStatus


class HandPaymentLine(msgspec.Struct, rename="camel"):
    """Describe one payment by hand; `amountKesCents` is null while M-Pesa has not said it."""

    id: int
    receipt_number: str
    account_number: str
    amount_kes_cents: str | None
    status: HandPaymentStatus
    payment_id: int | None
    last_error: str | None
    created_at: datetime


async def hand_payment_lines(session: AsyncSession, *, held: bool, limit: int) -> list[HandPaymentLine]:
    """Return payments by hand, the newest first: those that wait for a person, or all."""
    return [
        HandPaymentLine(
            id=one.id,
            receipt_number=one.receipt_number,
            account_number=one.account_number,
            amount_kes_cents=digits_of(one.amount_cents),
            status=one.status,
            payment_id=one.payment_id,
            last_error=one.last_error,
            created_at=one.created_at,
        )
        for one in await list_hand_payments(session, held=held, limit=limit)
    ]


def hand_payments_table(lines: Iterable[HandPaymentLine], now: datetime) -> Table:
    shown = table(">number", "receipt", "account", ">amount", "status", ">payment", "told", "why")
    for one in lines:
        shown.add_row(
            str(one.id),
            one.receipt_number,
            one.account_number,
            or_nothing(None if one.amount_kes_cents is None else kes(one.amount_kes_cents)),
            one.status,
            or_nothing(None if one.payment_id is None else str(one.payment_id)),
            age(one.created_at, now),
            or_nothing(one.last_error),
        )
    return shown
