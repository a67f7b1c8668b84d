"""Nobody is asked for money that the oracle could not record: neither at once nor with the order."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, update

from descrow.app.demo.shop_client import ApiRefused
from descrow.chain.keys import Keypair
from descrow.contract.calls import hold_back
from descrow.contract.models import CallPriority, ContractCall, HoldReason, SignerState
from descrow.contract.spending import PERCENT_OF_DAY
from descrow.kernel.db import utc_now
from descrow.kernel.money import PLANCK_PER_DOT, Planck
from descrow.orders.transitions import Action
from descrow.payments.records import MOST_FOR_A_RECORD
from tests.contract.submissions import calls
from tests.payments.shop import BUYERS_PHONE, MpesaMarket

DAY = Planck(10 * PLANCK_PER_DOT)
FOR_RECORDS = DAY * PERCENT_OF_DAY[CallPriority.MONEY] // 100


async def test_with_the_budget_for_records_spent_nobody_is_charged(shop: MpesaMarket) -> None:
    order = await shop.mpesa_order()
    await shop.watch_oracle(per_day=DAY)
    await shop.spend_as_oracle(Planck(FOR_RECORDS - MOST_FOR_A_RECORD + 1))

    assert await _refusal(shop, order) == (409, "oracle_is_at_its_limit")
    assert shop.daraja.transactions() == []


async def test_with_the_budget_for_other_acts_spent_an_order_is_paid_and_recorded(shop: MpesaMarket) -> None:
    """Self-trades have used up all that acts on paid orders may; received money has a part of its own."""
    await shop.watch_oracle(per_day=DAY)
    await shop.spend_as_oracle(Planck(DAY * PERCENT_OF_DAY[CallPriority.ORDERS] // 100))

    order = await shop.order_with_pin_typed()

    await shop.until_order(order["id"], "funded")


async def test_payments_that_wait_count_against_the_budget(shop: MpesaMarket) -> None:
    first, second = await shop.mpesa_order(), await shop.mpesa_order()
    await shop.watch_oracle(per_day=DAY)
    await shop.spend_as_oracle(Planck(FOR_RECORDS - 2 * MOST_FOR_A_RECORD + 1))
    await shop.prompt(first["id"])

    assert await _refusal(shop, second, "254712000099") == (409, "oracle_is_at_its_limit")


async def test_payments_that_wait_count_against_the_contracts_cap_of_the_day(shop: MpesaMarket) -> None:
    first, second = await shop.mpesa_order(), await shop.mpesa_order()
    await shop.contract.send(Keypair.from_uri("//Owner"), "set_oracle_caps", 150_100, 2 * 150_100 - 1)
    await shop.prompt(first["id"])

    assert await _refusal(shop, second, "254712000099") == (409, "oracle_is_at_its_limit")


async def test_an_oracle_without_coin_records_nothing_so_nobody_is_asked(shop: MpesaMarket) -> None:
    order = await shop.mpesa_order()
    async with shop.sessions.begin() as session:
        await session.execute(update(SignerState).values(free_planck=MOST_FOR_A_RECORD - 1))

    assert await _refusal(shop, order) == (409, "payment_not_recordable")


@pytest.mark.parametrize("seen", ["never", "long ago"])
async def test_without_a_worker_that_has_the_key_nobody_is_asked(shop: MpesaMarket, seen: str) -> None:
    order = await shop.mpesa_order()
    async with shop.sessions.begin() as session:
        if seen == "never":
            await session.execute(delete(SignerState))
        else:
            await session.execute(update(SignerState).values(seen_at=utc_now() - timedelta(minutes=11)))

    assert await _refusal(shop, order) == (409, "payment_not_recordable")


async def test_while_a_record_is_held_back_nobody_else_is_asked(shop: MpesaMarket) -> None:
    paid = await shop.order_with_pin_typed()
    await shop.until(lambda: _is_record_queued(shop))
    [record] = [call for call in await calls(shop) if call.function == Action.RECORD]
    async with shop.sessions.begin() as session:
        await session.execute(update(ContractCall).where(ContractCall.id == record.id).values(status="queued"))
        await hold_back(session, record.id, HoldReason.FEE_ABOVE_CEILING, "dear", until=utc_now() + timedelta(hours=1))
    order = await shop.mpesa_order()

    assert await _refusal(shop, order, "254712000099") == (409, "payment_not_recordable")
    assert paid["id"] != order["id"]


async def test_a_phone_named_with_the_order_does_not_ring_either(shop: MpesaMarket) -> None:
    await shop.watch_oracle(per_day=DAY)
    await shop.mpesa_order(phoneNumber=BUYERS_PHONE)
    await shop.spend_as_oracle(Planck(FOR_RECORDS))

    await shop.until_payment("failed")

    assert shop.daraja.transactions() == []
    assert [payment.failure for payment in await shop.payments()] == ["not_sent"]


async def test_an_order_is_not_begun_with_a_phone_that_could_not_be_asked(shop: MpesaMarket) -> None:
    await shop.watch_oracle(per_day=DAY)
    await shop.spend_as_oracle(Planck(FOR_RECORDS))

    with pytest.raises(ApiRefused) as refused:
        await shop.mpesa_order(phoneNumber=BUYERS_PHONE)

    assert refused.value.code == "oracle_is_at_its_limit"


async def _is_record_queued(shop: MpesaMarket) -> bool:
    return any(call.function == Action.RECORD for call in await calls(shop))


async def _refusal(shop: MpesaMarket, order: dict[str, Any], phone: str = BUYERS_PHONE) -> tuple[int, str]:
    with pytest.raises(ApiRefused) as refused:
        await shop.prompt(order["id"], phone)
    return refused.value.status, refused.value.code
