"""Apply each order's final events, in their order and once, to its row, timeline and feeds.

An event that cannot be applied waits, with backoff and without end, and holds up its own order only.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import structlog
from sqlalchemy import ARRAY, BigInteger, Uuid, any_, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from descrow.accounts.models import Account
from descrow.catalog import service as catalog
from descrow.contract.models import ChainEvent, Finality
from descrow.contract.order_status import OrderStatus
from descrow.contract.published_terms import arbiters_of
from descrow.feed.service import FeedEvent, publish_to_feeds
from descrow.kernel.db import Sessions, is_database_away, one_read, utc_now
from descrow.kernel.events import bus
from descrow.kernel.fastpath.bulk_insert import as_lists, given, insert_rows
from descrow.kernel.retry.policies import policies
from descrow.kernel.retry.rows import record_failure
from descrow.orders import order_events, reservations
from descrow.orders.division import Division
from descrow.orders.events import OrderEnded, OrderEndedUnpaid
from descrow.orders.models import Order, OrderTransition
from descrow.orders.order_state import EventDoesNotFit, OrderState
from descrow.orders.transitions import ENDS_WITHOUT_SALE, FINAL_STATUSES, REMARKS, STATUS_AFTER_EVENT

log = structlog.get_logger(__name__)

ORDERS_AT_ONCE = 500

# Statements of every block are put together once: SQLAlchemy takes as long for that as PostgreSQL for the answer.
_IS_PENDING = (
    ChainEvent.applied_at.is_(None),
    ChainEvent.finality == Finality.FINALIZED,
    ChainEvent.contract_order_id.is_not(None),
)
_PARKED = select(ChainEvent.contract_order_id).where(*_IS_PENDING, ChainEvent.next_attempt_at > bindparam("now"))
_DUE = (
    select(ChainEvent.contract_order_id)
    .where(*_IS_PENDING, ChainEvent.contract_order_id.not_in(_PARKED))
    .group_by(ChainEvent.contract_order_id)
    .order_by(ChainEvent.contract_order_id)
    .limit(bindparam("at_once"))
)
_PENDING = (
    select(ChainEvent)
    .where(*_IS_PENDING, ChainEvent.contract_order_id == any_(bindparam("contract_order_ids", type_=ARRAY(BigInteger))))
    .order_by(ChainEvent.block_number, ChainEvent.event_index)
    .with_for_update()
)
_BUYER, _SELLER = aliased(Account), aliased(Account)
_ORDERS = (
    select(Order, _BUYER.evm_address, _SELLER.evm_address)
    .join(_BUYER, _BUYER.id == Order.buyer_id)
    .join(_SELLER, _SELLER.id == Order.seller_id)
    .where(
        (Order.contract_order_id == any_(bindparam("numbers", type_=ARRAY(BigInteger))))
        | (Order.reference == any_(bindparam("references", type_=ARRAY(Uuid))))
    )
    .order_by(Order.id)
    .with_for_update(of=Order)
)
_THESE = given(ChainEvent, "block_hash", "event_index")
_APPLIED = (
    update(ChainEvent)
    .where(ChainEvent.block_hash == _THESE.c.block_hash, ChainEvent.event_index == _THESE.c.event_index)
    .values(applied_at=bindparam("now"), last_error=None, next_attempt_at=None)
)


async def apply_pending(sessions: Sessions) -> int:
    """Apply every event that is due; returns how many were. Safe to repeat and to interrupt anywhere."""
    applied, is_more_due = 0, True
    while is_more_due:
        newly, is_more_due = await apply_batch(sessions)
        applied += newly
    return applied


async def apply_batch(sessions: Sessions) -> tuple[int, bool]:
    """Apply what is due for some orders; returns how many events, and True if more may be due."""
    contract_order_ids = await _orders_with_due_events(sessions)
    applied = await _apply_orders(sessions, contract_order_ids) if contract_order_ids else 0
    return applied, len(contract_order_ids) == ORDERS_AT_ONCE


async def _orders_with_due_events(sessions: Sessions) -> list[int]:
    async with one_read(sessions) as session:
        rows = await session.scalars(_DUE, {"now": utc_now(), "at_once": ORDERS_AT_ONCE})
        return [order_id for order_id in rows if order_id is not None]


async def _apply_orders(sessions: Sessions, contract_order_ids: list[int]) -> int:
    """All in one transaction; if that fails for a reason of one of them, each in a transaction of its own."""
    try:
        async with sessions.begin() as session:
            return await _apply_events_of(session, contract_order_ids)
    except Exception as error:  # whatever it is, the order it belongs to waits and the others go on
        if is_database_away(error):
            raise
        if len(contract_order_ids) > 1:
            return sum([await _apply_orders(sessions, [contract_order_id]) for contract_order_id in contract_order_ids])
        async with sessions.begin() as session:
            _park((await _pending_events(session, contract_order_ids))[0], error)
        return 0


async def _apply_events_of(session: AsyncSession, contract_order_ids: list[int]) -> int:
    """Each order's waiting events, oldest first, up to the first that fails; that one is noted and waits."""
    events = await _pending_events(session, contract_order_ids)
    batch = await _load(session, events)
    by_order: dict[int | None, list[ChainEvent]] = defaultdict(list)
    for event in events:
        by_order[event.contract_order_id].append(event)
    for of_one_order in by_order.values():
        for event in of_one_order:
            try:
                batch.apply(event)
            except (EventDoesNotFit, KeyError, ValueError) as error:
                _park(event, error)
                break
    await batch.write(session)
    return len(batch.applied)


