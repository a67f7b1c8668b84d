"""A party asks for its order to be looked at on the chain now, and hears what that changed."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from descrow.app.demo.shop_client import ApiRefused, ShopClient
from descrow.contract.order_status import OrderStatus
from descrow.incidents.models import Case
from descrow.kernel.db import utc_now
from tests.market import PRICE, Market
from tests.tampering import tamper_with_log, tamper_with_order


async def asked(who: ShopClient, order_id: int) -> dict[str, Any]:
    answer: dict[str, Any] = await who.post(f"/api/orders/{order_id}/sync-blockchain", {})
    return answer


async def test_an_order_that_agrees_is_compared_and_not_changed(market: Market) -> None:
    order = await market.order()

    for party in (market.buyer, market.seller):
        answer = await asked(party, order["id"])

        assert (answer["success"], answer["compared"], answer["repaired"], answer["differences"]) == (
            True,
            True,
            False,
            [],
        )
        assert (answer["statusBefore"], answer["order"]["status"]) == ("created", "created")
        assert answer["message"] == "The order is as the contract says."


async def test_a_step_that_was_read_and_waits_is_applied_at_once(market: Market) -> None:
    order = await market.order()
    await market.contract.send(market.buyer.key, "fund_order_dot", 1, value=PRICE)
    await market.indexer().catch_up()
    await tamper_with_log(
        market, "OrderFunded", next_attempt_at=utc_now() + timedelta(hours=1), last_error="whatever was wrong is over"
    )

    answer = await asked(market.buyer, order["id"])

    assert (answer["statusBefore"], answer["order"]["status"]) == ("created", "funded")
    assert "was created here, and is funded now" in answer["message"]


async def test_a_row_that_is_wrong_is_repaired_from_the_chain(market: Market) -> None:
    order = await market.order()
    await market.pay(order["id"])
    await tamper_with_order(market, order["id"], status=OrderStatus.CREATED)

    answer = await asked(market.buyer, order["id"])

    assert (answer["success"], answer["repaired"], answer["order"]["status"]) == (True, True, "funded")


async def test_what_cannot_be_repaired_is_said_and_becomes_a_case(market: Market) -> None:
    order = await market.order()
    await tamper_with_order(market, order["id"], terms_id=9)

    answer = await asked(market.seller, order["id"])

    assert answer["success"] is False
    assert answer["differences"] == [
        {"kind": "terms_differ", "here": "terms 9, paid in dot", "there": "terms 1, paid in dot"}
    ]
    async with market.sessions() as session:
        assert [case.order_id for case in await session.scalars(select(Case))] == [order["id"]]


async def test_blocks_that_are_still_to_be_read_are_said(market: Market) -> None:
    order = await market.order()
    await market.contract.send(market.buyer.key, "fund_order_dot", 1, value=PRICE)

    answer = await asked(market.buyer, order["id"])

    assert answer["finalBlockNumber"] > answer["blockNumber"]
    assert answer["order"]["status"] == "created"
    assert "newer blocks are being read" in answer["message"]


async def test_an_order_the_chain_has_not_made_yet_is_not_compared(market: Market) -> None:
    await market.follow()
    order_id = await market.place_order()

    answer = await asked(market.buyer, order_id)

    assert (answer["success"], answer["compared"]) == (True, False)
    assert "does not have this order yet" in answer["message"]


async def test_a_stranger_learns_nothing_and_changes_nothing(market: Market) -> None:
    order = await market.order()
    await tamper_with_order(market, order["id"], status=OrderStatus.FUNDED)

    with pytest.raises(ApiRefused) as refusal:
        await asked(market.stranger, order["id"])

    assert refusal.value.code == "order_not_found"
    assert (await market.seen(order["id"]))["status"] == "funded"
