"""Time that passes faster for payments: what waits for another look, or another try, is due at once."""

from sqlalchemy import text

from descrow.kernel.db import Sessions

_DUE_AT = {"payments": "look_at", "payout_attempts": "look_at", "status_queries": "ask_at", "payouts": "retry_at"}


async def hurry(sessions: Sessions) -> None:
    """Nothing that M-Pesa is to be asked for, or to be paid, waits any longer.

    A table at a time, so that nobody who is at work on them waits for us while we wait for them.
    """
    for table, column in _DUE_AT.items():
        async with sessions.begin() as session:
            await session.execute(
                text(f"UPDATE {table} SET {column} = now() - interval '1 second' WHERE {column} > now()")
            )