async def _pending_events(session: AsyncSession, contract_order_ids: list[int]) -> Sequence[ChainEvent]:
    return (await session.scalars(_PENDING, {"contract_order_ids": contract_order_ids})).all()


async def _note_applied(session: AsyncSession, events: Sequence[ChainEvent]) -> None:
    """By one statement: through the ORM it would be one for each."""
    if events:
        await session.execute(
            _APPLIED,
            as_lists([{"block_hash": event.block_hash, "event_index": event.event_index} for event in events])
            | {"now": utc_now()},
            execution_options={"synchronize_session": False},
        )


def _park(event: ChainEvent, error: Exception) -> None:
    record_failure(event, f"{type(error).__name__}: {error}", policies().chain_events, utc_now())
    log.error("event not applied", name=event.name, contract_order_id=event.contract_order_id, error=event.last_error)


async def _load(session: AsyncSession, events: Sequence[ChainEvent]) -> "_Batch":
    """Every row that these events touch, in a few queries; the orders are locked."""
    references = {_reference_in(event) for event in events if event.name == "OrderCreated"}
    numbers = {event.contract_order_id for event in events}
    rows = await session.execute(_ORDERS, {"numbers": list(numbers), "references": list(references - {None})})
    orders: list[Order] = []
    addresses: dict[int, str] = {}
    for order, buyers, sellers in rows:
        orders.append(order)
        addresses |= {order.buyer_id: buyers, order.seller_id: sellers}
    return _Batch(
        orders={order.contract_order_id: order for order in orders if order.contract_order_id is not None},
        asked_for={order.reference: order for order in orders},
        addresses=addresses,
        arbiters=await _arbiters_for(session, orders, events),
    )


async def _arbiters_for(session: AsyncSession, orders: Sequence[Order], events: Sequence[ChainEvent]) -> dict[int, int]:
    """The arbiters' accounts by the orders' terms. Nobody asks for them before an order is disputed."""
    disputed_now = any(STATUS_AFTER_EVENT.get(event.name) is OrderStatus.DISPUTED for event in events)
    if not disputed_now and all(order.disputed_at is None for order in orders):
        return {}
    return await arbiters_of(session, {order.terms_id for order in orders})


