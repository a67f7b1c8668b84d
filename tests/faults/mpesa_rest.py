"""Define how a drill with M-Pesa comes to rest: nothing breaks any more, and time is hurried until nothing moves."""

import asyncio
from contextlib import suppress

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from descrow.app.devstack.daraja.transactions import State, TransactionKind
from descrow.kernel.db import Sessions
from descrow.payments.mpesa import manual_hand_payments
from descrow.payments.mpesa.prompts import GIVE_UP_UNANSWERED
from tests.faults.simulator import LONGEST_HOLD_S, Simulator
from tests.payments.hurry import hurry

REST_TIMEOUT_S = 600
HURRY_EVERY_S = 1
HURRY_TIMEOUT_S = 5
LOOKS_AT_REST = 3
"""So many looks one after the other find nothing that moves."""

_ATTEMPT_IN_DOUBT = """
    SELECT attempt.id FROM payout_attempts attempt
    JOIN cases ON cases.kind = 'payout_unknown' AND cases.subject = 'payout ' || attempt.payout_id
    WHERE attempt.status = 'open' AND cases.closed_at IS NULL
"""
"""A person has to look; M-Pesa is asked further on, and will say the same."""

_MOVING = {
    "posts": "SELECT count(*) FROM daraja_callbacks WHERE handled_at IS NULL",
    "payments": "SELECT count(*) FROM payments WHERE next_attempt_at IS NOT NULL",
    "payouts": "SELECT count(*) FROM payouts WHERE status = 'queued'",
    "attempts": f"SELECT count(*) FROM payout_attempts WHERE status = 'open' AND id NOT IN ({_ATTEMPT_IN_DOUBT})",
    "status_queries": f"""
        SELECT count(*) FROM status_queries WHERE answered_at IS NULL
        AND (payout_attempt_id IS NULL OR payout_attempt_id NOT IN ({_ATTEMPT_IN_DOUBT}))
    """,
    "by hand": "SELECT count(*) FROM hand_payments WHERE status IN ('reported', 'came', 'returning')",
    "calls": "SELECT count(*) FROM contract_calls WHERE status IN ('queued', 'signed')",
    "events": """
        SELECT count(*) FROM chain_events
        WHERE applied_at IS NULL AND contract_order_id IS NOT NULL AND finality <> 'orphaned'
    """,
}

_AS_IF_SENT_LONG_AGO = text(
    """
    UPDATE payments SET sent_at = now() - make_interval(secs => :seconds), next_attempt_at = now()
    WHERE status IN ('requested', 'prompted', 'unknown') AND checkout_request_id IS NULL AND sent_at IS NOT NULL
    """
)


_AS_IF_WAITED_FOR = text(
    """
    UPDATE payments SET sent_at = sent_at - (next_attempt_at - now()), next_attempt_at = now()
    WHERE status IN ('requested', 'prompted', 'unknown') AND checkout_request_id IS NOT NULL AND next_attempt_at > now()
    """
)
"""Time that is hurried through is time that the payment's buyer has waited: it grows older by it."""


class NeverAtRest(Exception):
    """Something moves on and on; the message says what."""


async def come_to_rest(sessions: Sessions, simulator: Simulator) -> None:
    """Wait until M-Pesa has told all that it will tell, and we have made of it all that we can. Raises NeverAtRest."""
    await simulator.behave()
    still: dict[str, int] = {}
    try:
        async with asyncio.timeout(REST_TIMEOUT_S):
            while await _is_busy(simulator):
                await asyncio.sleep(HURRY_EVERY_S)
            await asyncio.sleep(LONGEST_HOLD_S)  # what was held back is on its way now
            await _read_statement(sessions, simulator)
            for _ in range(LOOKS_AT_REST):
                while still := await _moving(sessions):
                    await _let_time_pass(sessions)
                await asyncio.sleep(HURRY_EVERY_S)
            await _wait_for_balance_check(sessions)
    except TimeoutError as error:
        raise NeverAtRest(f"after {REST_TIMEOUT_S} s there are still {still or 'no balances compared'}") from error


async def _read_statement(sessions: Sessions, simulator: Simulator) -> None:
    """Take up, as an operator would, what M-Pesa's statement shows and nobody was told of."""
    for transaction in await simulator.transactions():
        if transaction.kind is TransactionKind.C2B and transaction.receipt is not None:
            async with sessions.begin() as session:
                await manual_hand_payments.add(
                    session,
                    transaction.receipt,
                    account_number=transaction.reference,
                    actor="drill",
                    reason="on the statement",
                )


async def hurry_meanwhile(sessions: Sessions, every_s: float) -> None:
    """For ever: what waits does not wait long, so that more of it happens in the time of a drill."""
    while True:
        await asyncio.sleep(every_s)
        with suppress(SQLAlchemyError, OSError, TimeoutError):  # PostgreSQL was killed just now
            async with asyncio.timeout(HURRY_TIMEOUT_S):
                await _grow_older(sessions)
                await hurry(sessions)


async def _let_time_pass(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        await session.execute(_AS_IF_SENT_LONG_AGO, {"seconds": GIVE_UP_UNANSWERED.total_seconds() + 1})
    await _grow_older(sessions)
    await hurry(sessions)
    await asyncio.sleep(HURRY_EVERY_S)


async def _grow_older(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        await session.execute(_AS_IF_WAITED_FOR)


async def _is_busy(simulator: Simulator) -> bool:
    """Return whether a phone rings, or M-Pesa is carrying out what it was told to."""
    return any(transaction.state is State.OPEN for transaction in await simulator.transactions())


async def _moving(sessions: Sessions) -> dict[str, int]:
    """Return what is not over yet, and how much of it."""
    async with sessions() as session:
        counts = {name: int(await session.scalar(text(query)) or 0) for name, query in _MOVING.items()}
    return {name: count for name, count in counts.items() if count}


async def _wait_for_balance_check(sessions: Sessions) -> None:
    """Until one that was asked for now is answered."""
    newer = text("SELECT count(*) FROM balance_checks WHERE asked_at > :since AND answered_at IS NOT NULL")
    async with sessions() as session:
        since = await session.scalar(text("SELECT now()"))
    while True:
        async with sessions() as session:
            if await session.scalar(newer, {"since": since}):
                return
        await asyncio.sleep(HURRY_EVERY_S)
