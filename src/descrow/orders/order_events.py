"""Tell parties of the chain's events: a step is in a block, it is final, or it was reverted."""

from collections.abc import Collection, Iterable
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.contract.events import UnfinalEventsRecorded, UnfinalEventsReverted
from descrow.contract.models import ChainEvent, Finality
from descrow.contract.order_status import OrderStatus, PaymentMode
from descrow.feed.service import FeedEvent, publish_to_feeds
from descrow.kernel.db import is_database_away
from descrow.kernel.money import Wei, planck_from_wei
from descrow.kernel.texts import Message
from descrow.orders.models import Order
from descrow.orders.order_state import OrderState
from descrow.orders.service import reference_of_word
from descrow.orders.transitions import STATUS_AFTER_EVENT

log = structlog.get_logger(__name__)

_CAN_BE_OVERDUE = frozenset({OrderStatus.DELIVERED, OrderStatus.REFUNDED, OrderStatus.RESOLVED})
_REMARKS = {
    "SettlementProposed": Message("order.settlement_proposed"),
    "SettlementWithdrawn": Message("order.settlement_withdrawn"),
    "EvidenceAdded": Message("order.evidence_added"),
    "TransitExtended": Message("order.transit_extended"),
}


def order_changed(
    order: Order, state: OrderState, event: ChainEvent, *, is_overdue: bool, arbiter_id: int | None
) -> list[FeedEvent]:
    """A final event moved the order: its parties hear the new status, and its arbiter once it was disputed.

    `is_overdue`: time did it, neither of them.
    """
    suffix = ".overdue" if is_overdue and state.status in _CAN_BE_OVERDUE else ""
    if state.status is OrderStatus.FUNDED and order.payment_mode is PaymentMode.RECORD:
        suffix = ".by_shop"  # the contract has the record of such a payment, and none of its money
    message = Message(f"order.{state.status}{suffix}")
    return _to_all(order, arbiter_id, "orderUpdate", _final(order, state, event, message))


def order_remarked(order: Order, state: OrderState, event: ChainEvent, *, arbiter_id: int | None) -> list[FeedEvent]:
    """A final event says something of the order that left it where it was: the same people hear it."""
    return _to_all(order, arbiter_id, "orderRemark", _final(order, state, event, _REMARKS[event.name]))


def order_reverted(order: Order, state: OrderState, *, block_number: int) -> list[FeedEvent]:
    """Blocks that had been final were given up, and the order is not where it was."""
    return _to_both(
        order,
        "orderUpdate",
        _state(order, state)
        | {"message": Message("order.reverted").as_json(), "takenBack": True, "blockNumber": block_number},
    )


def order_corrected(order: Order, *, block_number: int) -> list[FeedEvent]:
    """The order's row was not what the chain says, and has been made anew from it."""
    return _to_both(
        order,
        "orderUpdate",
        _state(order, OrderState.of_row(order))
        | {"message": Message("order.corrected").as_json(), "corrected": True, "blockNumber": block_number},
    )


def payout(order: Order, payee_id: int, event: ChainEvent) -> FeedEvent:
    """Coin reached a party (`PaidOut`), or waits for it as a credit it can withdraw (`Credited`)."""
    amount = planck_from_wei(Wei(int(str(event.arguments["amount"]))))
    return FeedEvent(
        payee_id,
        "payout",
        {
            "orderId": order.id,
            "amountPlanck": str(amount),
            "paid": event.name == "PaidOut",
            "blockNumber": event.block_number,
            "extrinsicHash": event.extrinsic_hash,
        },
    )


async def publish_unfinal_steps(session: AsyncSession, recorded: UnfinalEventsRecorded) -> None:
    """Tell the parties that a step is in a block, though not yet final."""
    await _publish_steps(session, recorded.events, "orderConfirming")


async def publish_reverted_steps(session: AsyncSession, reverted: UnfinalEventsReverted) -> None:
    """Tell the parties that a step has not happened, since its block was orphaned before it was final."""
    await _publish_steps(session, reverted.events, "orderRetracted")