@dataclass
class _Batch:
    """Applies events to rows in memory and gathers what follows from them; `write` puts it all into the database."""

    orders: dict[int, Order]
    asked_for: dict[object, Order]
    addresses: dict[int, str]
    """The parties' on the chain, by their accounts."""
    arbiters: dict[int, int]
    """The accounts of those who decide, by the orders' terms."""
    applied: list[ChainEvent] = field(default_factory=list)
    _states: dict[int, OrderState] = field(default_factory=dict)
    """How far each order touched has come, by its id."""
    _transitions: list[dict[str, object]] = field(default_factory=list)
    _feed_events: list[tuple[tuple[int, int], FeedEvent]] = field(default_factory=list)
    _pieces_back: Counter[int] = field(default_factory=Counter)
    _paid_without_piece: list[Order] = field(default_factory=list)
    """Paid after their pieces were given back."""
    _ended: list[OrderEnded] = field(default_factory=list)
    _ended_unpaid: list[OrderEndedUnpaid] = field(default_factory=list)

    def apply(self, event: ChainEvent) -> None:
        """Raises EventDoesNotFit, or KeyError or ValueError for arguments that are not those of the contract."""
        order = self._asked_for(event) if event.name == "OrderCreated" else self._known(event)
        before = self._states.get(order.id) or OrderState.of_row(order)
        after = before.after(event)
        if event.name in STATUS_AFTER_EVENT:
            self._note_step(order, before, after, event)
        elif event.name in REMARKS:
            self._publish(
                event, order_events.order_remarked(order, after, event, arbiter_id=self._arbiter(order, after))
            )
        elif event.name in ("PaidOut", "Credited"):
            self._note_payout(order, event)
        self._states[order.id] = after
        self.orders[event.contract_order_id or 0] = order
        self.applied.append(event)

    async def write(self, session: AsyncSession) -> None:
        for order in self.asked_for.values():
            if order.id in self._states:
                self._states[order.id].write_to(order)
        await session.flush()
        await _note_applied(session, self.applied)
        await insert_rows(session, OrderTransition, self._transitions)
        for product_id, pieces in sorted(self._pieces_back.items()):
            await catalog.return_pieces(session, product_id, pieces)
        for order in self._paid_without_piece:
            if order.status not in ENDS_WITHOUT_SALE:  # it may have come further in the same batch
                await reservations.keep_piece_or_ask(session, order)
        for ending in (*self._ended, *self._ended_unpaid):
            await bus.publish(session, ending)
        await publish_to_feeds(
            session, [feed_event for _, feed_event in sorted(self._feed_events, key=lambda item: item[0])]
        )

    def _asked_for(self, event: ChainEvent) -> Order:
        """The order of ours that the contract has made. What it says must be what we asked for."""
        reference = _reference_in(event)
        order = self.asked_for.get(reference)
        if order is None:
            raise EventDoesNotFit(f"no order of ours has reference {reference or event.arguments['reference']}")
        said = event.arguments
        asked = (
            self.addresses[order.buyer_id],
            self.addresses[order.seller_id],
            str(order.contract_amount),
            str(order.terms_id),
            str(order.payment_mode.number),
        )
        received = tuple(said[name] for name in ("buyer", "seller", "amount", "terms_id", "payment_mode"))
        if received != asked:
            raise EventDoesNotFit(f"order {order.id} was to be {asked}, the contract has {received}")
        return order

    def _known(self, event: ChainEvent) -> Order:
        order = self.orders.get(event.contract_order_id or 0)
        if order is None:
            raise EventDoesNotFit(f"no order of ours is number {event.contract_order_id} on the contract")
        return order

    def _note_step(self, order: Order, before: OrderState, state: OrderState, event: ChainEvent) -> None:
        """The step in the order's trail, and in the feeds of both parties."""
        self._note_ending(order, state, event)  # first, since it raises for wrong arguments: then nothing is noted
        self._transitions.append(
            {
                "order_id": order.id,
                "status_before": None if event.name == "OrderCreated" else before.status,
                "status_after": state.status,
                "cause": event.name,
                "actor": _actor_of(event),
                "details": event.arguments,
                "block_number": event.block_number,
                "block_hash": event.block_hash,
                "event_index": event.event_index,
                "extrinsic_hash": event.extrinsic_hash,
                "happened_at": event.happened_at,
                "recorded_at": utc_now(),
            }
        )
        if event.name == "OrderFunded" and not order.holds_piece:
            self._paid_without_piece.append(order)
        if state.status in ENDS_WITHOUT_SALE and order.holds_piece:
            self._pieces_back[order.product_id] += 1
            order.holds_piece = False
        was_due = before.deadline_at is not None and before.deadline_at <= event.happened_at
        is_overdue = was_due and not self._is_by_a_party(order, event)
        arbiter_id = self._arbiter(order, state)
        self._publish(
            event, order_events.order_changed(order, state, event, is_overdue=is_overdue, arbiter_id=arbiter_id)
        )

    def _publish(self, event: ChainEvent, received: list[FeedEvent]) -> None:
        self._feed_events += [((event.block_number, event.event_index), feed_event) for feed_event in received]

    def _arbiter(self, order: Order, state: OrderState) -> int | None:
        """Return who is to hear of the order beside its parties, from the day on that it is disputed."""
        return None if state.disputed_at is None else self.arbiters.get(order.terms_id)

    def _note_ending(self, order: Order, state: OrderState, event: ChainEvent) -> None:
        """Note how the order ended, if it did, for whoever holds or owes its money."""
        if state.status in (OrderStatus.CANCELLED, OrderStatus.EXPIRED):
            self._ended_unpaid.append(OrderEndedUnpaid(order))
        elif state.status in FINAL_STATUSES:
            self._ended.append(OrderEnded(order, Division.of_event(event.name, event.arguments)))

    def _is_by_a_party(self, order: Order, event: ChainEvent) -> bool:
        parties = {self.addresses[account_id] for account_id in (order.buyer_id, order.seller_id)}
        return event.arguments.get("by") in parties

    def _note_payout(self, order: Order, event: ChainEvent) -> None:
        for account_id in (order.buyer_id, order.seller_id):  # the treasury has no account here
            if self.addresses[account_id] == event.arguments["payee"]:
                self._publish(event, [order_events.payout(order, account_id, event)])


def _reference_in(event: ChainEvent) -> object:
    """The reference of ours that an `OrderCreated` carries; None when it carries something else."""
    try:
        return order_events.reference_in(event)
    except ValueError:
        return None


def _actor_of(event: ChainEvent) -> str | None:
    """EVM address of who moved the order, where the event says so."""
    if event.name in ("OrderCreated", "OrderExpired"):
        return None
    said = event.arguments
    return str(said.get("by") or (said.get("buyer") if event.name == "OrderFunded" else said.get("seller")))
