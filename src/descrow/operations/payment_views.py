"""Money that moves outside of the chain, as operators see it: on a terminal, and for programs."""

from collections.abc import Iterable
from datetime import datetime
from itertools import chain
from typing import TypeVar

import msgspec
from rich.table import Table
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.operations.formatting import age, kes, or_nothing, table
from descrow.orders.payment_methods import PaymentLine, PaymentMethods, PayoutLine
from descrow.payments.mpesa.ledger import balances

Line = TypeVar("Line", PaymentLine, PayoutLine)


class LedgerLine(msgspec.Struct, rename="camel"):
    account: str
    amount_kes_cents: str


async def payment_lines(
    session: AsyncSession, methods: PaymentMethods, *, live: bool = False, limit: int = 50
) -> list[PaymentLine]:
    """Return attempts to pay in every way, the newest first: those whose end is not known, or all."""
    found = [await method.payments(session, live=live, limit=limit) for method in methods]
    return _newest(chain.from_iterable(found), limit)


async def payout_lines(
    session: AsyncSession, methods: PaymentMethods, *, unpaid: bool = False, limit: int = 50
) -> list[PayoutLine]:
    """Return payouts in every way, the newest first: those that are not paid, or all."""
    found = [await method.payouts(session, unpaid=unpaid, limit=limit) for method in methods]
    return _newest(chain.from_iterable(found), limit)


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
            one.status,
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
            one.purpose,
            or_nothing(one.phone),
            kes(one.amount_kes_cents),
            one.status,
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


def _newest(lines: Iterable[Line], limit: int) -> list[Line]:
    return sorted(lines, key=lambda line: line.created_at, reverse=True)[:limit]
