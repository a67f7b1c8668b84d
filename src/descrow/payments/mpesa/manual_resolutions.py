"""Decisions of a person where M-Pesa does not say what happened: each is noted with who made it, and why.

They look at M-Pesa's own statement first. A wrong decision is corrected by a further decision, never by a change.
"""

from typing import ClassVar

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.incidents import audit
from descrow.incidents.cases import close_case_of
from descrow.incidents.models import CaseKind
from descrow.kernel.db import utc_now
from descrow.kernel.errors import Conflict, NotFound
from descrow.kernel.money import KesCents
from descrow.mpesa.ids import ReceiptNumber
from descrow.mpesa.phones import Msisdn, masked
from descrow.payments.mpesa import payouts, queries, service
from descrow.payments.mpesa.ledger import LedgerAccount, Transfer, post
from descrow.payments.mpesa.models import AttemptStatus, Payment, Payout, PayoutAttempt, PayoutStatus
from descrow.payments.mpesa.payables import obstacle_to, subject_of


class PaymentNotThere(NotFound):
    code: ClassVar[str] = "payment_not_there"

    def __init__(self, payment_id: int) -> None:
        super().__init__(f"There is no payment {payment_id}.", payment_id=payment_id)


class PayoutNotThere(NotFound):
    code: ClassVar[str] = "payout_not_there"

    def __init__(self, payout_id: int) -> None:
        super().__init__(f"There is no payout {payout_id}.", payout_id=payout_id)


class ReceiptIsTaken(Conflict):
    code: ClassVar[str] = "receipt_is_taken"

    def __init__(self, receipt: str, payment_id: int) -> None:
        super().__init__(f"The receipt {receipt} is payment {payment_id}'s.", payment_id=payment_id)


class PaymentIsKnown(Conflict):
    code: ClassVar[str] = "payment_is_known"

    def __init__(self, payment: Payment) -> None:
        super().__init__(f"Payment {payment.id} is {payment.status}: its money came.", payment_id=payment.id)


class PayoutIsPaid(Conflict):
    code: ClassVar[str] = "payout_is_paid"

    def __init__(self, payout: Payout) -> None:
        super().__init__(f"Payout {payout.id} is paid.", payout_id=payout.id)


class PayoutNotPossible(Conflict):
    """Pay it in another way, and say so with `payouts mark-paid`."""

    code: ClassVar[str] = "payout_not_possible"

    def __init__(self, payout: Payout, why: str) -> None:
        super().__init__(f"Payout {payout.id} cannot be sent: {why}.", payout_id=payout.id)


class PayoutIsUnderWay(Conflict):
    """M-Pesa may have carried it out: sending it again could pay twice."""

    code: ClassVar[str] = "payout_is_under_way"

    def __init__(self, payout: Payout) -> None:
        super().__init__(
            f"Payout {payout.id} was sent, and may have been paid. If M-Pesa's statement shows that it was not, "
            f"say so with `payouts mark-unpaid {payout.id}`.",
            payout_id=payout.id,
        )


async def confirm_payment(
    session: AsyncSession, payment_id: int, *, receipt: str, actor: str, reason: str | None
) -> None:
    """Confirm a payment that the statement shows, in full, under this receipt.

    Raises PaymentNotThere, PaymentIsKnown or ReceiptIsTaken.
    """
    if await session.get(Payment, payment_id) is None:
        raise PaymentNotThere(payment_id)
    payment, order = await queries.lock_payment(session, payment_id)
    if payment.status not in service.OPEN_TO_MONEY:
        raise PaymentIsKnown(payment)
    number = ReceiptNumber(receipt)
    if (other := await queries.other_with_receipt(session, number, payment_id)) is not None:
        raise ReceiptIsTaken(receipt, other)
    due = payment.amount_cents
    await _note(session, actor, "confirm payment", f"payment {payment_id}", reason, receipt=receipt, was=payment.status)
    await service.confirm_payment(session, payment, order, receipt=number, received=due)


async def mark_payment_failed(session: AsyncSession, payment_id: int, *, actor: str, reason: str | None) -> None:
    """Fail a payment that the statement does not show. Money that comes all the same is found, and booked as ever."""
    if await session.get(Payment, payment_id) is None:
        raise PaymentNotThere(payment_id)
    payment, order = await queries.lock_payment(session, payment_id)
    if payment.status not in service.OPEN_TO_MONEY:
        raise PaymentIsKnown(payment)
    await _note(session, actor, "mark payment failed", f"payment {payment_id}", reason, was=payment.status)
    await service.fail_payment(session, payment, order, payment.failure or "not_on_the_statement")
    await close_case_of(
        session,
        CaseKind.PAYMENT_UNKNOWN,
        subject=service.subject_of(payment),
        by=actor,
        resolution="it is not on the statement",
    )


