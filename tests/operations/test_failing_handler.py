"""A handler that fails for one order delays that order only, says so, and heals without a restart.

The handler is made to fail from outside, by a rule in PostgreSQL that refuses what it writes of that order; the worker
is the real one, and runs through it all.
"""

import asyncio
from collections.abc import AsyncIterator
from functools import partial

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import select

from descrow.app.settings import Settings
from descrow.contract.models import ChainEvent, Deployment
from tests.app.cli.terminal import Operator
from tests.application import running_worker
from tests.broken_handler import break_handler, repair_handler
from tests.market import PRICE, Market
from tests.operations.metrics import TOKEN, scraped
from tests.waiting import eventually

WRITES = {
    "the order's row": ("orders", "NEW.id = {order_id}"),
    "its trail": ("order_transitions", "NEW.order_id = {order_id}"),
    "its parties' feeds": ("feed_entries", "NEW.payload ->> 'orderId' = '{order_id}'"),
}


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"metrics_token": SecretStr(TOKEN), "reconcile_every_s": 1})


@pytest.fixture
async def worker(
    deployment: Deployment,  # noqa: ARG001  (the worker needs it)
    settings: Settings,
) -> AsyncIterator["asyncio.Task[None]"]:
    async with running_worker(settings) as running:
        yield running


async def new_orders(market: Market, count: int) -> list[int]:
    product = await market.product(stock=count)
    made = [await market.place_order(product_id=product["id"]) for _ in range(count)]
    for order_id in made:
        await eventually(partial(is_on_contract, market, order_id))
    return made


async def is_on_contract(market: Market, order_id: int) -> bool:
    return (await market.seen(order_id))["contractOrderId"] is not None


async def pay(market: Market, order_id: int) -> None:
    number = (await market.seen(order_id))["contractOrderId"]
    await market.contract.send(market.buyer.key, "fund_order_dot", number, value=PRICE)


async def status(market: Market, order_id: int) -> str:
    return str((await market.seen(order_id))["status"])


async def is_funded(market: Market, order_id: int) -> bool:
    return await status(market, order_id) == "funded"


@pytest.mark.parametrize("what", WRITES)
async def test_a_handler_that_fails_for_one_order_delays_that_order_only_and_heals_without_a_restart(
    market: Market, operator: Operator, http: httpx.AsyncClient, worker: "asyncio.Task[None]", what: str
) -> None:
    table, of_order = WRITES[what]
    unlucky, *others = await new_orders(market, 3)
    await break_handler(market, table, of_order.format(order_id=unlucky))

    for order_id in (unlucky, *others):
        await pay(market, order_id)
    for order_id in others:
        await eventually(partial(is_funded, market, order_id))

    assert await status(market, unlucky) == "created"
    seen = await operator.types("status")
    [parked] = (await operator.reads("status"))["parked"]
    reported = await scraped(http)
    assert seen.exit_code == 1
    assert "1 of them parked" in seen.stdout
    assert "this handler was made to fail" in parked["lastError"]
    assert (parked["name"], parked["contractOrderId"]) == (
        "OrderFunded",
        (await market.seen(unlucky))["contractOrderId"],
    )
    assert (reported["descrow_events_parked"], reported["descrow_events_waiting"]) == (1, 1)

    await repair_handler(market)
    await eventually(lambda: is_funded(market, unlucky))

    assert not worker.done()
    assert (await scraped(http))["descrow_events_parked"] == 0
    async with asyncio.timeout(30):
        while (await operator.types("status")).exit_code != 0:  # a comparison meanwhile has opened a case, which closes
            await asyncio.sleep(0.1)
    timeline = await market.buyer.get(f"/api/v1/orders/{unlucky}/timeline")
    assert [step["statusAfter"] for step in timeline] == ["created", "funded"]
    async with market.sessions() as session:
        events = (await session.scalars(select(ChainEvent).where(ChainEvent.name == "OrderFunded"))).all()
    assert len(events) == 3
    assert all(event.applied_at is not None for event in events)
