"""Money to phones: each payout is sent under an id that was stored before, and never under another on a guess.

M-Pesa carries an OriginatorConversationID out once. So whatever is lost (the answer, the result, this program), the
same id is asked for by Transaction Status, and where M-Pesa knows nothing of it, the same id is sent again.
"""

from datetime import timedelta
from uuid import UUID, uuid5

import structlog
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.feed.service import publish_to_feeds
from descrow.incidents.cases import close_case_of, open_case
from descrow.incidents.models import CaseKind
from descrow.kernel.db import utc_now
from descrow.kernel.money import KesCents, shillings_from_cents
from descrow.kernel.retry.policies import policies
from descrow.kernel.retry.rows import select_due
from descrow.kernel.retry.runner import side_by_side
from descrow.mpesa.callbacks import PayoutPosted, TransactionPosted, TransactionState
from descrow.mpesa.ids import OriginatorConversationId, ReceiptNumber
from descrow.mpesa.outcomes import Accepted, AlreadySubmitted, Outcome, Refused, error_of
from descrow.mpesa.phones import Msisdn
from descrow.mpesa.requests import PayoutRequest
from descrow.mpesa.responses import RequestTaken
from descrow.mpesa.results import Failed, NotKnown, PayoutFailure, Succeeded
from descrow.mpesa.retry import Retry
from descrow.payments.mpesa import payment_events, status_queries
from descrow.payments.mpesa.callback_urls import result_urls
from descrow.payments.mpesa.daraja_context import DarajaContext
from descrow.payments.mpesa.ledger import LedgerAccount, Transfer, post
from descrow.payments.mpesa.models import (
    CLOSED_BY_SYSTEM,
    AttemptStatus,
    CallbackKind,
    Payout,
    PayoutAttempt,
    PayoutStatus,
    Purpose,
)
from descrow.payments.mpesa.payables import hold_for_a_person, subject_of

log = structlog.get_logger(__name__)

AT_ONCE = 10
UNKNOWN_IS_ASKED_AFTER = timedelta(seconds=5)
"""At the least, so that what Daraja has just taken shows by then."""
_IDS = UUID("6f0f4d0a-3c5b-5f43-9d5e-2b8f7a1c9e10")
"""A name space of our own, for ids that are made of what is owed."""


async def begin_due_payouts(payment_context: DarajaContext) -> bool:
    """Give each payout that is due its next attempt. Nothing is sent yet. Says whether there were any."""
    async with payment_context.sessions.begin() as session:
        due = (
            await session.scalars(
                select_due(Payout, Payout.status == PayoutStatus.QUEUED, now=utc_now(), limit=AT_ONCE)
                .order_by(Payout.id)
                .with_for_update(skip_locked=True)
            )
        ).all()
        for payout in due:
            payout.status = PayoutStatus.SENT
            payout.attempt_count += 1
            earlier = await _count_attempts(session, payout.id)
            session.add(
                PayoutAttempt(payout_id=payout.id, originator_conversation_id=conversation_id_for(payout.key, earlier))
            )
    return bool(due)


def conversation_id_for(key: str, earlier_attempts: int) -> OriginatorConversationId:
    """The id of the next attempt: the same whoever makes it, so that Daraja knows what it has carried out before.

    After a backup was restored, what was paid since is owed again by our rows; its id then is a duplicate, and is asked
    for rather than paid.
    """
    return OriginatorConversationId(uuid5(_IDS, f"{key} #{earlier_attempts + 1}").hex)


async def process_due_attempts(payment_context: DarajaContext) -> bool:
    """One round: send what is to be sent, ask for what has had no result. Says whether anything was due."""
    async with payment_context.sessions() as session:
        due = list(
            await session.scalars(
                select_due(PayoutAttempt, PayoutAttempt.status == AttemptStatus.OPEN, now=utc_now(), limit=AT_ONCE)
                .with_only_columns(PayoutAttempt.id)
                .order_by(PayoutAttempt.next_attempt_at)
            )
        )
    await side_by_side(due, lambda attempt_id: _process_attempt(payment_context, attempt_id))
    return bool(due)


