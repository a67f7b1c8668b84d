"""Send payments that came by hand back to their payer: M-Pesa shows no whole number to pay to, but reverses a receipt.

It reverses a receipt once. So after an answer that was lost the reversal is simply asked for again, and "reversed
before" is the end that was wanted.
"""

from datetime import timedelta

import structlog
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.accounts.models import Account
from descrow.incidents.cases import close_case_of, open_case
from descrow.incidents.models import CaseKind
from descrow.kernel.db import utc_now
from descrow.kernel.money import CENTS_PER_SHILLING, KesCents, shillings_from_cents
from descrow.kernel.retry.policies import policies
from descrow.kernel.retry.rows import select_due
from descrow.kernel.retry.runner import side_by_side
from descrow.mpesa.callbacks import ReversalPosted
from descrow.mpesa.ids import ReceiptNumber
from descrow.mpesa.outcomes import Outcome, Refused, error_of
from descrow.mpesa.payers import Payer, compare_payer
from descrow.mpesa.phones import Msisdn
from descrow.mpesa.requests import Reversal
from descrow.mpesa.responses import RequestTaken
from descrow.mpesa.results import AlreadyDone, Failed, Succeeded
from descrow.payments.mpesa.callback_urls import result_urls
from descrow.payments.mpesa.daraja_context import DarajaContext
from descrow.payments.mpesa.ledger import LedgerAccount, Transfer, post
from descrow.payments.mpesa.models import (
    CLOSED_BY_SYSTEM,
    CallbackKind,
    HandPayment,
    HandPaymentStatus,
    PaidBy,
    Payment,
)

log = structlog.get_logger(__name__)

AT_ONCE = 10
ASK_SOON = timedelta(seconds=5)


async def send_back(session: AsyncSession, hand_payment: HandPayment) -> None:
    """Have the whole payment reversed, if it was not before. What cannot be reversed becomes a case."""
    if hand_payment.status in (HandPaymentStatus.RETURNING, HandPaymentStatus.RETURNED):
        return
    if (hand_payment.amount_cents or 0) % CENTS_PER_SHILLING:
        await hold(session, hand_payment, "M-Pesa reverses whole shillings only")
        return
    hand_payment.status, hand_payment.next_attempt_at = HandPaymentStatus.RETURNING, utc_now()
    hand_payment.attempt_count, hand_payment.ended_at = 0, None


async def send_back_payment(session: AsyncSession, payment: Payment) -> None:
    """The same of a payment that came by hand."""
    found = await session.scalars(select(HandPayment).where(HandPayment.payment_id == payment.id).with_for_update())
    await send_back(session, found.one())


async def payout_phone(session: AsyncSession, payment: Payment) -> Msisdn | None:
    """Return the phone that a payer's part is paid to; None where a payment came by hand and nobody knows the phone.

    M-Pesa masks who paid by hand. A phone that the buyer has named is taken if it shows the same digits, and no other
    of the buyer's does.
    """
    if payment.paid_by is PaidBy.PROMPT:
        return Msisdn(payment.phone)
    prompted = select(Payment.phone).where(Payment.buyer_id == payment.buyer_id, Payment.paid_by == PaidBy.PROMPT)
    phones = {Msisdn(phone) for phone in await session.scalars(prompted.distinct())}
    buyer = await session.get_one(Account, payment.buyer_id)
    if buyer.mpesa_phone is not None:
        phones.add(Msisdn(buyer.mpesa_phone))
    alike = [phone for phone in phones if compare_payer([payment.phone], phone) is Payer.SAME]
    return alike[0] if len(alike) == 1 else None


async def process_due_reversals(payment_context: DarajaContext) -> bool:
    """One round: ask for each reversal that has no result. Says whether anything was due."""
    async with payment_context.sessions() as session:
        due = list(
            await session.scalars(
                select_due(HandPayment, HandPayment.status == HandPaymentStatus.RETURNING, now=utc_now(), limit=AT_ONCE)
                .with_only_columns(HandPayment.id)
                .order_by(HandPayment.next_attempt_at)
            )
        )
    await side_by_side(due, lambda hand_payment_id: _reverse(payment_context, hand_payment_id))
    return bool(due)


async def record_reversal_result(session: AsyncSession, hand_payment_id: int, posted: ReversalPosted) -> str | None:
    """M-Pesa posted the end of a reversal. A repeat changes nothing. Returns why it cannot be ours, if so."""
    hand_payment = await lock_hand_payment(session, hand_payment_id)
    if posted.original_receipt_number not in (None, hand_payment.receipt_number):
        return f"it tells of the receipt {posted.original_receipt_number}"
    match posted.result:
        case Succeeded() | AlreadyDone():
            await returned(session, hand_payment)
        case _ if hand_payment.status is not HandPaymentStatus.RETURNING:
            return None
        case Failed(code=code, reason=reason) if not reason.retry.may_retry:
            await hold(session, hand_payment, f"{reason} ({code})")
        case Failed(code=code, reason=reason):
            hand_payment.last_error = f"{reason} ({code})"
            hand_payment.next_attempt_at = utc_now() + policies().payouts.delay(hand_payment.attempt_count)
        case _:
            hand_payment.next_attempt_at = utc_now() + ASK_SOON
    return None


