"""Telling people what happened: an entry in their feed, written with the change that it tells of."""

from collections.abc import Iterable

from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.accounts.models import Account
from descrow.realtime.models import FeedEntry

CHANNEL = "feed_entries"
"""PostgreSQL announces `account:number` here when the transaction that wrote the entry commits."""


async def tell(session: AsyncSession, account_ids: Iterable[int], name: str, payload: dict[str, object]) -> None:
    """Add an entry to each account's feed. Their rows are locked, in the order of ids, until the transaction ends."""
    for account_id in sorted(set(account_ids)):
        number = await session.scalar(
            update(Account)
            .where(Account.id == account_id)
            .values(last_feed_number=Account.last_feed_number + 1)
            .returning(Account.last_feed_number)
        )
        session.add(FeedEntry(account_id=account_id, number=number, name=name, payload=payload))
        await session.execute(
            text("SELECT pg_notify(:channel, :entry)"), {"channel": CHANNEL, "entry": f"{account_id}:{number}"}
        )


async def entries_after(session: AsyncSession, account_id: int, number: int, *, limit: int) -> list[FeedEntry]:
    """What the account has not heard since `number`, oldest first."""
    rows = await session.scalars(
        select(FeedEntry)
        .where(FeedEntry.account_id == account_id, FeedEntry.number > number)
        .order_by(FeedEntry.number)
        .limit(limit)
    )
    return list(rows)
