"""The public proof for people who pay by M-Pesa: it says what is owed and what is there, and never guesses."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from descrow.payments.mpesa import balance
from descrow.payments.mpesa.models import BalanceCheck
from descrow.payments.mpesa.proof import is_covered
from tests.payments.shop import MpesaMarket

amounts = st.integers(0, 10**12)


async def proof(shop: MpesaMarket) -> dict[str, Any]:
    """As everybody can read it."""
    seen: dict[str, Any] = await shop.stranger.get("/api/v1/proof/mpesa")
    return seen


async def look(shop: MpesaMarket) -> None:
    """M-Pesa is asked what the account holds, and answers."""
    assert await balance.ask_for_balance(shop.payment_context)
    await shop.until(lambda: _is_answered(shop))


async def test_before_m_pesa_has_answered_it_is_unknown(shop: MpesaMarket) -> None:
    await shop.paid_order()
    shop.door.is_shut = True
    await balance.ask_for_balance(shop.payment_context)

    seen = await proof(shop)

    assert (seen["covered"], seen["checkedAt"], seen["accountKesCents"]) == ("unknown", None, None)


async def test_what_is_held_for_a_paid_order_is_in_the_account(shop: MpesaMarket) -> None:
    await shop.paid_order()
    await look(shop)

    seen = await proof(shop)

    assert (seen["covered"], seen["heldKesCents"], seen["owedKesCents"]) == ("yes", "150100", "0")
    assert seen["accountKesCents"] == "150100"
    assert seen["checkedAt"] is not None


async def test_what_a_seller_has_not_been_paid_yet_is_owed(shop: MpesaMarket) -> None:
    await shop.delivered_order_without_payout()
    await look(shop)

    seen = await proof(shop)

    assert (seen["covered"], seen["heldKesCents"]) == ("yes", "0")
    assert 0 < int(seen["owedKesCents"]) < int(seen["accountKesCents"])


async def test_an_account_that_holds_less_than_is_owed_is_said_to(shop: MpesaMarket) -> None:
    await shop.paid_order()
    await look(shop)
    async with shop.sessions.begin() as session:
        check = (await session.scalars(select(BalanceCheck))).one()
        check.utility_cents, check.moving_cents = 150_099, 0

    assert (await proof(shop))["covered"] == "no"


@given(held=amounts, arrived=amounts, left=amounts)
def test_money_on_its_way_never_makes_a_false_alarm(held: int, arrived: int, left: int) -> None:
    """The account lacks what left it and is owed still, and what came after the look."""
    debt = held + arrived + left

    assert is_covered(debt=debt, account=held, moving=arrived + left) in ("yes", "unknown")


@given(debt=st.integers(1, 10**12), account=amounts, moving=amounts)
def test_no_account_is_said_to_cover_more_than_it_holds(debt: int, account: int, moving: int) -> None:
    covered = is_covered(debt=debt, account=account, moving=moving)

    assert (covered == "yes") == (account >= debt)
    if account + moving < debt:
        assert covered == "no"


@pytest.mark.parametrize("path", ["/api/v1/proof/mpesa", "/api/proof/mpesa"])
async def test_it_names_nobody(shop: MpesaMarket, path: str) -> None:
    await shop.paid_order()
    await look(shop)

    seen = await shop.stranger.get(path)

    assert set(seen) == {
        "covered",
        "heldKesCents",
        "owedKesCents",
        "accountKesCents",
        "movingKesCents",
        "checkedAt",
        "checkEveryS",
    }


async def _is_answered(shop: MpesaMarket) -> bool:
    async with shop.sessions() as session:
        return all(check.answered_at is not None for check in await session.scalars(select(BalanceCheck)))
