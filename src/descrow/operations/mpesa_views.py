"""Money by M-Pesa as operators see it, on a terminal and for programs. Phones are masked."""

from collections.abc import Iterable
from datetime import datetime

import msgspec
from rich.table import Table
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.mpesa.phones import Msisdn, masked
from descrow.operations.formatting import age, kes, or_nothing, table
from descrow.payments.mpesa.ledger import balances
from descrow.payments.mpesa.models import LIVE_STATUSES, Payment, PaymentStatus, Payout, PayoutStatus, Purpose


class PaymentLine(msgspec.Struct, rename="camel"):
    id: int
    order_id: int
    phone: str
    amount_kes_cents: str
    status: PaymentStatus
    failure: str | None
    receipt_number: str | None
    next_attempt_at: datetime | None
    created_at: datetime


class PayoutLine(msgspec.Struct, rename="camel"):
    id: int
    order_id: int
    purpose: Purpose
    phone: str | None
    amount_kes_cents: str
    status: PayoutStatus
    last_error: str | None
    created_at: datetime
    paid_at: datetime | None


class LedgerLine(msgspec.Struct, rename="camel"):
    account: str
    amount_kes_cents: str


async def payment_lines(
    session: AsyncSession, *, order_id: int | None = None, live: bool = False, limit: int = 50
) -> list[PaymentLine]:
    """The newest first: an order's, those whose end is not known, or all."""
    wanted = select(Payment).order_by(Payment.id.desc()).limit(limit)
    if order_id is not None:
        wanted = wanted.where(Payment.order_id == order_id)
    if live:
        wanted = wanted.where(Payment.status.in_(LIVE_STATUSES))
    return [
        PaymentLine(
            id=payment.id,
            order_id=payment.order_id,
            phone=masked(Msisdn(payment.phone)),
            amount_kes_cents=str(payment.amount_cents),
            status=payment.status,
            failure=payment.failure,
            receipt_number=payment.receipt_number,
            next_attempt_at=payment.next_attempt_at,
            created_at=payment.created_at,
        )
        for payment in await session.scalars(wanted)
    ]


async def payout_lines(
    session: AsyncSession, *, order_id: int | None = None, unpaid: bool = False, limit: int = 50
) -> list[PayoutLine]:
    """The newest first: an order's, those that are not paid, or all."""
    wanted = select(Payout).order_by(Payout.id.desc()).limit(limit)
    if order_id is not None:
        wanted = wanted.where(Payout.order_id == order_id)
    if unpaid:
        wanted = wanted.where(Payout.status != PayoutStatus.PAID)
    return [
        PayoutLine(
            id=payout.id,
            order_id=payout.order_id,
            purpose=payout.purpose,
            phone=None if payout.phone is None else masked(Msisdn(payout.phone)),
            amount_kes_cents=str(payout.amount_cents),
            status=payout.status,
            last_error=payout.last_error,
            created_at=payout.created_at,
            paid_at=payout.paid_at,
        )
        for payout in await session.scalars(wanted)
    ]


async def ledger_lines(session: AsyncSession) -> list[LedgerLine]:
    """Every account of the ledger; all together zero."""
    return [LedgerLine(account.value, str(cents)) for account, cents in (await balances(session)).items()]


def payments_table(payments: Iterable[PaymentLine], now: datetime) -> Table:
    shown = table(">payment", ">order", "phone", ">amount", "status", "failure", "receipt", "begun", "asked next")
    for one in payments:
        shown.add_row(
            str(one.id),
            str(one.order_id),
            one.phone,
            kes(one.amount_kes_cents),
            one.status.value,
            or_nothing(one.failure),
            or_nothing(one.receipt_number),
            age(one.created_at, now),
            or_nothing(None if one.next_attempt_at is None else age(one.next_attempt_at, now)),
        )
    return shown


def payouts_table(payouts: Iterable[PayoutLine], now: datetime) -> Table:
    shown = table(">payout", ">order", "for", "phone", ">amount", "status", "owed", "paid", "why")
    for one in payouts:
        shown.add_row(
            str(one.id),
            str(one.order_id),
            one.purpose.value,
            or_nothing(one.phone),
            kes(one.amount_kes_cents),
            one.status.value,
            age(one.created_at, now),
            or_nothing(None if one.paid_at is None else age(one.paid_at, now)),
            or_nothing(one.last_error),
        )
    return shown


def ledger_table(ledger: Iterable[LedgerLine]) -> Table:
    shown = table("account", ">holds")
    for line in ledger:
        shown.add_row(line.account, kes(line.amount_kes_cents))
    return shown
