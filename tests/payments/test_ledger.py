"""The ledger: what is in it stays, and always sums to zero."""

import asyncio

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from descrow.incidents.alerts import open_alerts
from descrow.incidents.models import AlertKind
from descrow.kernel.db import Sessions
from descrow.kernel.money import KesCents
from descrow.payments.mpesa.balance import ask_for_balance
from descrow.payments.mpesa.ledger import LedgerAccount, LedgerEntry, Transfer, balances, post
from descrow.payments.mpesa.models import BalanceCheck
from tests.payments.shop import MpesaMarket

CAME = Transfer(debit=LedgerAccount.UTILITY, credit=LedgerAccount.HELD, amount=KesCents(1_000))


async def test_what_happened_once_is_posted_once(sessions: Sessions) -> None:
    async def report() -> bool:
        async with sessions.begin() as session:
            return await post(session, "payment 1 came", CAME)

    assert sorted(await asyncio.gather(*(report() for _ in range(5)))) == [False] * 4 + [True]
    async with sessions() as session:
        assert (await balances(session))[LedgerAccount.UTILITY] == 1_000


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_entries SET amount_cents = 1",
        "DELETE FROM ledger_entries",
        "TRUNCATE ledger_entries",
        "UPDATE ledger_postings SET key = 'another'",
        "DELETE FROM ledger_postings",
    ],
)
async def test_postgresql_refuses_to_change_what_is_written(sessions: Sessions, statement: str) -> None:
    async with sessions.begin() as session:
        await post(session, "payment 1 came", CAME)

    with pytest.raises(DBAPIError, match=r"append-only|foreign key"):
        async with sessions.begin() as session:
            await session.execute(text(statement))


async def test_postgresql_refuses_a_posting_that_does_not_sum_to_zero(sessions: Sessions) -> None:
    async with sessions() as session:
        await post(session, "payment 1 came", CAME)
        await session.execute(
            text("INSERT INTO ledger_entries (posting_id, account, amount_cents) VALUES (1, 'held', 5)")
        )
        with pytest.raises(DBAPIError, match="sum to zero"):
            await session.commit()

    async with sessions() as session:
        assert await session.scalar(select(LedgerEntry.id)) is None


async def test_a_difference_to_m_pesas_books_is_an_alert_until_it_is_gone(shop: MpesaMarket) -> None:
    shop.daraja.control("POST", "/deposits", {"to": "utility", "amount_cents": 700})
    await _compare(shop)
    async with shop.sessions() as session:
        [alert] = await open_alerts(session)
    assert (alert.kind, alert.details["difference_cents"]) == (AlertKind.LEDGER_DIFFERS, "700")

    async with shop.sessions.begin() as session:
        await post(session, "float put in", Transfer(LedgerAccount.UTILITY, LedgerAccount.OPERATOR, KesCents(700)))
    await _compare(shop)

    assert await shop.alerts() == []


async def test_a_difference_while_money_is_under_way_means_nothing(shop: MpesaMarket) -> None:
    order = await shop.mpesa_order()
    await shop.prompt(order["id"])
    shop.door.is_shut = True
    await shop.type_pin()
    shop.door.is_shut = False

    await _compare(shop)

    assert await shop.alerts() == []


async def test_a_balance_that_money_has_overtaken_means_nothing(shop: MpesaMarket) -> None:
    shop.door.is_shut = True
    assert await ask_for_balance(shop.payment_context)
    await shop.until(lambda: _was_notified(shop))
    shop.door.is_shut = False
    [(path, reported_before)] = shop.door.came
    await shop.paid_order()

    await shop.door.knock(path, reported_before)
    await shop.one_round()

    async with shop.sessions() as session:
        check = (await session.scalars(select(BalanceCheck))).one()
    assert (check.utility_cents, check.ledger_cents) == (0, 150_100)
    assert await shop.alerts() == []


async def _was_notified(shop: MpesaMarket) -> bool:
    return bool(shop.door.came)


async def _compare(shop: MpesaMarket) -> None:
    assert await ask_for_balance(shop.payment_context)

    async def is_compared() -> bool:
        async with shop.sessions() as session:
            checks = await session.scalars(select(BalanceCheck))
            return all(check.answered_at is not None for check in checks)

    await shop.until(is_compared)
