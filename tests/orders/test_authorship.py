"""Check that each step names who asked for it and who signed it."""

from typing import Any

import pytest
from sqlalchemy import select

from descrow.contract.models import ContractCall
from descrow.orders import deadlines
from tests.market import PAST_EVERY_DEADLINE_S, Market, order_request

STRANGER = ("anyone", "anyone")


async def authors(market: Market, order_id: int) -> dict[str, tuple[str | None, str | None]]:
    timeline: list[dict[str, Any]] = await market.buyer.get(f"/api/v1/orders/{order_id}/timeline")
    return {step["cause"]: (step["askedBy"], step["signedBy"]) for step in timeline}


async def test_acts_in_person_are_signed_by_the_party(market: Market) -> None:
    order = await market.order()
    await market.pay(order["id"])
    await market.take_step(market.seller, order["id"], "ship")
    await market.take_step(market.buyer, order["id"], "dispute")
    await market.take_step(market.seller, order["id"], "propose", buyerBps=5000)
    await market.resolve_as_arbiter(order["id"], seller_bps=5000)

    assert await authors(market, order["id"]) == {
        "OrderCreated": ("buyer", "operator"),
        "OrderFunded": ("buyer", "buyer"),
        "OrderShipped": ("seller", "seller"),
        "OrderDisputed": ("buyer", "buyer"),
        "SettlementProposed": ("seller", "seller"),
        "OrderResolved": ("arbiter", "arbiter"),
    }


@pytest.mark.parametrize("by_a_stranger", [False, True])
async def test_an_end_by_time_is_nobodys_act(market: Market, by_a_stranger: bool) -> None:
    order = await market.order()
    await market.pay(order["id"])
    await market.take_step(market.seller, order["id"], "ship")
    await market.travel(seconds=PAST_EVERY_DEADLINE_S)

    if by_a_stranger:
        await market.settle_as_stranger(order["id"])
    else:
        await market.let_deadlines_pass()
        await deadlines.queue_due_settlements(market.sessions)
        await market.work()

    ended = (await authors(market, order["id"]))["OrderDelivered"]
    assert ended == (STRANGER if by_a_stranger else ("operator", "operator"))


async def test_a_call_names_its_account_and_its_request(market: Market) -> None:
    product = await market.product()

    answer = await market.buyer.ask("POST", "/api/orders", json=order_request(product["id"], "dot"))

    async with market.sessions() as session:
        call = (await session.scalars(select(ContractCall).where(ContractCall.function == "create_order"))).one()
    buyer = await market.buyer.get("/api/v1/auth/me")
    assert (call.asked_by, call.correlation_id) == (buyer["id"], answer.headers["X-Correlation-Id"])
