"""Two at once, made sure of: to go on only when somebody waits for what one has locked."""

import asyncio

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

PATIENCE_S = 30
_CHECK_AGAIN = text("SELECT pg_stat_clear_snapshot()")
"""Within a transaction PostgreSQL shows what it showed before."""
_WAITING = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")


async def until_somebody_waits_for_a_row(session: AsyncSession) -> None:
    """Raises TimeoutError when nobody does."""
    async with asyncio.timeout(PATIENCE_S):
        while not await session.scalar(_WAITING):
            await asyncio.sleep(0.05)
            await session.execute(_CHECK_AGAIN)