async def retry_payout(
    session: AsyncSession, payout_id: int, *, phone: Msisdn | None, actor: str, reason: str | None
) -> None:
    """Send a payout that waits for a person, to another phone if one is given. Raises PayoutIsUnderWay, …"""
    payout = await _payout(session, payout_id)
    if await _open_attempt(session, payout_id) is not None:
        raise PayoutIsUnderWay(payout)
    if (obstacle := obstacle_to(phone or payout.phone, KesCents(payout.amount_cents))) is not None:
        raise PayoutNotPossible(payout, obstacle)
    to = None if phone is None else masked(phone)
    await _note(session, actor, "retry payout", subject_of(payout_id), reason, was=payout.last_error, to=to)
    payout.status, payout.next_attempt_at, payout.phone = PayoutStatus.QUEUED, utc_now(), phone or payout.phone
    await close_case_of(
        session, CaseKind.PAYOUT_HELD, subject=subject_of(payout_id), by=actor, resolution="it is sent again"
    )


async def mark_payout_paid(
    session: AsyncSession, payout_id: int, *, receipt: str, actor: str, reason: str | None
) -> None:
    """Mark a payout as paid, by M-Pesa or in another way: nothing is sent any more. Raises PayoutIsPaid, …"""
    payout = await _payout(session, payout_id)
    await _note(session, actor, "mark payout paid", subject_of(payout_id), reason, receipt=receipt)
    attempt = await _open_attempt(session, payout_id)
    if attempt is None:
        attempt = PayoutAttempt(
            payout_id=payout_id, originator_conversation_id=f"by hand: payout {payout_id}", status=AttemptStatus.OPEN
        )
        session.add(attempt)
        await session.flush()
    await payouts.paid(session, payout, attempt, receipt=ReceiptNumber(receipt))


async def mark_payout_unpaid(session: AsyncSession, payout_id: int, *, actor: str, reason: str | None) -> None:
    """Send a payout again, under another id, since the statement does not show it. Raises PayoutIsPaid, …"""
    payout = await _payout(session, payout_id)
    if (obstacle := obstacle_to(payout.phone, KesCents(payout.amount_cents))) is not None:
        raise PayoutNotPossible(payout, obstacle)
    attempt = await _open_attempt(session, payout_id)
    if attempt is not None:
        attempt.status, attempt.ended_at, attempt.failure = AttemptStatus.FAILED, utc_now(), f"not paid, says {actor}"
        await session.flush()
    await _note(session, actor, "mark payout unpaid", subject_of(payout_id), reason)
    payout.status, payout.next_attempt_at = PayoutStatus.QUEUED, utc_now()
    for kind in (CaseKind.PAYOUT_UNKNOWN, CaseKind.PAYOUT_HELD):
        await close_case_of(session, kind, subject=subject_of(payout_id), by=actor, resolution="it was not paid")


async def record_float_transfer(
    session: AsyncSession, amount: KesCents, *, key: str, actor: str, reason: str | None
) -> None:
    """Book what the operator put into the utility account or, below zero, took out of it; once per key."""
    if await post(session, key, Transfer(LedgerAccount.UTILITY, LedgerAccount.OPERATOR, amount)):
        await _note(session, actor, "transfer float", "utility account", reason, amount_cents=str(amount), key=key)


async def _payout(session: AsyncSession, payout_id: int) -> Payout:
    payout = await session.get(Payout, payout_id, with_for_update=True)
    if payout is None:
        raise PayoutNotThere(payout_id)
    if payout.status is PayoutStatus.PAID:
        raise PayoutIsPaid(payout)
    return payout


async def _open_attempt(session: AsyncSession, payout_id: int) -> PayoutAttempt | None:
    found: PayoutAttempt | None = await session.scalar(
        select(PayoutAttempt)
        .where(PayoutAttempt.payout_id == payout_id, PayoutAttempt.status == AttemptStatus.OPEN)
        .with_for_update()
    )
    return found


async def _note(
    session: AsyncSession, actor: str, action: str, subject: str, reason: str | None, **details: object
) -> None:
    await audit.note(session, actor=actor, action=action, subject=subject, reason=reason, **details)
