"""From the event log into orders, trails and feeds: each order's events in their order, each once.

An event that cannot be applied waits, with backoff and without end, and holds up its own order only.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.accounts.models import Account
from descrow.catalog import service as catalog
from descrow.db import Sessions, is_database_away, utc_now
from descrow.escrow.backoff import backoff
from descrow.escrow.models import ChainEvent
from descrow.money import Planck, Wei, planck_from_wei, wei_from_planck
from descrow.orders.models import Order, OrderTransition
from descrow.orders.moves import MOVES, OrderStatus
from descrow.orders.service import reference_of_word
from descrow.realtime.service import tell

log = structlog.get_logger()

_STATUS_AFTER = {
    "OrderFunded": OrderStatus.FUNDED,
    "OrderShipped": OrderStatus.SHIPPED,
    "OrderDelivered": OrderStatus.DELIVERED,
    "OrderRefunded": OrderStatus.REFUNDED,
    "OrderExpired": OrderStatus.EXPIRED,
}
_MESSAGES = {
    OrderStatus.CREATED: "The order is on the chain. It can be paid now.",
    OrderStatus.FUNDED: "Paid. The contract holds the money.",
    OrderStatus.SHIPPED: "The seller has shipped.",
    OrderStatus.DELIVERED: "Delivery is confirmed. The seller is paid.",
    OrderStatus.REFUNDED: "The buyer has the money back.",
    OrderStatus.EXPIRED: "Nobody paid in time. The order has ended.",
}
_ENDS_WITHOUT_SALE = frozenset({OrderStatus.REFUNDED, OrderStatus.EXPIRED})
_MOVES = frozenset((move.before, move.after) for move in MOVES)


class EventDoesNotFit(Exception):
    """The log says something that our rows contradict. Rows are never bent to fit: the event waits for a person."""


async def apply_pending(sessions: Sessions) -> int:
    """Apply every event that is due; returns how many were. Safe to repeat and to interrupt anywhere."""
    applied = 0
    while order_ids := await _orders_with_due_events(sessions):
        for order_id in order_ids:
            async with sessions.begin() as session:
                applied += await _apply_events_of(session, order_id)
    return applied


async def _orders_with_due_events(sessions: Sessions) -> list[int]:
    parked = select(ChainEvent.chain_order_id).where(ChainEvent.applied_at.is_(None), ChainEvent.retry_at > utc_now())
    async with sessions() as session:
        rows = await session.scalars(
            select(ChainEvent.chain_order_id)
            .where(
                ChainEvent.applied_at.is_(None),
                ChainEvent.chain_order_id.is_not(None),
                ChainEvent.chain_order_id.not_in(parked),
            )
            .group_by(ChainEvent.chain_order_id)
            .order_by(ChainEvent.chain_order_id)
            .limit(500)
        )
        return [order_id for order_id in rows if order_id is not None]


async def _apply_events_of(session: AsyncSession, chain_order_id: int) -> int:
    """This order's waiting events, oldest first, up to the first that fails; that one is noted and waits."""
    events = await session.scalars(
        select(ChainEvent)
        .where(ChainEvent.applied_at.is_(None), ChainEvent.chain_order_id == chain_order_id)
        .order_by(ChainEvent.block_number, ChainEvent.event_index)
        .with_for_update()
    )
    applied = 0
    for event in events.all():
        try:
            async with session.begin_nested():
                await _apply(session, event)
        except Exception as error:  # whatever it is, this order waits and the others go on
            if is_database_away(error):
                raise
            event.last_error = f"{type(error).__name__}: {error}"
            event.retry_at = utc_now() + backoff(event.attempts)
            event.attempts += 1
            log.error("event not applied", name=event.name, chain_order_id=chain_order_id, error=event.last_error)
            break
        event.applied_at, event.last_error, event.retry_at = utc_now(), None, None
        applied += 1
    return applied


async def _apply(session: AsyncSession, event: ChainEvent) -> None:
    if event.name == "OrderCreated":
        await _begin(session, event)
    elif event.name in _STATUS_AFTER:
        await _move(session, event)
    else:
        await _tell_of_payout(session, event)


@dataclass(frozen=True)
class _Said:
    """Typed access to an event's arguments."""

    arguments: dict[str, object]

    def text(self, name: str) -> str:
        return str(self.arguments[name])

    def number(self, name: str) -> int:
        return int(str(self.arguments[name]))

    def planck(self, name: str) -> Planck:
        return planck_from_wei(Wei(self.number(name)))

    def time(self, name: str) -> datetime:
        return datetime.fromtimestamp(self.number(name), UTC)