async def ask_again_soon(session: AsyncSession, hand_payment_id: int) -> None:
    """Something was heard of the reversal that decides nothing: ask for it again, which is safe."""
    await session.execute(
        update(HandPayment)
        .where(HandPayment.id == hand_payment_id, HandPayment.status == HandPaymentStatus.RETURNING)
        .values(next_attempt_at=utc_now() + ASK_SOON)
    )


async def returned(session: AsyncSession, hand_payment: HandPayment) -> None:
    """The money is with its payer again. A repeat changes nothing."""
    if hand_payment.status is HandPaymentStatus.RETURNED:
        return
    hand_payment.status, hand_payment.ended_at = HandPaymentStatus.RETURNED, utc_now()
    hand_payment.next_attempt_at, hand_payment.last_error = None, None
    amount = KesCents(hand_payment.amount_cents or 0)
    await post(
        session,
        f"payment by hand {hand_payment.id} returned",
        Transfer(LedgerAccount.OWED_TO_BUYERS, LedgerAccount.UTILITY, amount),
        order_id=await _order_id_of(session, hand_payment),
    )
    await close_case(session, hand_payment, "it was returned")
    log.info("payment by hand returned", hand_payment_id=hand_payment.id, amount_cents=amount)


async def hold(session: AsyncSession, hand_payment: HandPayment, why: str) -> str:
    """Leave it to a person, who has M-Pesa's statement."""
    hand_payment.status, hand_payment.last_error, hand_payment.next_attempt_at = HandPaymentStatus.HELD, why, None
    await _open_case(session, hand_payment, why)
    return f"held: {why}"


async def close_case(
    session: AsyncSession, hand_payment: HandPayment, resolution: str, *, by: str = CLOSED_BY_SYSTEM
) -> None:
    """Close the case about it, if there is one."""
    subject = subject_of(hand_payment.id)
    await close_case_of(session, CaseKind.HAND_PAYMENT_HELD, subject=subject, by=by, resolution=resolution)


async def report(session: AsyncSession, hand_payment_id: int, why: str) -> None:
    """A person has to look; M-Pesa is asked further on."""
    await _open_case(session, await lock_hand_payment(session, hand_payment_id), why)


async def lock_hand_payment(session: AsyncSession, hand_payment_id: int) -> HandPayment:
    """Return it for this transaction alone. Raises NoResultFound."""
    return await session.get_one(HandPayment, hand_payment_id, with_for_update=True, populate_existing=True)


def subject_of(hand_payment_id: int) -> str:
    return f"payment by hand {hand_payment_id}"


async def _reverse(payment_context: DarajaContext, hand_payment_id: int) -> None:
    async with payment_context.sessions.begin() as session:
        hand_payment = await lock_hand_payment(session, hand_payment_id)
        is_due = hand_payment.next_attempt_at is not None and hand_payment.next_attempt_at <= utc_now()
        if hand_payment.status is not HandPaymentStatus.RETURNING or not is_due:
            return
        hand_payment.attempt_count += 1
        policy = policies().payout_attempts
        hand_payment.next_attempt_at = utc_now() + policy.delay(hand_payment.attempt_count)
        if policy.is_to_escalate(hand_payment.attempt_count):
            await _open_case(session, hand_payment, "M-Pesa does not say whether it was reversed")
        reversal = Reversal(
            receipt_number=ReceiptNumber(hand_payment.receipt_number),
            amount=shillings_from_cents(KesCents(hand_payment.amount_cents or 0)),
            remarks="Descrow returns it",
            urls=result_urls(
                payment_context.settings, CallbackKind.REVERSAL, CallbackKind.REVERSAL_TIMEOUT, hand_payment.id
            ),
        )
    outcome = await payment_context.daraja.reverse(reversal)
    async with payment_context.sessions.begin() as session:
        await _note_answer(session, await lock_hand_payment(session, hand_payment_id), outcome)


async def _note_answer(session: AsyncSession, hand_payment: HandPayment, outcome: Outcome[RequestTaken]) -> None:
    if hand_payment.status is not HandPaymentStatus.RETURNING:  # the result was quicker than the answer
        return
    hand_payment.last_error = error_of(outcome)
    if not isinstance(outcome, Refused):
        return
    if outcome.may_retry:
        again_after = policies().payout_requests.delay(hand_payment.attempt_count)
        hand_payment.next_attempt_at = utc_now() + max(timedelta(seconds=outcome.wait_s or 0), again_after)
    else:
        await hold(session, hand_payment, f"{outcome.reason} ({outcome.code})")


async def _open_case(session: AsyncSession, hand_payment: HandPayment, why: str) -> None:
    await open_case(
        session,
        CaseKind.HAND_PAYMENT_HELD,
        subject=subject_of(hand_payment.id),
        order_id=await _order_id_of(session, hand_payment),
        why=why,
        receipt=hand_payment.receipt_number,
    )


async def _order_id_of(session: AsyncSession, hand_payment: HandPayment) -> int | None:
    if hand_payment.payment_id is None:
        return None
    return (await session.get_one(Payment, hand_payment.payment_id)).order_id
