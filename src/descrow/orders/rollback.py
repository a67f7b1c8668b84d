"""Rebuild each order that blocks touched, when the chain gives up blocks that had been final."""

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.contract.events import FinalEventsReverted
from descrow.contract.models import CallStatus, ChainBlock, ChainEvent, ContractCall, Finality
from descrow.feed.service import publish_to_feeds
from descrow.kernel.db import utc_now
from descrow.kernel.events import bus
from descrow.orders import order_events, reservations
from descrow.orders.events import OrdersReverted
from descrow.orders.models import Order, OrderTransition
from descrow.orders.order_state import OrderState, order_state_from
from descrow.orders.transitions import ENDS_WITHOUT_SALE


async def revert_orders(session: AsyncSession, reverted: FinalEventsReverted) -> None:
    """Make every order that these events had moved anew from what is left of its events."""
    numbers = {event.contract_order_id for event in reverted.events}
    orders = (
        await session.scalars(
            select(Order).where(Order.contract_order_id.in_(numbers)).order_by(Order.id).with_for_update()
        )
    ).all()
    left = await _final_events_of(session, numbers)
    before = {order.id: OrderState.of_row(order) for order in orders}
    await session.execute(
        update(ContractCall)
        .where(ContractCall.order_id.in_(before), ContractCall.status == CallStatus.DROPPED)
        .values(status=CallStatus.QUEUED, ended_at=None)  # what had become obsolete may matter again
    )
    await bus.publish(session, OrdersReverted(orders))
    await _rewrite(session, orders, before, left, reverted.ancestor)


async def _rewrite(
    session: AsyncSession,
    orders: Sequence[Order],
    before: dict[int, OrderState],
    left: dict[int | None, list[ChainEvent]],
    ancestor: ChainBlock,
) -> None:
    """Write into the rows what the events left say. The parties are told of each order that is changed by it."""
    for order in orders:  # first all, since the contract may give their numbers to each other
        order.contract_order_id = None
    await session.flush()
    for order in orders:
        was = before[order.id]
        now = order_state_from(left[was.contract_order_id])
        now.write_to(order)
        if now == was:
            continue
        session.add(_correction(order, was, ancestor))
        await publish_to_feeds(session, order_events.order_reverted(order, now, block_number=ancestor.number))
        if was.status in ENDS_WITHOUT_SALE and now.status not in ENDS_WITHOUT_SALE:
            await reservations.keep_piece_or_ask(session, order)


async def _final_events_of(session: AsyncSession, numbers: set[int | None]) -> dict[int | None, list[ChainEvent]]:
    """Return what has been applied to these orders and still stands, oldest first."""
    rows = await session.scalars(
        select(ChainEvent)
        .where(
            ChainEvent.contract_order_id.in_(numbers),
            ChainEvent.finality == Finality.FINALIZED,
            ChainEvent.applied_at.is_not(None),
        )
        .order_by(ChainEvent.block_number, ChainEvent.event_index)
    )
    events: dict[int | None, list[ChainEvent]] = defaultdict(list)
    for event in rows:
        events[event.contract_order_id].append(event)
    return events


def _correction(order: Order, was: OrderState, ancestor: ChainBlock) -> OrderTransition:
    return OrderTransition(
        order_id=order.id,
        status_before=was.status,
        status_after=order.status,
        cause="ChainReorganized",
        actor=None,
        details={"contract_order_id": was.contract_order_id},
        block_number=ancestor.number,
        block_hash=ancestor.hash,
        event_index=None,
        extrinsic_hash=None,
        happened_at=utc_now(),
    )
