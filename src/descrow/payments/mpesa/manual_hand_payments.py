"""Decisions of a person about payments to the paybill by hand, with M-Pesa's statement at hand."""

from typing import ClassVar

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.incidents import audit
from descrow.kernel.errors import Conflict, NotFound
from descrow.mpesa.ids import ReceiptNumber
from descrow.mpesa.paybill import PaybillPosted
from descrow.payments.mpesa import hand_payments, reversals, status_queries
from descrow.payments.mpesa.models import HandPayment, HandPaymentStatus


class HandPaymentNotThere(NotFound):
    code: ClassVar[str] = "hand_payment_not_there"

    def __init__(self, hand_payment_id: int) -> None:
        super().__init__(f"There is no payment by hand {hand_payment_id}.", hand_payment_id=hand_payment_id)


class HandPaymentIsSettled(Conflict):
    """It is placed, on its way back, or was never made."""

    code: ClassVar[str] = "hand_payment_is_settled"

    def __init__(self, hand_payment: HandPayment) -> None:
        super().__init__(
            f"Payment by hand {hand_payment.id} is {hand_payment.status}: nothing is to be decided.",
            hand_payment_id=hand_payment.id,
        )


async def list_hand_payments(session: AsyncSession, *, held: bool, limit: int) -> list[HandPayment]:
    """Return payments by hand, the newest first: those that wait for a person, or all."""
    wanted = select(HandPayment).order_by(HandPayment.id.desc()).limit(limit)
    if held:
        wanted = wanted.where(HandPayment.status == HandPaymentStatus.HELD)
    return list(await session.scalars(wanted))


async def add(
    session: AsyncSession, receipt: str, *, account_number: str, actor: str, reason: str | None
) -> HandPayment | None:
    """Take up a payment that the statement shows and Daraja never told of: M-Pesa is asked about it as about any.

    None where its receipt is known already.
    """
    posted = PaybillPosted(
        receipt_number=ReceiptNumber(receipt),
        account_number=account_number,
        amount=None,
        payer="",
        paid_at=None,
        unread=(),
    )
    known = await session.scalar(select(HandPayment).where(HandPayment.receipt_number == receipt).with_for_update())
    if known is not None and known.status is not HandPaymentStatus.NOT_KNOWN:
        return None
    if known is not None:
        known.status, known.ended_at = HandPaymentStatus.REPORTED, None
        known.account_number = account_number or known.account_number
        await status_queries.ask_about_hand_payment(session, known.id, ReceiptNumber(receipt))
    else:
        await hand_payments.note(session, posted)
    added: HandPayment | None = await session.scalar(select(HandPayment).where(HandPayment.receipt_number == receipt))
    if added is not None:
        subject = reversals.subject_of(added.id)
        await audit.note(session, actor=actor, action="add payment by hand", subject=subject, reason=reason)
    return added


async def retry(session: AsyncSession, hand_payment_id: int, *, actor: str, reason: str | None) -> None:
    """Send a held payment back once more, or ask about it again where nobody knows how much it is."""
    hand_payment = await _held(session, hand_payment_id)
    await _note(session, "retry payment by hand", hand_payment, actor, reason)
    if hand_payment.amount_cents is None:
        hand_payment.status = HandPaymentStatus.REPORTED
        receipt = ReceiptNumber(hand_payment.receipt_number)
        await status_queries.ask_about_hand_payment(session, hand_payment.id, receipt)
    else:
        await reversals.send_back(session, hand_payment)
    await reversals.close_case(session, hand_payment, "it is tried again", by=actor)


async def mark_returned(session: AsyncSession, hand_payment_id: int, *, actor: str, reason: str | None) -> None:
    """Mark a held payment as returned, in whichever way: nothing is sent any more."""
    hand_payment = await _held(session, hand_payment_id)
    await _note(session, "mark payment by hand returned", hand_payment, actor, reason)
    await reversals.close_case(session, hand_payment, "it was returned", by=actor)
    await reversals.returned(session, hand_payment)


async def _held(session: AsyncSession, hand_payment_id: int) -> HandPayment:
    if await session.get(HandPayment, hand_payment_id) is None:
        raise HandPaymentNotThere(hand_payment_id)
    hand_payment = await hand_payments.lock(session, hand_payment_id)
    if hand_payment.status is not HandPaymentStatus.HELD:
        raise HandPaymentIsSettled(hand_payment)
    return hand_payment


async def _note(session: AsyncSession, action: str, hand_payment: HandPayment, actor: str, reason: str | None) -> None:
    subject = reversals.subject_of(hand_payment.id)
    await audit.note(session, actor=actor, action=action, subject=subject, reason=reason, was=hand_payment.last_error)
