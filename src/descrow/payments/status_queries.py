"""Questions to Transaction Status: rows, asked by a job, answered by a post to an address of their own."""

from datetime import timedelta

import structlog
from sqlalchemy import exists, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.kernel.db import utc_now
from descrow.mpesa.ids import OriginatorConversationId, ReceiptNumber
from descrow.mpesa.outcomes import Accepted, Refused
from descrow.mpesa.requests import TransactionInquiry
from descrow.payments.callback_urls import result_urls
from descrow.payments.daraja_jobs import Desk, side_by_side
from descrow.payments.models import DarajaPost, Inquiry, PayoutAttempt, PostKind

log = structlog.get_logger(__name__)

AT_ONCE = 20
ANSWER_MAY_TAKE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(minutes=10)


async def ask_about_receipt(session: AsyncSession, payment_id: int, receipt_number: ReceiptNumber) -> None:
    """Want to know whether M-Pesa knows this receipt, and what it is about. One question at a time about each."""
    await session.execute(
        insert(Inquiry)
        .values(payment_id=payment_id, receipt_number=receipt_number, ask_at=utc_now(), created_at=utc_now())
        .on_conflict_do_nothing()
    )


async def ask_about_attempt(session: AsyncSession, attempt_id: int) -> None:
    """Want to know what became of a payout attempt. One question at a time about each."""
    await session.execute(
        insert(Inquiry)
        .values(payout_attempt_id=attempt_id, ask_at=utc_now(), created_at=utc_now())
        .on_conflict_do_nothing()
    )


async def ask_what_is_due(desk: Desk) -> bool:
    """One round of asking; a question without an answer is asked again, later and later. No money moves by asking.

    An answer that has come and was not read yet is waited for: where posts pile up, asking again makes more of them.
    """
    unread = exists().where(
        DarajaPost.kind.in_((PostKind.TRANSACTION, PostKind.TRANSACTION_TIMEOUT)),
        DarajaPost.about_id == Inquiry.id,
        DarajaPost.handled_at.is_(None),
        DarajaPost.attempts == 0,  # one that cannot be read keeps nobody from asking
    )
    async with desk.sessions() as session:
        due = await session.scalars(
            select(Inquiry)
            .where(Inquiry.answered_at.is_(None), Inquiry.ask_at <= utc_now(), ~unread)
            .order_by(Inquiry.ask_at)
            .limit(AT_ONCE)
        )
        inquiries = list(due)
    await side_by_side(inquiries, lambda inquiry: _ask(desk, inquiry))
    return bool(inquiries)


async def _ask(desk: Desk, inquiry: Inquiry) -> None:
    attempt = None
    if inquiry.payout_attempt_id is not None:
        async with desk.sessions() as session:
            attempt = await session.get_one(PayoutAttempt, inquiry.payout_attempt_id)
    question = TransactionInquiry(
        receipt_number=None if inquiry.receipt_number is None else ReceiptNumber(inquiry.receipt_number),
        originator_conversation_id=OriginatorConversationId(attempt.originator_conversation_id) if attempt else None,
        remarks="Descrow asks",
        urls=result_urls(desk.settings, PostKind.TRANSACTION, PostKind.TRANSACTION_TIMEOUT, inquiry.id),
    )
    outcome = await desk.daraja.ask_transaction(question)
    pause = min(LONGEST_PAUSE, ANSWER_MAY_TAKE * 2 ** min(inquiry.asked, 10))
    if isinstance(outcome, Refused) and outcome.may_retry:
        pause = min(pause, timedelta(seconds=outcome.wait_s or 5))
    elif not isinstance(outcome, Accepted):
        log.warning("inquiry not taken", inquiry_id=inquiry.id, outcome=type(outcome).__name__)
    async with desk.sessions.begin() as session:
        await session.execute(
            update(Inquiry)
            .where(Inquiry.id == inquiry.id, Inquiry.answered_at.is_(None))
            .values(asked=Inquiry.asked + 1, ask_at=utc_now() + pause)
        )
