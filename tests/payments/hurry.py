"""Time that passes faster for payments: what waits for another look, or another try, is due at once."""

from sqlalchemy import text

from descrow.kernel.db import Sessions

_QUEUES = ("payments", "payout_attempts", "status_queries", "payouts", "hand_payments")


async def hurry(sessions: Sessions) -> None:
    """Nothing that M-Pesa is to be asked for, or to be paid, waits any longer.

    A table at a time, so that nobody who is at work on them waits for us while we wait for them.
    """
    for table in _QUEUES:
        async with sessions.begin() as session:
            await session.execute(
                text(f"UPDATE {table} SET next_attempt_at = now() - interval '1 second' WHERE next_attempt_at > now()")
            )
