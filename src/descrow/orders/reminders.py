"""Remind parties of deadlines that cost them something: two days before, and six hours before, once each.

Who has acted is not reminded: neither by an act that waits in the queue, nor in a dispute in which they have spoken.
"""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import ColumnElement, and_, case, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.accounts.models import Account
from descrow.contract.models import CallStatus, ChainEvent, ContractCall, Finality
from descrow.contract.order_status import OrderStatus
from descrow.contract.published_terms import arbiters_of
from descrow.feed.service import FeedEvent, publish_to_feeds
from descrow.kernel.db import Sessions, utc_now
from descrow.orders.models import Order, OrderReminder
from descrow.orders.transitions import Action

HOURS_BEFORE = (6, 48)
"""The nearest first: a worker that was away for long sends one reminder, not two."""
SWEEP = 200

_BEGAN_AT = case(
    (Order.status == OrderStatus.FUNDED, Order.funded_at),
    (Order.status == OrderStatus.SHIPPED, func.coalesce(Order.transit_extended_at, Order.shipped_at)),
    (Order.status == OrderStatus.RECEIVED, Order.received_at),
    (Order.status == OrderStatus.DISPUTED, Order.disputed_at),
)
"""When the deadline was set. Who had less time than a reminder's from the start was told with the step itself."""
_WAITING_ACT = exists().where(
    ContractCall.order_id == Order.id,
    ContractCall.status.in_((CallStatus.QUEUED, CallStatus.SIGNED)),
    ContractCall.function.not_in((Action.SETTLE, "create_order")),
)


async def send_due_reminders(sessions: Sessions) -> int:
    """Publish every reminder that is due, each once; returns of how many deadlines."""
    reminded = 0
    for hours in HOURS_BEFORE:
        async with sessions.begin() as session:
            orders = await _orders_due(session, hours)
            events = [await _reminder(session, order, hours) for order in orders]
            await publish_to_feeds(session, [event for of_one in events for event in of_one])
            reminded += len(orders)
    return reminded


async def _orders_due(session: AsyncSession, hours: int) -> Sequence[Order]:
    """Orders whose deadline is so near and was not reminded of, locked, and noted as reminded."""
    now, before = utc_now(), timedelta(hours=hours)
    is_noted = exists().where(
        OrderReminder.order_id == Order.id,
        OrderReminder.deadline_at == Order.deadline_at,
        OrderReminder.hours_before <= hours,
    )
    rows = await session.scalars(
        select(Order)
        .where(
            Order.deadline_at > now,
            Order.deadline_at <= now + before,
            Order.deadline_at - before > _BEGAN_AT,
            ~is_noted,
            ~_WAITING_ACT,
        )
        .order_by(Order.deadline_at)
        .limit(SWEEP)
        .with_for_update(key_share=True, skip_locked=True)
    )
    orders = rows.all()
    session.add_all(
        OrderReminder(order_id=order.id, deadline_at=order.deadline_at, hours_before=hours) for order in orders
    )
    await session.flush()
    return orders


async def _reminder(session: AsyncSession, order: Order, hours: int) -> list[FeedEvent]:
    payload: dict[str, object] = {
        "orderId": order.id,
        "status": order.status,
        "deadlineAt": None if order.deadline_at is None else order.deadline_at.isoformat(),
        "hoursLeft": hours,
    }
    return [FeedEvent(account_id, "orderReminder", payload) for account_id in await _recipients(session, order)]


async def _recipients(session: AsyncSession, order: Order) -> list[int]:
    """Return whose silence would cost them or others something."""
    match order.status:
        case OrderStatus.FUNDED:
            return [order.seller_id]
        case OrderStatus.SHIPPED | OrderStatus.RECEIVED:
            return [order.buyer_id]
    arbiter = (await arbiters_of(session, {order.terms_id})).get(order.terms_id)
    seller = [] if await _has_spoken(session, order, order.seller_id) else [order.seller_id]
    return seller if arbiter is None else [*seller, arbiter]


async def _has_spoken(session: AsyncSession, order: Order, account_id: int) -> bool:
    """Say if the party has added evidence or made an offer since the dispute began."""
    by_party: ColumnElement[bool] = ChainEvent.arguments["by"].astext == Account.evm_address
    found = await session.scalar(
        select(
            exists().where(
                ChainEvent.contract_order_id == order.contract_order_id,
                ChainEvent.name.in_(("EvidenceAdded", "SettlementProposed")),
                ChainEvent.finality == Finality.FINALIZED,
                ChainEvent.happened_at >= order.disputed_at,
                and_(Account.id == account_id, by_party),
            )
        )
    )
    return bool(found)
