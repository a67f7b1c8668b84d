"""When the chain gives up blocks that had been final: what they did to our rows is undone, and said so.

This should never happen, so it raises an alert. It is handled all the same, since the chain is the authority: the
blocks are marked as orphaned, transactions of ours in them are open again, and each order they touched is made anew
from the final events that are left.
"""

from collections import defaultdict
from collections.abc import Sequence

import structlog
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.catalog import service as catalog
from descrow.catalog.errors import ProductSoldOut
from descrow.contract.event_store import blocks_above, give_up_blocks
from descrow.contract.models import (
    CallStatus,
    ChainBlock,
    ChainEvent,
    ChainTransaction,
    ContractCall,
    Finality,
    TransactionStatus,
)
from descrow.contract.order_status import PaymentMode
from descrow.contract.replacement import give_up
from descrow.feed.service import publish_to_feeds
from descrow.incidents.alerts import raise_alert
from descrow.incidents.cases import open_case
from descrow.incidents.models import AlertKind, CaseKind
from descrow.kernel.db import utc_now
from descrow.orders import order_events
from descrow.orders.models import Order, OrderTransition
from descrow.orders.order_state import OrderState, order_state_from
from descrow.orders.transitions import ENDS_WITHOUT_SALE
from descrow.payments.mpesa import reversals

log = structlog.get_logger(__name__)


async def undo_final_blocks(session: AsyncSession, ancestor: ChainBlock) -> int:
    """Go back to this block; returns how many final ones were given up."""
    given_up = await blocks_above(session, ancestor.number)
    were_final = [block for block in given_up if block.finality is Finality.FINALIZED]
    events = await give_up_blocks(session, given_up)
    await _reopen_transactions(session, were_final, ancestor)
    await _take_back(session, [event for event in events if event.applied_at is not None], ancestor)
    await session.execute(
        update(ChainEvent)
        .where(ChainEvent.block_hash.in_([block.hash for block in given_up]))
        .values(applied_at=None, next_attempt_at=None, last_error=None)
    )
    await raise_alert(
        session,
        AlertKind.FINALITY_WENT_BACK,
        subject=f"block {ancestor.number + 1}",
        blocks=len(were_final),
        ancestor=ancestor.hash,
    )
    log.error("finality went back", to=ancestor.number, blocks=len(were_final), events=len(events))
    return len(were_final)


async def _reopen_transactions(session: AsyncSession, given_up: Sequence[ChainBlock], ancestor: ChainBlock) -> None:
    """The same bytes are sent again, so that nothing takes effect twice; those that can never be valid are ended."""
    hashes = {block.hash for block in given_up}
    transactions = await session.scalars(
        select(ChainTransaction)
        .where(
            ChainTransaction.block_hash.in_(hashes)
            | (ChainTransaction.birth_hash.in_(hashes) & (ChainTransaction.status == TransactionStatus.SIGNED))
        )
        .order_by(ChainTransaction.id)
        .with_for_update()
    )
    for transaction in transactions.all():
        transaction.block_number = transaction.block_hash = transaction.fee_planck = transaction.error = None
        transaction.status, transaction.ended_at = TransactionStatus.SIGNED, None
        await session.execute(
            update(ContractCall)
            .where(ContractCall.transaction_id == transaction.id)
            .values(status=CallStatus.SIGNED, ended_at=None)
        )
        if transaction.birth_hash in hashes:
            why = "the block that began the transaction's era was given up"
            await give_up(session, transaction, why, above=ancestor.number, orphans=hashes)


async def _take_back(session: AsyncSession, undone: Sequence[ChainEvent], ancestor: ChainBlock) -> None:
    """Make every order that these events had moved anew from what is left of its events."""
    numbers = {event.contract_order_id for event in undone}
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
        .values(status=CallStatus.QUEUED, ended_at=None)  # what had become pointless may matter again
    )
    await reversals.hold_what_was_owed(
        session, [order.id for order in orders if order.payment_mode is PaymentMode.MPESA]
    )
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
        await publish_to_feeds(session, order_events.order_taken_back(order, now, block_number=ancestor.number))
        if was.status in ENDS_WITHOUT_SALE and now.status not in ENDS_WITHOUT_SALE:
            await _keep_piece_again(session, order)


async def _final_events_of(session: AsyncSession, numbers: set[int | None]) -> dict[int | None, list[ChainEvent]]:
    """What has been applied to these orders and still stands, oldest first."""
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


async def _keep_piece_again(session: AsyncSession, order: Order) -> None:
    try:
        await catalog.reserve_piece(session, order.product_id)
    except ProductSoldOut:
        await open_case(session, CaseKind.OVERSOLD, subject=f"order {order.id}", order_id=order.id)
