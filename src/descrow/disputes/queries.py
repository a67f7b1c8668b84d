"""The disputes' SQL."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import BigInteger, cast, delete, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.contract.order_status import OrderStatus
from descrow.disputes.models import DisputeEntry, EvidenceKey
from descrow.disputes.thread import EntryKind
from descrow.orders.models import Order, OrderTransition
from descrow.orders.queries import OrderInFull, is_judged_by, orders_in_full


async def newest_entry(session: AsyncSession, order_id: int) -> DisputeEntry | None:
    return (
        await session.scalars(
            select(DisputeEntry).where(DisputeEntry.order_id == order_id).order_by(DisputeEntry.number.desc()).limit(1)
        )
    ).one_or_none()


async def entries_after(session: AsyncSession, order_id: int, number: int, *, limit: int | None) -> list[DisputeEntry]:
    """Oldest first."""
    rows = await session.scalars(
        select(DisputeEntry)
        .where(DisputeEntry.order_id == order_id, DisputeEntry.number > number)
        .order_by(DisputeEntry.number)
        .limit(limit)
    )
    return list(rows)


async def evidence_entry(session: AsyncSession, order_id: int, number: int) -> DisputeEntry | None:
    return (
        await session.scalars(
            select(DisputeEntry).where(
                DisputeEntry.order_id == order_id,
                DisputeEntry.number == number,
                DisputeEntry.kind == EntryKind.EVIDENCE,
            )
        )
    ).one_or_none()


async def erasures_of(session: AsyncSession, order_id: int, numbers: Collection[int]) -> dict[int, DisputeEntry]:
    """The entries that say that files were erased, by the numbers of the entries which had shown them."""
    rows = await session.scalars(
        select(DisputeEntry).where(DisputeEntry.order_id == order_id, DisputeEntry.erases.in_(numbers))
    )
    return {entry.erases: entry for entry in rows if entry.erases is not None}


async def wrap_for(session: AsyncSession, order_id: int, number: int, reader: str) -> bytes | None:
    return await session.scalar(
        select(EvidenceKey.wrap).where(
            EvidenceKey.order_id == order_id, EvidenceKey.number == number, EvidenceKey.reader == reader
        )
    )


async def readable_file_cids(session: AsyncSession) -> list[str]:
    """The encrypted files that were shown and not erased."""
    shown = select(DisputeEntry.cid).where(
        DisputeEntry.cid.is_not(None),
        select(EvidenceKey.reader)
        .where(EvidenceKey.order_id == DisputeEntry.order_id, EvidenceKey.number == DisputeEntry.number)
        .exists(),
    )
    return [cid for cid in await session.scalars(shown) if cid is not None]


async def destroy_wraps(session: AsyncSession, order_id: int, number: int) -> None:
    await session.execute(delete(EvidenceKey).where(EvidenceKey.order_id == order_id, EvidenceKey.number == number))


@dataclass(frozen=True)
class Counts:
    """Describe what there is to read in a dispute."""

    messages: int = 0
    evidence: int = 0
    """Files that were shown, erased ones included."""


async def counts_of(session: AsyncSession, order_ids: Collection[int]) -> dict[int, Counts]:
    """By order; left out where nothing was written."""
    rows = await session.execute(
        select(
            DisputeEntry.order_id,
            func.count().filter(DisputeEntry.kind == EntryKind.MESSAGE),
            func.count().filter(DisputeEntry.kind == EntryKind.EVIDENCE),
        )
        .where(DisputeEntry.order_id.in_(order_ids))
        .group_by(DisputeEntry.order_id)
    )
    return {order_id: Counts(messages, evidence) for order_id, messages, evidence in rows}


async def disputed_order(session: AsyncSession, order_id: int) -> OrderInFull | None:
    """The order, if it is or was in a dispute; whoever asks."""
    was_disputed = Order.id == order_id, Order.disputed_at.is_not(None)
    found = await orders_in_full(session, *was_disputed, order_by=(Order.id,), limit=1)
    return found[0] if found else None


async def deadline_of_dispute(session: AsyncSession, order_id: int, account_id: int) -> datetime | None:
    """Until when this account was to decide the order's dispute, also when that is over; None where it is not its."""
    deadline = await session.scalar(
        select(cast(OrderTransition.details["deadline"].astext, BigInteger))
        .join(Order, Order.id == OrderTransition.order_id)
        .where(Order.id == order_id, is_judged_by(account_id), OrderTransition.cause == "OrderDisputed")
        .order_by(OrderTransition.id.desc())
        .limit(1)
    )
    return None if deadline is None else datetime.fromtimestamp(deadline, UTC)


async def open_disputes_of(
    session: AsyncSession, account_id: int, *, after: tuple[datetime, int] | None, limit: int
) -> list[OrderInFull]:
    """Those that this account decides, the one to be decided first before the others."""
    conditions = [Order.status == OrderStatus.DISPUTED, is_judged_by(account_id)]
    if after is not None:
        conditions.append(tuple_(Order.deadline_at, Order.id) > after)
    return await orders_in_full(session, *conditions, order_by=(Order.deadline_at, Order.id), limit=limit)
