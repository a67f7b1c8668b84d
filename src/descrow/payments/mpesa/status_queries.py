"""Questions to Transaction Status: rows, asked by a job, answered by a post to an address of their own."""

from datetime import timedelta

import structlog
from sqlalchemy import exists, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.kernel.db import utc_now
from descrow.kernel.retry.policies import policies
from descrow.kernel.retry.rows import select_due
from descrow.kernel.retry.runner import side_by_side
from descrow.mpesa.ids import OriginatorConversationId, ReceiptNumber
from descrow.mpesa.outcomes import Accepted, Refused, error_of
from descrow.mpesa.requests import TransactionQuery
from descrow.payments.mpesa.callback_urls import result_urls
from descrow.payments.mpesa.daraja_context import DarajaContext
from descrow.payments.mpesa.models import CallbackKind, DarajaCallback, PayoutAttempt, StatusQuery

log = structlog.get_logger(__name__)

AT_ONCE = 20
REFUSED_IS_ASKED_AFTER_S = 5
"""Where Safaricom names no time."""


async def ask_about_receipt(session: AsyncSession, payment_id: int, receipt_number: ReceiptNumber) -> None:
    """Want to know whether M-Pesa knows this receipt, and what it is about. One question at a time about each."""
    await session.execute(
        insert(StatusQuery)
        .values(payment_id=payment_id, receipt_number=receipt_number, next_attempt_at=utc_now(), created_at=utc_now())
        .on_conflict_do_nothing()
    )


async def ask_about_hand_payment(session: AsyncSession, hand_payment_id: int, receipt_number: ReceiptNumber) -> None:
    """Want to know whether somebody paid this receipt by hand. One question at a time about each."""
    await session.execute(
        insert(StatusQuery)
        .values(
            hand_payment_id=hand_payment_id,
            receipt_number=receipt_number,
            next_attempt_at=utc_now(),
            created_at=utc_now(),
        )
        .on_conflict_do_nothing()
    )


async def ask_about_attempt(session: AsyncSession, attempt_id: int) -> None:
    """Want to know what became of a payout attempt. One question at a time about each."""
    await session.execute(
        insert(StatusQuery)
        .values(payout_attempt_id=attempt_id, next_attempt_at=utc_now(), created_at=utc_now())
        .on_conflict_do_nothing()
    )


async def ask_what_is_due(payment_context: DarajaContext) -> bool:
    """One round of asking; a question without an answer is asked again, later and later. No money moves by asking.

    An answer that has come and was not read yet is waited for: where posts pile up, asking again makes more of them.
    """
    unread = exists().where(
        DarajaCallback.kind.in_((CallbackKind.TRANSACTION, CallbackKind.TRANSACTION_TIMEOUT)),
        DarajaCallback.about_id == StatusQuery.id,
        DarajaCallback.handled_at.is_(None),
        DarajaCallback.attempt_count == 0,  # one that cannot be read keeps nobody from asking
    )
    async with payment_context.sessions() as session:
        due = await session.scalars(
            select_due(StatusQuery, StatusQuery.answered_at.is_(None), ~unread, now=utc_now(), limit=AT_ONCE).order_by(
                StatusQuery.next_attempt_at
            )
        )
        queries = list(due)
    await side_by_side(queries, lambda status_query: _ask(payment_context, status_query))
    return bool(queries)


async def _ask(payment_context: DarajaContext, status_query: StatusQuery) -> None:
    attempt = None
    if status_query.payout_attempt_id is not None:
        async with payment_context.sessions() as session:
            attempt = await session.get_one(PayoutAttempt, status_query.payout_attempt_id)
    question = TransactionQuery(
        receipt_number=None if status_query.receipt_number is None else ReceiptNumber(status_query.receipt_number),
        originator_conversation_id=OriginatorConversationId(attempt.originator_conversation_id) if attempt else None,
        remarks="Descrow asks",
        urls=result_urls(
            payment_context.settings, CallbackKind.TRANSACTION, CallbackKind.TRANSACTION_TIMEOUT, status_query.id
        ),
    )
    outcome = await payment_context.daraja.ask_transaction(question)
    pause = policies().status_queries.delay(status_query.attempt_count)
    if isinstance(outcome, Refused) and outcome.may_retry:
        pause = min(pause, timedelta(seconds=outcome.wait_s or REFUSED_IS_ASKED_AFTER_S))
    elif not isinstance(outcome, Accepted):
        log.warning("inquiry not taken", status_query_id=status_query.id, outcome=type(outcome).__name__)
    async with payment_context.sessions.begin() as session:
        await session.execute(
            update(StatusQuery)
            .where(StatusQuery.id == status_query.id, StatusQuery.answered_at.is_(None))
            .values(
                attempt_count=StatusQuery.attempt_count + 1,
                next_attempt_at=utc_now() + pause,
                last_error=error_of(outcome),
            )
        )
