"""Telling people what happened: an entry in their feed, written with the change that it tells of."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, select, text, true
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from descrow.accounts.models import Account
from descrow.feed.events import FeedEntriesAdded
from descrow.feed.models import FeedEntry
from descrow.kernel.db import utc_now
from descrow.kernel.events import bus
from descrow.kernel.fastpath.bulk_insert import insert_rows

CHANNEL = "feed_entries"
"""PostgreSQL announces `account:number` here when the transaction that wrote the entry commits."""

_NUMBERED = text(
    """
    WITH locked AS (SELECT id FROM accounts WHERE id = ANY(:accounts) ORDER BY id FOR NO KEY UPDATE),
    numbered AS (
        UPDATE accounts SET last_feed_number = last_feed_number + given.count
        FROM locked JOIN unnest(CAST(:accounts AS bigint[]), CAST(:counts AS bigint[])) AS given (id, count) USING (id)
        WHERE accounts.id = locked.id
        RETURNING accounts.id, last_feed_number
    )
    SELECT id, last_feed_number, pg_notify(:channel, id || ':' || last_feed_number) FROM numbered
    """
)
"""Gives each account as many numbers as it has new entries. Always in the accounts' order: nobody waits in a circle."""


@dataclass(frozen=True)
class FeedEvent:
    """One thing for one account to hear; `name` is the Socket.IO event's."""

    account_id: int
    name: str
    payload: dict[str, object]


async def publish_to_feeds(session: AsyncSession, feed_events: Sequence[FeedEvent]) -> None:
    """Add entries to feeds, in the order given, and publish FeedEntriesAdded for what is notified and sent of them.

    The accounts' rows stay locked until the transaction ends. Not so far that others could not write rows that refer to
    them: two transactions that had done so before would wait for each other for ever.
    """
    if not feed_events:
        return
    counts = Counter(item.account_id for item in feed_events)
    recipients = sorted(counts)
    rows = await session.execute(
        _NUMBERED,
        {"accounts": recipients, "counts": [counts[account_id] for account_id in recipients], "channel": CHANNEL},
    )
    numbers = {account_id: newest - counts[account_id] for account_id, newest, _ in rows}
    entries = []
    for item in feed_events:
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
    await insert_rows(session, FeedEntry, entries)
    await bus.publish(session, FeedEntriesAdded(entries))


_FOLLOWING = aliased(
    FeedEntry,
    select(FeedEntry)
    .where(FeedEntry.account_id == bindparam("account_id"), FeedEntry.number > bindparam("after"))
    .order_by(FeedEntry.number)
    .limit(bindparam("limit"))
    .subquery(),
)
_FEED = (
    select(Account.last_feed_number, _FOLLOWING)
    .outerjoin(_FOLLOWING, true())
    .where(Account.id == bindparam("account_id"))
    .order_by(_FOLLOWING.number)
)
"""One statement: an entry committed between two would look like a lost one."""


@dataclass(frozen=True)
class Reload:
    """Ask the reader to read everything again, and to go on from `number`: what comes next is not kept."""

    number: int


async def read_feed(session: AsyncSession, account_id: int, after: int, *, limit: int) -> list[FeedEntry] | Reload:
    """Return what the account has not heard since number `after`, oldest first, without a gap.

    Reload when the number is from the future, as after a restore from a backup, or so old that the entry that follows
    it is not kept any more.
    """
    found = (await session.execute(_FEED, {"account_id": account_id, "after": after, "limit": limit})).all()
    newest = found[0][0]
    entries = [entry for _, entry in found if entry is not None]
    next_number = entries[0].number if entries else newest + 1
    return entries if next_number == after + 1 else Reload(newest)
