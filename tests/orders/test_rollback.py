"""The order of work when blocks that had moved an order are orphaned."""

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.contract.calls import queue_call
from descrow.contract.models import CallStatus, ChainEvent, ContractCall
from descrow.contract.order_status import OrderStatus
from descrow.contract.rollback import revert_final_blocks
from descrow.kernel.events import EventBus
from descrow.orders import rollback
from descrow.orders.events import OrdersReverted
from descrow.orders.models import Order
from tests.contract.blocks import block_before
from tests.market import Market


async def test_orders_are_published_with_their_calls_queued_again_and_before_their_rows_change(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = await market.order_that_is(OrderStatus.FUNDED)
    await an_obsolete_call(market, order_id)
    seen: list[object] = []

    async def look(session: AsyncSession, reverted: OrdersReverted) -> None:
        seen.extend((order.id, order.status, order.contract_order_id) for order in reverted.orders)
        seen.extend(await session.scalars(select(ContractCall.status).where(ContractCall.function == "cancel_order")))

    bus = EventBus()
    bus.subscribe(OrdersReverted, look)
    monkeypatch.setattr(rollback, "bus", bus)

    async with market.sessions.begin() as session:
        [funded] = await session.scalars(select(ChainEvent).where(ChainEvent.name == "OrderFunded"))
        await revert_final_blocks(session, await block_before(session, funded))

    assert seen == [(order_id, OrderStatus.FUNDED, 1), CallStatus.QUEUED]
    async with market.sessions() as session:
        order = await session.get_one(Order, order_id)
        assert (order.status, order.contract_order_id) == (OrderStatus.CREATED, 1)


async def an_obsolete_call(market: Market, order_id: int) -> None:
    async with market.sessions.begin() as session:
        await queue_call(session, idempotency_key="too late", order_id=order_id, function="cancel_order", arguments=[1])
        [call] = await session.scalars(select(ContractCall).where(ContractCall.idempotency_key == "too late"))
        call.status = CallStatus.DROPPED