async def record_attempt_result(session: AsyncSession, attempt_id: int, posted: PayoutPosted) -> str | None:
    """M-Pesa posted the end of an attempt. A repeat changes nothing. Returns why it cannot be ours, if so."""
    payout, attempt = await lock_attempt(session, attempt_id)
    ids = {posted.envelope.originator_conversation_id, posted.envelope.conversation_id} - {None}
    if not ids & {attempt.originator_conversation_id, attempt.conversation_id}:
        # Safaricom may put an originator's id of its own in the place of ours, and with no answer to our request its
        # ConversationID is not known to us: what says nothing of either is asked for.
        await query_soon(session, attempt_id)
        is_anothers = attempt.conversation_id is not None and posted.envelope.conversation_id is not None
        return "its ids are not this attempt's" if is_anothers else None
    if posted.amount is not None and posted.amount != payout.amount_cents:
        return f"it tells of {posted.amount} cents, the payout is of {payout.amount_cents}"
    match posted.result:
        case Succeeded():
            receipt = posted.receipt_number or posted.envelope.transaction_id
            await paid(session, payout, attempt, receipt=receipt)
            if attempt.charge_cents is None:  # the result does not say what the payout cost
                await status_queries.ask_about_attempt(session, attempt.id)
        case Failed(code=code, reason=reason):
            await _failed(session, payout, attempt, code, reason)
        case _:
            await query_soon(session, attempt_id)
    return None


async def attempt_looked_up(session: AsyncSession, attempt_id: int, posted: TransactionPosted) -> str:
    """Transaction Status answered. Only "completed" decides; an id that M-Pesa does not know is sent once more."""
    payout, attempt = await lock_attempt(session, attempt_id)
    if attempt.status is AttemptStatus.PAID:
        await _book_charge(session, payout, attempt, posted.charge)
        return "charge noted"
    if attempt.status is not AttemptStatus.OPEN:
        return "known already"
    if posted.state is TransactionState.COMPLETED and posted.amount in (None, payout.amount_cents):
        await paid(session, payout, attempt, receipt=posted.receipt_number)
        await _book_charge(session, payout, attempt, posted.charge)
        return "paid"
    if isinstance(posted.result, NotKnown):
        attempt.is_to_send, attempt.next_attempt_at = True, utc_now() + UNKNOWN_IS_ASKED_AFTER
        return "not known, so sent again under the same id"
    attempt.next_attempt_at = utc_now() + policies().payout_attempts.delay(attempt.attempt_count)
    return f"undecided: {posted.reported_state}"


async def lock_attempt(session: AsyncSession, attempt_id: int) -> tuple[Payout, PayoutAttempt]:
    """Payout and attempt, for this transaction alone; the payout first, as everybody does. Raises NoResultFound."""
    payout_id = (await session.scalars(select(PayoutAttempt.payout_id).where(PayoutAttempt.id == attempt_id))).one()
    payout = await session.get_one(Payout, payout_id, with_for_update=True, populate_existing=True)
    attempt = await session.get_one(PayoutAttempt, attempt_id, with_for_update=True, populate_existing=True)
    return payout, attempt


async def query_soon(session: AsyncSession, attempt_id: int) -> None:
    """Something was heard of the attempt that decides nothing: ask for it."""
    await session.execute(
        update(PayoutAttempt)
        .where(PayoutAttempt.id == attempt_id, PayoutAttempt.status == AttemptStatus.OPEN)
        .values(next_attempt_at=utc_now(), is_to_send=False)
    )


