"""Notifications in the app: noted with the feed entry that each of them is, listed, and marked as read."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.feed.events import FeedEntriesAdded
from descrow.feed.models import FeedEntry
from descrow.kernel.db import utc_now
from descrow.kernel.fastpath.bulk_insert import insert_rows
from descrow.notifications.kinds import NotificationKind, kind_of
from descrow.notifications.models import Notification
from descrow.orders.models import Order


@dataclass(frozen=True)
class Noted:
    """A notification with what it is about."""

    notification: Notification
    entry: FeedEntry
    order: Order | None


async def note(session: AsyncSession, added: FeedEntriesAdded) -> None:
    """Note those of the new feed entries that people are notified of."""
    rows = [
        {"account_id": entry["account_id"], "number": entry["number"], "kind": kind}
        for entry in added.entries
        if (kind := kind_of(entry["name"], entry["payload"])) is not None
    ]
    await insert_rows(session, Notification, rows)


async def list_notifications(
    session: AsyncSession, account_id: int, *, hidden: frozenset[NotificationKind], before: int | None, limit: int
) -> list[Noted]:
    """The newest first, without the kinds that the reader hides."""
    query = (
        select(Notification, FeedEntry)
        .join(FeedEntry, (FeedEntry.account_id == Notification.account_id) & (FeedEntry.number == Notification.number))
        .where(Notification.account_id == account_id, Notification.kind.not_in(hidden))
        .order_by(Notification.number.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(Notification.number < before)
    rows = (await session.execute(query)).all()
    orders = await orders_in(session, [entry for _, entry in rows])
    return [Noted(notification, entry, orders.get(order_id_in(entry))) for notification, entry in rows]


async def count_unread(session: AsyncSession, account_id: int, *, hidden: frozenset[NotificationKind]) -> int:
    count = await session.scalar(
        select(func.count())
        .select_from(Notification)
        .where(Notification.account_id == account_id, Notification.read_at.is_(None), Notification.kind.not_in(hidden))
    )
    return count or 0


async def mark_read(session: AsyncSession, account_id: int, *, up_to: int) -> None:
    """All up to this number were seen. A repeat changes nothing."""
    await session.execute(
        update(Notification)
        .where(Notification.account_id == account_id, Notification.number <= up_to, Notification.read_at.is_(None))
        .values(read_at=utc_now())
    )


async def orders_in(session: AsyncSession, entries: Sequence[FeedEntry]) -> dict[int | None, Order]:
    """The orders that entries speak of, by id."""
    wanted = {order_id for entry in entries if (order_id := order_id_in(entry)) is not None}
    if not wanted:
        return {}
    return {order.id: order for order in await session.scalars(select(Order).where(Order.id.in_(wanted)))}


def order_id_in(entry: FeedEntry) -> int | None:
    order_id = entry.payload.get("orderId")
    return order_id if isinstance(order_id, int) else None
