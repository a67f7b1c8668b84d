"""Prompts that newcomers leave unanswered hold a part of what the oracle may record, and never all of it."""

from typing import Any

import pytest
from sqlalchemy import update

from descrow.app.demo.shop_client import ApiRefused
from descrow.chain.keys import Keypair
from descrow.contract.models import CallPriority
from descrow.contract.spending import PERCENT_OF_DAY
from descrow.kernel.db import utc_now
from descrow.kernel.money import PLANCK_PER_DOT, Planck
from descrow.orders.models import Order
from descrow.payments.records import MOST_FOR_A_RECORD
from tests.payments.shop import MpesaMarket

PRICE = 150_100
DAY = Planck(10 * PLANCK_PER_DOT)
FOR_RECORDS = DAY * PERCENT_OF_DAY[CallPriority.MONEY] // 100
PHONES = [f"25471200010{n}" for n in range(9)]


async def test_unanswered_prompts_of_newcomers_leave_half_of_the_day_to_buyers_who_have_paid(
    shop: MpesaMarket,
) -> None:
    orders = [await shop.mpesa_order() for _ in range(4)]
    await _set_cap(shop, 4 * PRICE)
    await shop.prompt(orders[0]["id"], PHONES[0])
    await shop.prompt(orders[1]["id"], PHONES[1])

    assert await _refusal(shop, orders[2], PHONES[2]) == "try_again_later"
    await _has_paid_before(shop, orders[3])
    await shop.prompt(orders[2]["id"], PHONES[2])


async def test_a_newcomer_may_order_for_more_than_that_part_while_no_other_is_asked(shop: MpesaMarket) -> None:
    order = await shop.mpesa_order()
    await _set_cap(shop, PRICE)

    await shop.prompt(order["id"], PHONES[0])


async def test_the_budget_of_the_day_is_shared_in_the_same_way(shop: MpesaMarket) -> None:
    orders = [await shop.mpesa_order() for _ in range(3)]
    await shop.watch_oracle(per_day=DAY)
    spent = await shop.spend_as_oracle(Planck(0))
    await shop.spend_as_oracle(Planck(FOR_RECORDS - spent - 3 * MOST_FOR_A_RECORD))
    await shop.prompt(orders[0]["id"], PHONES[0])

    assert await _refusal(shop, orders[1], PHONES[1]) == "try_again_later"
    await _has_paid_before(shop, orders[2])
    await shop.prompt(orders[1]["id"], PHONES[1])


async def _set_cap(shop: MpesaMarket, per_day: int) -> None:
    await shop.contract.send(Keypair.from_uri("//Owner"), "set_oracle_caps", PRICE, per_day)
    await shop.watch_oracle()


async def _has_paid_before(shop: MpesaMarket, order: dict[str, Any]) -> None:
    """Long ago, so that it does not count against today."""
    long_ago = utc_now().replace(year=2020)
    async with shop.sessions.begin() as session:
        await session.execute(update(Order).where(Order.id == order["id"]).values(funded_at=long_ago))


async def _refusal(shop: MpesaMarket, order: dict[str, Any], phone: str) -> str:
    with pytest.raises(ApiRefused) as refused:
        await shop.prompt(order["id"], phone)
    return refused.value.code
