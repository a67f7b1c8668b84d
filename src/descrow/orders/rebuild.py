"""The projection made anew beside the old one, from the log alone; where the two differ, and how rows are mended.

Only events that were applied count: those that still wait are no difference, they are work to be done. What
follows from an event besides the order's own row and trail (stock, feeds) happened once, when it was applied, and is
left alone.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, NamedTuple

from sqlalchemy import ColumnClause, Select, exists, func, literal_column, select
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.contract.event_store import cursor_of
from descrow.contract.models import ChainBlock, ChainEvent, Finality
from descrow.contract.order_status import OrderStatus
from descrow.feed.service import publish_to_feeds
from descrow.incidents import audit
from descrow.kernel.db import Sessions, utc_now
from descrow.kernel.errors import Unavailable
from descrow.orders import order_events
from descrow.orders.models import Order, OrderTransition
from descrow.orders.order_state import EventDoesNotFit, OrderState
from descrow.orders.service import reference_word
from descrow.orders.transitions import STATUS_AFTER_EVENT

CHUNK = 1_000
"""Orders read at once."""

CORRECTION = "RebuiltFromLog"
"""The cause that a trail gives for a step which this module wrote."""

# As the index on them is written, which PostgreSQL uses only where it recognises its own words.
_IS_CREATION = ChainEvent.name == literal_column("'OrderCreated'")
_REFERENCE: ColumnClause[str] = literal_column("chain_events.arguments ->> 'reference'")
_REFERENCE_OF_ORDER: ColumnClause[str] = literal_column(
    "'0x' || replace(orders.reference::text, '-', '') || repeat('0', 32)"
)
_IS_FACT = ChainEvent.finality == Finality.FINALIZED


class LogIsEmpty(Unavailable):
    """No final block has been read yet. What would be made from that has forgotten every order."""

    code: ClassVar[str] = "log_is_empty"

    def __init__(self) -> None:
        super().__init__("No final block has been read yet; `descrow worker` reads them.")


@dataclass(frozen=True)
class Difference:
    """Describe what our rows say (`here`) and what the log says (`there`) of one field of one order.

    Besides the order's columns there are the fields `timeline`, for a step, and `log`, for events that make no sense.
    """

    order_id: int | None
    contract_order_id: int | None
    field: str
    here: object
    there: object


@dataclass
class Rebuilt:
    """Describe what one look over all orders found: `events` that moved them, final ones left out since they are
    `pending`.
    """

    orders: int = 0
    events: int = 0
    pending: int = 0
    differences: list[Difference] = field(default_factory=list)


@dataclass(frozen=True)
class _Step:
    """Describe what an event did to the order's status; `before` is None for its beginning."""

    event: ChainEvent
    before: OrderStatus | None
    after: OrderStatus


class _RecordedStep(NamedTuple):
    """Describe what a trail says of one step."""

    order_id: int
    block_hash: str
    event_index: int | None
    status_after: OrderStatus
    block_number: int
    cause: str


@dataclass(frozen=True)
class RemadeOrder:
    """An order beside what the log makes of it; when its events make no sense, there are no facts but a `misfit`."""

    order: Order
    events: int
    state: OrderState | None
    misfit: str | None
    missing_steps: list[_Step]
    unknown_steps: list[_RecordedStep]

    @property
    def wrong_state(self) -> dict[str, tuple[object, object]]:
        return {} if self.state is None else OrderState.of_row(self.order).differences(self.state)

    def differences(self) -> Iterator[Difference]:
        def difference(name: str, here: object, there: object) -> Difference:
            number = self.order.contract_order_id if self.state is None else self.state.contract_order_id
            return Difference(self.order.id, number, name, here, there)

        if self.misfit is not None:
            yield difference("log", self.order.status, self.misfit)
        for name, (here, there) in self.wrong_state.items():
            yield difference(name, here, there)
        for step in self.missing_steps:
            yield difference("timeline", None, f"{step.after} in block {step.event.block_number}")
        for row in self.unknown_steps:
            yield difference("timeline", f"{row.status_after} in block {row.block_number}", None)


async def rebuild(sessions: Sessions) -> Rebuilt:
    """Make every order anew from the log, beside the rows, and compare; nothing is changed. Raises LogIsEmpty."""
    result = Rebuilt()
    async with sessions() as session:
        await session.connection(execution_options={"isolation_level": "REPEATABLE READ"})  # one moment for all reads
        await _cursor(session)
        last_id = 0
        while orders := await _orders_after(session, last_id):
            for remade in await remake(session, orders):
                result.orders += 1
                result.events += remade.events
                result.differences += remade.differences()
            last_id = orders[-1].id
            session.expunge_all()
        result.differences += await _applied_to_nothing(session)
        result.pending = await _count_pending(session)
    return result


