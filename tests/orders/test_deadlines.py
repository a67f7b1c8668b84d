"""Check that overdue orders are settled: once, all of them, and not abandoned because a clock was ahead."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from descrow.contract.calls import queue_call
from descrow.contract.models import CallStatus, ContractCall
from descrow.orders import deadlines
from descrow.orders.transitions import Action
from tests.market import Market


async def settlements(market: Market) -> list[ContractCall]:
    async with market.sessions() as session:
        rows = await session.scalars(select(ContractCall).where(ContractCall.function == "settle_expired"))
        return list(rows)


async def test_an_order_is_asked_to_be_settled_once_however_often_the_sweep_comes(market: Market) -> None:
    await market.order()
    await market.let_deadlines_pass()

    queued = [await deadlines.queue_due_settlements(market.sessions) for _ in range(3)]

    assert queued == [1, 0, 0]
    assert len(await settlements(market)) == 1


async def test_orders_whose_settlement_is_stuck_do_not_hide_those_behind_them(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deadlines, "SWEEP", 1)
    for _ in range(3):
        await market.order()
    await market.let_deadlines_pass()

    for _ in range(3):
        await deadlines.queue_due_settlements(market.sessions)

    assert len({call.order_id for call in await settlements(market)}) == 3


@pytest.mark.parametrize("function", [Action.CONFIRM_RECEIPT, Action.EXTEND_TRANSIT])
async def test_an_accepted_receipt_or_extension_is_waited_for_but_not_for_ever(
    market: Market, monkeypatch: pytest.MonkeyPatch, function: Action
) -> None:
    order = await market.order()
    await market.let_deadlines_pass()
    async with market.sessions.begin() as session:
        await queue_call(session, idempotency_key="relayed", order_id=order["id"], function=function, arguments=[1])

    assert await deadlines.queue_due_settlements(market.sessions) == 0
    monkeypatch.setattr(deadlines, "RELAY_MAY_TAKE", timedelta(0))

    assert await deadlines.queue_due_settlements(market.sessions) == 1


async def test_a_settlement_that_the_chain_finds_too_early_waits_and_is_not_dropped(market: Market) -> None:
    order = await market.order()
    await market.let_deadlines_pass()  # here, but not on the chain
    await deadlines.queue_due_settlements(market.sessions)

    await market.sender().step()

    [call] = await settlements(market)
    assert (call.status, call.attempt_count) == (CallStatus.QUEUED, 1)
    assert call.last_error is not None
    assert "nothing is due" in call.last_error

    await market.travel(seconds=120)
    await market.due_again()
    await market.work()
    assert (await market.seen(order["id"]))["status"] == "expired"
