"""Calls to the contract that somebody wants made: rows, written in the transaction that wants them."""

from datetime import datetime

import structlog
from sqlalchemy import select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.contract.abi import Value, to_json
from descrow.contract.models import CallPriority, CallStatus, ContractCall, HoldReason, SignerRole
from descrow.kernel.db import utc_now
from descrow.kernel.retry.policies import policies

CHANNEL = "contract_calls"
"""PostgreSQL tells the sender here, on commit, that there is something to send."""


async def queue_call(
    session: AsyncSession,
    *,
    idempotency_key: str,
    order_id: int | None,
    function: str,
    arguments: list[Value],
    asked_by: int | None = None,
    priority: CallPriority = CallPriority.ORDERS,
    signer_role: SignerRole = SignerRole.OPERATOR,
) -> None:
    """Want `function` called, once per key. It happens after this transaction commits, and only then.

    `asked_by` is the account whose act it is; None where the shop acts by itself.
    """
    await session.execute(
        insert(ContractCall)
        .values(
            idempotency_key=idempotency_key,
            order_id=order_id,
            signer_role=signer_role,
            priority=priority,
            function=function,
            arguments=[to_json(argument) for argument in arguments],
            asked_by=asked_by,
            correlation_id=structlog.contextvars.get_contextvars().get("correlation_id"),
        )
        .on_conflict_do_nothing()
    )
    await session.execute(text("SELECT pg_notify(:channel, '')"), {"channel": CHANNEL})


async def are_held_back_today(session: AsyncSession, function: str, priority: CallPriority) -> bool:
    """Say if calls of this function and priority wait for the next day's budget, so that one more would wait as well.

    Where those of a higher priority wait, all lower ones do.
    """
    waiting = select(ContractCall.id).where(
        ContractCall.function == function,
        ContractCall.priority <= priority,
        ContractCall.status == CallStatus.QUEUED,
        ContractCall.held_back == HoldReason.SPEND_LIMIT_REACHED,
        ContractCall.next_attempt_at > utc_now(),
    )
    return await session.scalar(waiting.limit(1)) is not None


async def requeue(session: AsyncSession, call: ContractCall, why: str) -> None:
    """The call had no effect; it is tried again, later and later, for ever.

    `call` is as the caller saw it: if the row has moved on since, by another hand, it is left alone.
    """
    await session.execute(
        update(ContractCall)
        .where(
            ContractCall.id == call.id,
            ContractCall.status == call.status,
            ContractCall.transaction_id.is_not_distinct_from(call.transaction_id),
        )
        .values(
            status=CallStatus.QUEUED,
            transaction_id=None,
            place=None,
            attempt_count=ContractCall.attempt_count + 1,
            next_attempt_at=utc_now() + policies().contract_calls.delay(call.attempt_count),
            last_error=why,
            held_back=None,
        )
    )


async def hold_back(session: AsyncSession, call_id: int, reason: HoldReason, why: str, *, until: datetime) -> None:
    """The call would go well, but sending it would cost too much: nothing is sent before `until`."""
    await session.execute(
        update(ContractCall)
        .where(ContractCall.id == call_id, ContractCall.status == CallStatus.QUEUED)
        .values(attempt_count=ContractCall.attempt_count + 1, next_attempt_at=until, last_error=why, held_back=reason)
    )


async def drop(session: AsyncSession, call: ContractCall) -> None:
    """End a queued call that has nothing left to do, without a transaction."""
    await session.execute(
        update(ContractCall)
        .where(ContractCall.id == call.id, ContractCall.status == CallStatus.QUEUED)
        .values(status=CallStatus.DROPPED, ended_at=utc_now(), last_error=None)
    )