async def remake(session: AsyncSession, orders: Sequence[Order]) -> list[RemadeOrder]:
    """Each of these orders anew from all its applied final events. Nothing is changed."""
    events = await _applied_events(session, orders)
    timelines = await _timelines(session, orders)
    known = await _known_steps(session, orders, events, timelines)
    return [_remade(order, events[order.id], timelines[order.id], known) for order in orders]


async def creations_of(
    session: AsyncSession, orders: Sequence[Order], *, finality: Finality = Finality.FINALIZED, applied: bool = False
) -> dict[int, int]:
    """Our id by the contract's number, as the creations in the log (or those that were applied) tie them together."""
    ids = {"0x" + reference_word(order.reference).hex(): order.id for order in orders}
    wanted = [_IS_CREATION, ChainEvent.finality == finality, _REFERENCE.in_(ids)]
    if applied:
        wanted.append(ChainEvent.applied_at.is_not(None))
    rows = await session.execute(select(ChainEvent.contract_order_id, _REFERENCE).where(*wanted))
    return {number: ids[reference] for number, reference in rows if number is not None}


async def owners_of(session: AsyncSession, numbers: Collection[int]) -> dict[int, int]:
    """Our id by the contract's number, for those of these numbers that the log says were made for an order of ours."""
    rows = await session.execute(
        select(ChainEvent.contract_order_id, Order.id)
        .join(Order, _REFERENCE_OF_ORDER == _REFERENCE)
        .where(_IS_CREATION, _IS_FACT, ChainEvent.contract_order_id.in_(numbers))
    )
    return {number: order_id for number, order_id in rows if number is not None}


async def repair(
    session: AsyncSession, order_ids: Collection[int], *, actor: str, reason: str | None
) -> list[RemadeOrder]:
    """Write into the rows of these orders what the log says, where the two differ; returns the orders that differed.

    A changed status and a missing step become rows of the trail, each order an audit entry, and the parties are told.
    A step too many stays, since trails are append-only, and so does an order whose events make no sense. A repeat
    changes nothing. Raises LogIsEmpty.
    """
    cursor = await _cursor(session)
    orders = (
        await session.scalars(select(Order).where(Order.id.in_(order_ids)).order_by(Order.id).with_for_update())
    ).all()
    remade = [found for found in await remake(session, orders) if found.wrong_state or found.missing_steps]
    wrong = {found.order.id: found.wrong_state for found in remade}
    was = {found.order.id: found.order.status for found in remade}
    for found in remade:
        if "contract_order_id" in wrong[found.order.id]:  # first all, since they may hold each other's numbers
            found.order.contract_order_id = None
    await session.flush()
    for found in remade:
        if found.state is not None:
            found.state.write_to(found.order)
        for step in found.missing_steps:
            session.add(_missing_step(found.order, step))
        if "status" in wrong[found.order.id]:
            session.add(_correction(found.order, was[found.order.id], cursor))
        if wrong[found.order.id]:
            await publish_to_feeds(session, order_events.order_corrected(found.order, block_number=cursor.number))
        await audit.note(
            session,
            actor=actor,
            action="rebuild",
            subject=f"order {found.order.id}",
            reason=reason,
            changed={name: [plain(here), plain(there)] for name, (here, there) in wrong[found.order.id].items()},
            steps_added=[str(step.after) for step in found.missing_steps],
        )
    return remade


def plain(value: object) -> object:
    """A fact as JSON and people read it."""
    return value if value is None or isinstance(value, int) else str(value)


async def _cursor(session: AsyncSession) -> ChainBlock:
    cursor = await cursor_of(session)
    if cursor is None:
        raise LogIsEmpty
    return cursor


async def _orders_after(session: AsyncSession, last_id: int) -> Sequence[Order]:
    return (await session.scalars(select(Order).where(Order.id > last_id).order_by(Order.id).limit(CHUNK))).all()


async def _applied_events(session: AsyncSession, orders: Sequence[Order]) -> dict[int, list[ChainEvent]]:
    """Those that move an order, by our id, oldest first: the events of the number made with the order's reference."""
    by_number = await creations_of(session, orders, applied=True)
    rows = await session.scalars(
        select(ChainEvent)
        .where(
            ChainEvent.contract_order_id.in_(by_number),
            ChainEvent.name.in_(STATUS_AFTER_EVENT),
            _IS_FACT,
            ChainEvent.applied_at.is_not(None),
        )
        .order_by(ChainEvent.block_number, ChainEvent.event_index)
    )
    events: dict[int, list[ChainEvent]] = defaultdict(list)
    for event in rows:
        events[by_number[event.contract_order_id or 0]].append(event)
    return events