async def _begin(session: AsyncSession, event: ChainEvent) -> None:
    """The contract has the order. What it says must be what we asked for."""
    said = _Said(event.arguments)
    reference = reference_of_word(bytes.fromhex(said.text("reference").removeprefix("0x")))
    order = await session.scalar(select(Order).where(Order.reference == reference).with_for_update())
    if order is None:
        raise EventDoesNotFit(f"no order of ours has reference {reference}")
    buyer = await session.get_one(Account, order.buyer_id)
    seller = await session.get_one(Account, order.seller_id)
    asked = (
        buyer.evm_address,
        seller.evm_address,
        wei_from_planck(Planck(order.amount_planck)),
        order.terms_id,
    )
    told = (said.text("buyer"), said.text("seller"), said.number("amount"), said.number("terms_id"))
    if told != asked:
        raise EventDoesNotFit(f"order {order.id} was to be {asked}, the contract has {told}")
    if order.chain_order_id is not None:
        raise EventDoesNotFit(f"order {order.id} is number {order.chain_order_id} on the contract already")

    order.chain_order_id = event.chain_order_id
    order.deadline_at = said.time("deadline")
    await _record(session, order, event, before=None)


async def _move(session: AsyncSession, event: ChainEvent) -> None:
    """The contract moved the order on; the table of moves must know that move."""
    said = _Said(event.arguments)
    order = await _order_of(session, event)
    before, after = order.status, _STATUS_AFTER[event.name]
    if (before, after) not in _MOVES:
        raise EventDoesNotFit(f"order {order.id} is {before}, which cannot become {after}")

    order.status = after
    order.deadline_at = said.time("deadline") if "deadline" in event.arguments else None
    match after:
        case OrderStatus.FUNDED:
            order.funded_at = event.happened_at
        case OrderStatus.SHIPPED:
            order.shipped_at = event.happened_at
            order.tracking = said.text("tracking")
        case OrderStatus.DELIVERED:
            order.delivered_at = order.ended_at = event.happened_at
        case _:
            order.ended_at = event.happened_at
    if after in _ENDS_WITHOUT_SALE:
        await catalog.return_piece(session, order.product_id)
    await _record(session, order, event, before=before)


async def _record(session: AsyncSession, order: Order, event: ChainEvent, *, before: OrderStatus | None) -> None:
    """The step in the order's trail, and in the feeds of both parties."""
    said = event.arguments
    actor = said.get("by") or (said.get("buyer") if event.name == "OrderFunded" else said.get("seller"))
    session.add(
        OrderTransition(
            order_id=order.id,
            status_before=before,
            status_after=order.status,
            cause=event.name,
            actor=None if event.name in ("OrderCreated", "OrderExpired") else str(actor),
            details=event.arguments,
            block_number=event.block_number,
            block_hash=event.block_hash,
            event_index=event.event_index,
            extrinsic_hash=event.extrinsic_hash,
            happened_at=event.happened_at,
        )
    )
    await tell(
        session,
        [order.buyer_id, order.seller_id],
        "orderUpdate",
        {
            "orderId": order.id,
            "contractOrderId": order.chain_order_id,
            "status": order.status,
            "message": _MESSAGES[order.status],
            "deadlineAt": None if order.deadline_at is None else order.deadline_at.isoformat(),
            "happenedAt": event.happened_at.isoformat(),
            "blockNumber": event.block_number,
            "extrinsicHash": event.extrinsic_hash,
        },
    )


async def _tell_of_payout(session: AsyncSession, event: ChainEvent) -> None:
    """Coin reached a party (`PaidOut`), or waits for it as a credit it can withdraw (`Credited`)."""
    said = _Said(event.arguments)
    order = await _order_of(session, event)
    payee = await session.scalar(select(Account).where(Account.evm_address == said.text("payee")))
    if payee is None:  # the treasury, which has no account here
        return
    await tell(
        session,
        [payee.id],
        "payout",
        {
            "orderId": order.id,
            "amountPlanck": str(said.planck("amount")),
            "paid": event.name == "PaidOut",
            "blockNumber": event.block_number,
            "extrinsicHash": event.extrinsic_hash,
        },
    )


async def _order_of(session: AsyncSession, event: ChainEvent) -> Order:
    order = await session.scalar(select(Order).where(Order.chain_order_id == event.chain_order_id).with_for_update())
    if order is None:
        raise EventDoesNotFit(f"no order of ours is number {event.chain_order_id} on the contract")
    return order