async def _process_attempt(payment_context: DarajaContext, attempt_id: int) -> None:
    async with payment_context.sessions.begin() as session:
        payout, attempt = await lock_attempt(session, attempt_id)
        if attempt.status is not AttemptStatus.OPEN or attempt.next_attempt_at > utc_now():
            return
        attempt.attempt_count += 1
        policy = policies().payout_attempts
        attempt.next_attempt_at = utc_now() + policy.delay(attempt.attempt_count)
        if policy.is_to_escalate(attempt.attempt_count):
            await _report_unknown(session, payout, attempt)
        if not attempt.is_to_send:
            await status_queries.ask_about_attempt(session, attempt.id)
            return
        request = PayoutRequest(
            originator_conversation_id=OriginatorConversationId(attempt.originator_conversation_id),
            phone=Msisdn(payout.phone or ""),
            amount=shillings_from_cents(KesCents(payout.amount_cents)),
            remarks=f"Descrow order {payout.order_id}",
            urls=result_urls(payment_context.settings, CallbackKind.PAYOUT, CallbackKind.PAYOUT_TIMEOUT, attempt.id),
        )
        # From here on it may have been sent: if this program ends now, the next look asks.
        attempt.is_to_send = False
    outcome = await payment_context.daraja.pay_out(request)
    async with payment_context.sessions.begin() as session:
        payout, attempt = await lock_attempt(session, attempt_id)
        await _note_answer(session, payout, attempt, outcome)


async def _note_answer(
    session: AsyncSession, payout: Payout, attempt: PayoutAttempt, outcome: Outcome[RequestTaken] | AlreadySubmitted
) -> None:
    if attempt.status is not AttemptStatus.OPEN:  # the result was quicker than the answer
        return
    attempt.last_error = error_of(outcome)
    again_after = policies().payout_requests.delay(attempt.attempt_count)
    match outcome:
        case Accepted(answer=taken):
            attempt.conversation_id = taken.conversation_id
            attempt.next_attempt_at = utc_now() + policies().payout_attempts.delay(0)
        case Refused() if outcome.may_retry:
            # The same id again, later: whatever an overloaded gateway has done with it, that can never pay twice.
            attempt.is_to_send = True
            attempt.next_attempt_at = utc_now() + max(timedelta(seconds=outcome.wait_s or 0), again_after)
        case Refused() if attempt.attempt_count == 1:
            await _over(session, payout, attempt, AttemptStatus.NOT_TAKEN, outcome.code, outcome.reason.retry)
        case _:  # unknown, or submitted before, or refused now though an earlier try may have been taken
            attempt.next_attempt_at = utc_now() + max(UNKNOWN_IS_ASKED_AFTER, again_after)


async def paid(session: AsyncSession, payout: Payout, attempt: PayoutAttempt, *, receipt: ReceiptNumber | None) -> None:
    """The money is on the phone: what is owed is paid. A repeat changes nothing."""
    if attempt.status in (AttemptStatus.PAID, AttemptStatus.PAID_TWICE):
        return
    if not await _is_the_one(session, payout, attempt):
        await _paid_twice(session, payout, attempt, receipt)
        return
    attempt.status, attempt.receipt_number = AttemptStatus.PAID, receipt
    attempt.ended_at = payout.paid_at = utc_now()
    payout.status, payout.last_error = PayoutStatus.PAID, None
    owed_as = LedgerAccount.OWED_TO_SELLERS if payout.purpose is Purpose.SELLER else LedgerAccount.OWED_TO_BUYERS
    await post(
        session,
        f"payout {payout.id} paid",
        Transfer(debit=owed_as, credit=LedgerAccount.UTILITY, amount=KesCents(payout.amount_cents)),
        order_id=payout.order_id,
    )
    await publish_to_feeds(session, [payment_events.paid_out(payout, attempt)])
    for kind in (CaseKind.PAYOUT_UNKNOWN, CaseKind.PAYOUT_HELD):
        await close_case_of(session, kind, subject=subject_of(payout.id), by=CLOSED_BY_SYSTEM, resolution="it was paid")
    log.info("payout paid", payout_id=payout.id, order_id=payout.order_id, amount_cents=payout.amount_cents)