async def orders_of(session: AsyncSession, events: Collection[ChainEvent]) -> dict[int, Order]:
    """The orders that events speak of, by their number on the contract, also those that are only being created."""
    wanted = {event.contract_order_id for event in events if event.contract_order_id is not None}
    rows = await session.scalars(select(Order).where(Order.contract_order_id.in_(wanted)))
    found = {order.contract_order_id: order for order in rows if order.contract_order_id is not None}
    if missing := wanted - found.keys():
        numbers = {
            reference_in(event): event.contract_order_id or 0 for event in await _creations(session, events, missing)
        }
        for order in await session.scalars(select(Order).where(Order.reference.in_(numbers))):
            found[numbers[order.reference]] = order
    return found


async def _creations(session: AsyncSession, events: Iterable[ChainEvent], numbers: Collection[int]) -> list[ChainEvent]:
    """Return which orders have these numbers, as far as the chain says. Each branch may give a number to another order.

    So a creation among the events themselves, which are of one branch, is asked before those that stand.
    """
    among = {event.contract_order_id: event for event in events if event.name == "OrderCreated"}
    finality = await session.scalars(
        select(ChainEvent).where(
            ChainEvent.name == "OrderCreated",
            ChainEvent.contract_order_id.in_(set(numbers) - among.keys()),
            ChainEvent.finality != Finality.ORPHANED,
        )
    )
    return [*(event for number, event in among.items() if number in numbers), *finality]


def reference_in(creation: ChainEvent) -> UUID:
    """The reference of ours that an `OrderCreated` carries. Raises ValueError when it carries something else."""
    return reference_of_word(bytes.fromhex(str(creation.arguments["reference"]).removeprefix("0x")))


async def _publish_steps(session: AsyncSession, events: Collection[ChainEvent], name: str) -> None:
    steps = [event for event in events if event.name in STATUS_AFTER_EVENT]
    orders = await orders_of(session, steps) if steps else {}
    groups = [
        _to_both(
            order,
            name,
            {
                "orderId": order.id,
                "status": STATUS_AFTER_EVENT[event.name],
                "blockNumber": event.block_number,
                "blockHash": event.block_hash,
                "extrinsicHash": event.extrinsic_hash,
            },
        )
        for event in steps
        if (order := orders.get(event.contract_order_id or 0)) is not None
    ]
    if groups:
        await _publish_each(session, groups)


async def _publish_each(session: AsyncSession, groups: list[list[FeedEvent]]) -> None:
    """All of it; if PostgreSQL refuses one step's, that one is left out: what is not final yet may hold up nobody."""
    try:
        async with session.begin_nested():
            await publish_to_feeds(session, [item for of_one_step in groups for item in of_one_step])
    except DBAPIError as error:
        if is_database_away(error):
            raise
        if len(groups) > 1:
            for of_one_step in groups:
                await _publish_each(session, [of_one_step])
            return
        log.error("step not told", **groups[0][0].payload, error=str(error.orig))


def _to_both(order: Order, name: str, payload: dict[str, object]) -> list[FeedEvent]:
    return [FeedEvent(account_id, name, payload) for account_id in (order.buyer_id, order.seller_id)]


def _to_all(order: Order, arbiter_id: int | None, name: str, payload: dict[str, object]) -> list[FeedEvent]:
    feed_events = _to_both(order, name, payload)
    return feed_events if arbiter_id is None else [*feed_events, FeedEvent(arbiter_id, name, payload)]


def _final(order: Order, state: OrderState, event: ChainEvent, message: Message) -> dict[str, object]:
    return _state(order, state) | {
        "message": message.as_json(),
        "happenedAt": event.happened_at.isoformat(),
        "blockNumber": event.block_number,
        "extrinsicHash": event.extrinsic_hash,
    }


def _state(order: Order, state: OrderState) -> dict[str, object]:
    return {
        "orderId": order.id,
        "contractOrderId": state.contract_order_id,
        "status": state.status,
        "deadlineAt": None if state.deadline_at is None else state.deadline_at.isoformat(),
    }