async def _timelines(session: AsyncSession, orders: Sequence[Order]) -> dict[int, list[_RecordedStep]]:
    rows = await session.execute(
        select(*(getattr(OrderTransition, name) for name in _RecordedStep._fields))
        .where(OrderTransition.order_id.in_([order.id for order in orders]))
        .order_by(OrderTransition.id)
    )
    timelines: dict[int, list[_RecordedStep]] = defaultdict(list)
    for row in rows:
        timelines[row.order_id].append(_RecordedStep(*row))
    return timelines


_Place = tuple[str, int | None, str]
"""A step's block, its event's place in it, and the status after it."""


async def _known_steps(
    session: AsyncSession,
    orders: Sequence[Order],
    events: dict[int, list[ChainEvent]],
    timelines: dict[int, list[_RecordedStep]],
) -> set[_Place]:
    """Return what trails may hold: every step the log tells of, also those that were given up or wait to be applied
    again.
    """
    applied = {_place_of(event) for of_one in events.values() for event in of_one}
    others = {
        row.block_hash for order in orders for row in timelines[order.id] if _place_in_timeline(row) not in applied
    }
    rows = await session.scalars(
        select(ChainEvent).where(ChainEvent.block_hash.in_(others), ChainEvent.name.in_(STATUS_AFTER_EVENT))
    )
    return applied | {_place_of(event) for event in rows}


def _remade(
    order: Order, events: Sequence[ChainEvent], timeline: Sequence[_RecordedStep], known: Collection[_Place]
) -> RemadeOrder:
    state = OrderState()
    steps: list[_Step] = []
    misfit: str | None = None
    for event in events:
        try:
            after = state.after(event)
        except (EventDoesNotFit, KeyError, ValueError) as error:
            misfit = f"{event.name} in block {event.block_number}: {error}"
            break
        steps.append(_Step(event, None if event.name == "OrderCreated" else state.status, after.status))
        state = after
    recorded = [_place_in_timeline(row) for row in timeline]
    # Each lets the same block do its steps once more.
    reversion_count = sum(row.cause == "ChainReorganized" for row in timeline)
    return RemadeOrder(
        order=order,
        events=len(events),
        state=state if misfit is None else None,
        misfit=misfit,
        missing_steps=[step for step in steps if misfit is None and _place_of(step.event) not in recorded],
        unknown_steps=[
            row
            for n, row in enumerate(timeline)
            if row.event_index is not None
            and (recorded[n] not in known or recorded[:n].count(recorded[n]) > reversion_count)
        ],
    )


def _place_of(event: ChainEvent) -> _Place:
    return event.block_hash, event.event_index, STATUS_AFTER_EVENT[event.name]


def _place_in_timeline(row: _RecordedStep) -> _Place:
    return row.block_hash, row.event_index, row.status_after


async def _applied_to_nothing(session: AsyncSession) -> list[Difference]:
    """Orders that the log says were projected, but whose row is gone."""
    rows = await session.scalars(
        select(ChainEvent)
        .where(
            _IS_CREATION,
            _IS_FACT,
            ChainEvent.applied_at.is_not(None),
            ~exists().select_from(Order).where(_REFERENCE_OF_ORDER == _REFERENCE),
        )
        .order_by(ChainEvent.contract_order_id)
    )
    return [
        Difference(None, event.contract_order_id, "log", None, f"created with reference {event.arguments['reference']}")
        for event in rows
    ]


async def _count_pending(session: AsyncSession) -> int:
    pending: Select[int] = (
        select(func.count())
        .select_from(ChainEvent)
        .where(_IS_FACT, ChainEvent.applied_at.is_(None), ChainEvent.contract_order_id.is_not(None))
    )
    return await session.scalar(pending) or 0


def _missing_step(order: Order, step: _Step) -> OrderTransition:
    event = step.event
    return OrderTransition(
        order_id=order.id,
        status_before=step.before,
        status_after=step.after,
        cause=CORRECTION,
        actor=None,
        details={"event": event.name, **event.arguments},
        block_number=event.block_number,
        block_hash=event.block_hash,
        event_index=event.event_index,
        extrinsic_hash=event.extrinsic_hash,
        happened_at=event.happened_at,
    )


def _correction(order: Order, status_before: OrderStatus, cursor: ChainBlock) -> OrderTransition:
    return OrderTransition(
        order_id=order.id,
        status_before=status_before,
        status_after=order.status,
        cause=CORRECTION,
        actor=None,
        details={"contract_order_id": order.contract_order_id},
        block_number=cursor.number,
        block_hash=cursor.hash,
        event_index=None,
        extrinsic_hash=None,
        happened_at=utc_now(),
    )