async def _is_the_one(session: AsyncSession, payout: Payout, attempt: PayoutAttempt) -> bool:
    """Return whether this attempt pays what is owed. Another that was begun and never sent makes way for it."""
    other: PayoutAttempt | None = await session.scalar(
        select(PayoutAttempt)
        .where(
            PayoutAttempt.payout_id == payout.id,
            PayoutAttempt.id != attempt.id,
            PayoutAttempt.status.in_((AttemptStatus.OPEN, AttemptStatus.PAID)),
        )
        .with_for_update()
    )
    if other is None:
        return True
    if other.status is AttemptStatus.PAID or other.attempt_count > 0:
        return False
    other.status, other.ended_at, other.failure = AttemptStatus.NOT_TAKEN, utc_now(), "an earlier attempt had paid"
    await session.flush()
    return True


async def _paid_twice(
    session: AsyncSession, payout: Payout, attempt: PayoutAttempt, receipt: ReceiptNumber | None
) -> None:
    """An attempt that was given up has paid all the same, and another was sent meanwhile: the payee has too much."""
    attempt.status, attempt.receipt_number, attempt.ended_at = AttemptStatus.PAID_TWICE, receipt, utc_now()
    transfer = Transfer(LedgerAccount.PAID_TWICE, LedgerAccount.UTILITY, KesCents(payout.amount_cents))
    await post(session, f"payout {payout.id} paid twice, attempt {attempt.id}", transfer, order_id=payout.order_id)
    await open_case(
        session,
        CaseKind.PAID_TWICE,
        subject=subject_of(payout.id),
        order_id=payout.order_id,
        receipt=receipt,
        amount_cents=str(payout.amount_cents),
    )


async def _report_unknown(session: AsyncSession, payout: Payout, attempt: PayoutAttempt) -> None:
    await open_case(
        session,
        CaseKind.PAYOUT_UNKNOWN,
        subject=subject_of(payout.id),
        order_id=payout.order_id,
        originator_conversation_id=attempt.originator_conversation_id,
        amount_cents=str(payout.amount_cents),
        attempt_count=attempt.attempt_count,
    )


async def _count_attempts(session: AsyncSession, payout_id: int) -> int:
    counted = await session.scalar(
        select(func.count()).select_from(PayoutAttempt).where(PayoutAttempt.payout_id == payout_id)
    )
    return counted or 0


async def _book_charge(session: AsyncSession, payout: Payout, attempt: PayoutAttempt, charge: KesCents | None) -> None:
    """Return what M-Pesa took of us for the payout, as it says itself; the fee is the operator's, not the payee's."""
    if charge is None or attempt.charge_cents is not None:
        return
    attempt.charge_cents = charge
    transfer = Transfer(debit=LedgerAccount.MPESA_CHARGES, credit=LedgerAccount.CHARGES_PAID, amount=charge)
    await post(session, f"payout {payout.id} charged", transfer, order_id=payout.order_id)


async def _failed(
    session: AsyncSession, payout: Payout, attempt: PayoutAttempt, code: str, reason: PayoutFailure
) -> None:
    """M-Pesa says that nothing was paid, and never will be under this id."""
    if attempt.status is AttemptStatus.OPEN:
        await _over(session, payout, attempt, AttemptStatus.FAILED, f"{reason} ({code})", reason.retry)


async def _over(
    session: AsyncSession, payout: Payout, attempt: PayoutAttempt, status: AttemptStatus, why: str, retry: Retry
) -> None:
    """Nothing was paid by this attempt. The payout gets another later, or waits for a person."""
    attempt.status, attempt.failure, attempt.ended_at = status, why, utc_now()
    payout.last_error = why
    if retry.may_retry:
        pause = timedelta(seconds=retry.wait_s) if retry.wait_s else policies().payouts.delay(payout.attempt_count)
        payout.status, payout.next_attempt_at = PayoutStatus.QUEUED, utc_now() + pause
    else:
        payout.status = PayoutStatus.HELD
        await hold_for_a_person(session, payout.id, payout.order_id, why)
    log.warning("payout attempt failed", payout_id=payout.id, why=why, status=payout.status)
