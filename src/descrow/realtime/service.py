"""Telling people what happened: an entry in their feed, written with the change that it tells of."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.accounts.models import Account
from descrow.db import utc_now
from descrow.realtime.models import FeedEntry

CHANNEL = "feed_entries"
"""PostgreSQL announces `account:number` here when the transaction that wrote the entry commits."""


@dataclass(frozen=True)
class News:
    """One thing for one account to hear; `name` is the Socket.IO event's."""

    account_id: int
    name: str
    payload: dict[str, object]


async def tell(session: AsyncSession, news: Sequence[News]) -> None:
    """Add entries to feeds, in the order given. The accounts' rows stay locked until the transaction ends.

    Not so far that others could not write rows that refer to them: two transactions that had done so before would wait
    for each other for ever.
    """
    if not news:
        return
    heard_by = sorted({item.account_id for item in news})
    rows = await session.execute(
        select(Account.id, Account.last_feed_number)
        .where(Account.id.in_(heard_by))
        .order_by(Account.id)
        .with_for_update(key_share=True)
    )
    numbers = dict(rows.all())
    entries = []
    for item in news:
        numbers[item.account_id] += 1
        entries.append(
            {
                "account_id": item.account_id,
                "number": numbers[item.account_id],
                "name": item.name,
                "payload": item.payload,
                "created_at": utc_now(),
            }
        )
    await session.execute(insert(FeedEntry), entries)
    await session.execute(
        update(Account), [{"id": account_id, "last_feed_number": number} for account_id, number in numbers.items()]
    )
    await session.execute(
        text("SELECT pg_notify(:channel, entry) FROM unnest(CAST(:entries AS text[])) AS entry"),
        {"channel": CHANNEL, "entries": [f"{account_id}:{number}" for account_id, number in numbers.items()]},
    )


async def newest_number(session: AsyncSession, account_id: int) -> int:
    """Number of the account's newest entry; 0 when it has heard nothing yet."""
    return await session.scalar(select(Account.last_feed_number).where(Account.id == account_id)) or 0


async def entries_after(session: AsyncSession, account_id: int, number: int, *, limit: int) -> list[FeedEntry]:
    """What the account has not heard since `number`, oldest first."""
    rows = await session.scalars(
        select(FeedEntry)
        .where(FeedEntry.account_id == account_id, FeedEntry.number > number)
        .order_by(FeedEntry.number)
        .limit(limit)
    )
    return list(rows)
