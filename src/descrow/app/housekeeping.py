"""Delete what nobody asks for any more, so that tables that grow with every request do not grow for ever."""

from datetime import datetime, timedelta

import structlog
from sqlalchemy import ColumnElement, delete, literal, or_, select, tuple_
from sqlalchemy.orm import DeclarativeBase

from descrow.accounts.models import SignInSession
from descrow.app.content_cleanup import delete_unused_content
from descrow.app.context import AppContext
from descrow.app.settings import Settings
from descrow.content.errors import BlockStoreUnavailable, ContentDamaged
from descrow.feed.models import FeedEntry
from descrow.kernel.db import Sessions, utc_now
from descrow.kernel.idempotency import StoredAnswer
from descrow.kernel.retry.runner import run_rounds
from descrow.notifications.models import MessageCharge
from descrow.payments.mpesa.models import DarajaCallback

log = structlog.get_logger(__name__)

DAY_S = 24 * 60 * 60
AT_ONCE = 1000
"""Rows that one transaction deletes: nobody waits for its locks."""

Rule = tuple[type[DeclarativeBase], ColumnElement[bool]]


def rules(settings: Settings, *, now: datetime) -> list[Rule]:
    """Return which rows of which table are too old."""

    def before(days: int) -> datetime:
        return now - timedelta(days=days)

    sessions_before = before(settings.sessions_kept_days)
    return [
        (FeedEntry, FeedEntry.created_at < before(settings.feed_kept_days)),  # who comes back then is told to reload
        (StoredAnswer, StoredAnswer.created_at < before(settings.answers_kept_days)),
        (SignInSession, or_(SignInSession.ended_at < sessions_before, SignInSession.expires_at < sessions_before)),
        (MessageCharge, MessageCharge.charged_at < before(2)),
        (DarajaCallback, DarajaCallback.handled_at < before(settings.callbacks_kept_days)),
    ]


async def keep_house(parts: AppContext) -> None:
    """Delete old rows and unused content once a day, for ever. One process does it for all."""
    unused_for = timedelta(days=parts.settings.content_unused_days)

    async def one_round() -> bool:
        for table, is_old in rules(parts.settings, now=utc_now()):
            deleted = await delete_in_parts(parts.sessions, table, is_old)
            if deleted:
                log.info("old rows deleted", table=table.__tablename__, rows=deleted)
        try:
            await delete_unused_content(parts.sessions, parts.blocks, unused_for=unused_for, now=utc_now())
        except (BlockStoreUnavailable, ContentDamaged) as error:
            log.error("unused content is not deleted today", error=error.detail)
        return False

    await run_rounds(parts.engine, "housekeeping", one_round, idle_s=DAY_S)


async def delete_in_parts(sessions: Sessions, table: type[DeclarativeBase], is_old: ColumnElement[bool]) -> int:
    """Return how many rows were deleted. Rows that somebody else has locked are left for the next time."""
    key = tuple_(*table.__mapper__.primary_key)
    part = select(*table.__mapper__.primary_key).where(is_old).limit(AT_ONCE).with_for_update(skip_locked=True)
    deleted = 0
    while True:
        async with sessions.begin() as session:
            gone = (await session.scalars(delete(table).where(key.in_(part)).returning(literal(1)))).all()
        deleted += len(gone)
        if len(gone) < AT_ONCE:
            return deleted
