"""Define which events of the log an operator asked for."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.contract.models import ChainEvent, Finality
from descrow.operations.order_report import NamedOrder, events_of
from descrow.operations.overview import parked_events


async def find_events(
    session: AsyncSession, named: NamedOrder | None, *, parked: bool, orphaned: bool, limit: int
) -> list[ChainEvent]:
    """The newest ones, oldest first; parked ones by when they are tried next."""
    if named is not None:
        events = await events_of(session, named.order, named.numbers)
    elif parked:
        events = await parked_events(session, limit=limit)
    else:
        events = await _newest(session, orphaned=orphaned, limit=limit)
    if parked:
        events = [event for event in events if event.applied_at is None and event.last_error is not None]
    if orphaned:
        events = [event for event in events if event.finality is Finality.ORPHANED]
    return events[-limit:]


async def _newest(session: AsyncSession, *, orphaned: bool, limit: int) -> list[ChainEvent]:
    wanted = select(ChainEvent)
    if orphaned:
        wanted = wanted.where(ChainEvent.finality == Finality.ORPHANED)
    newest = wanted.order_by(ChainEvent.block_number.desc(), ChainEvent.event_index.desc()).limit(limit)
    return list(await session.scalars(newest))[::-1]
