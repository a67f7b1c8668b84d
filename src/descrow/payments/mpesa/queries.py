"""The payments' SQL."""

from datetime import datetime

from sqlalchemy import and_, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from descrow.contract.order_status import OrderStatus
from descrow.kernel.money import KesCents, Shillings, cents_from_shillings
from descrow.kernel.retry.rows import select_due
from descrow.mpesa.ids import ReceiptNumber
from descrow.orders.errors import OrderNotFound
from descrow.orders.models import Order
from descrow.payments.mpesa.ledger import LedgerAccount, LedgerEntry, LedgerPosting
from descrow.payments.mpesa.models import (
    LIVE_STATUSES,
    AttemptStatus,
    HandPayment,
    HandPaymentStatus,
    PaidBy,
    Payment,
    PaymentStatus,
    PayoutAttempt,
    StatusQuery,
)
from descrow.payments.records import WaitingRecords

PAYER_NOT_SHOWN = "payer not shown"
"""The answer to a question about a receipt that was paid, whole, by M-Pesa does not say whom."""


async def payments_of(session: AsyncSession, order_id: int) -> list[Payment]:
    """Every attempt, the newest first."""
    rows = await session.scalars(select(Payment).where(Payment.order_id == order_id).order_by(Payment.id.desc()))
    return list(rows)


async def payments_to_phone(session: AsyncSession, phone: str, *, since: datetime) -> list[Payment]:
    """Prompts on this phone, of whichever order and account, the oldest first."""
    rows = await session.scalars(
        select(Payment).where(Payment.phone == phone, Payment.created_at >= since).order_by(Payment.id)
    )
    return list(rows)


async def payments_of_buyer(session: AsyncSession, buyer_id: int, *, since: datetime) -> list[Payment]:
    """Prompts that this buyer has had sent, to whichever phone, the oldest first."""
    rows = await session.scalars(
        select(Payment)
        .join(Order, Order.id == Payment.order_id)
        .where(
            Order.buyer_id == buyer_id,
            Payment.buyer_id == buyer_id,
            Payment.created_at >= since,
            Payment.paid_by == PaidBy.PROMPT,
        )
        .order_by(Payment.id)
    )
    return list(rows)


async def has_paid_from(session: AsyncSession, buyer_id: int, phone: str) -> bool:
    """Say if money ever came from this phone for the buyer."""
    paid = select(Payment.id).where(
        Payment.phone == phone, Payment.buyer_id == buyer_id, Payment.received_cents.is_not(None)
    )
    return await session.scalar(paid.limit(1)) is not None


async def waiting_records(session: AsyncSession, *, besides: int | None = None) -> WaitingRecords:
    """Count payments that are asked for or have come and that the chain does not know, besides one of them."""
    waits = or_(Payment.status.in_(LIVE_STATUSES), Payment.status == PaymentStatus.CONFIRMED)
    paid = aliased(Order)
    is_newcomers = and_(
        Payment.status.in_(LIVE_STATUSES),
        ~exists().where(paid.buyer_id == Payment.buyer_id, paid.funded_at.is_not(None)),
    )
    counted = (
        select(
            func.count(),
            func.coalesce(func.sum(Payment.amount_shillings), 0),
            func.count().filter(is_newcomers),
            func.coalesce(func.sum(Payment.amount_shillings).filter(is_newcomers), 0),
        )
        .join(Order, Order.id == Payment.order_id)
        .where(waits, Order.status == OrderStatus.CREATED)
    )
    if besides is not None:
        counted = counted.where(Payment.id != besides)
    count, shillings, newcomers, their_shillings = (await session.execute(counted)).one()
    return WaitingRecords(count, _cents(shillings), newcomers, _cents(their_shillings))


def _cents(shillings: int) -> KesCents:
    return cents_from_shillings(Shillings(int(shillings)))


async def confirmed_payment_of(session: AsyncSession, order_id: int) -> Payment | None:
    """The payment that the order is paid by."""
    found: Payment | None = await session.scalar(
        select(Payment).where(Payment.order_id == order_id, Payment.status == PaymentStatus.CONFIRMED)
    )
    return found


async def payment_of_buyer(session: AsyncSession, checkout_request_id: str, buyer_id: int) -> Payment | None:
    """The buyer's own payment with this id of Daraja's."""
    found: Payment | None = await session.scalar(
        select(Payment).where(Payment.checkout_request_id == checkout_request_id, Payment.buyer_id == buyer_id)
    )
    return found


async def lock_order_of_buyer(session: AsyncSession, order_id: int, buyer_id: int) -> Order:
    """The buyer's own order, for this transaction alone. Raises OrderNotFound, for the seller too."""
    order = await session.get(Order, order_id, with_for_update=True)
    if order is None or order.buyer_id != buyer_id:
        raise OrderNotFound(order_id)
    return order


async def lock_payment(session: AsyncSession, payment_id: int) -> tuple[Payment, Order]:
    """The payment and its order, for this transaction alone. The order first, as everybody who locks both does.

    Raises NoResultFound.
    """
    order_id = (await session.scalars(select(Payment.order_id).where(Payment.id == payment_id))).one()
    order = await session.get_one(Order, order_id, with_for_update=True, populate_existing=True)
    payment = await session.get_one(Payment, payment_id, with_for_update=True, populate_existing=True)
    return payment, order


async def other_with_receipt(session: AsyncSession, receipt_number: str, payment_id: int) -> int | None:
    """The other payment that has this receipt, if there is one."""
    found: int | None = await session.scalar(
        select(Payment.id).where(Payment.receipt_number == receipt_number, Payment.id != payment_id)
    )
    return found


async def receipt_without_payer(session: AsyncSession, payment_id: int) -> ReceiptNumber | None:
    """The paid receipt that a callback of this payment named, if there is one only, and no other payment has it."""
    named = await session.scalars(
        select(StatusQuery.receipt_number)
        .where(StatusQuery.payment_id == payment_id, StatusQuery.answer == PAYER_NOT_SHOWN)
        .distinct()
    )
    receipts = [ReceiptNumber(receipt) for receipt in named if receipt is not None]
    if len(receipts) != 1 or await other_with_receipt(session, receipts[0], payment_id) is not None:
        return None
    return receipts[0]


async def is_payout(session: AsyncSession, receipt_number: str) -> bool:
    """Return whether the receipt is that of money that we paid out."""
    paid = select(PayoutAttempt.id).where(PayoutAttempt.receipt_number == receipt_number)
    return await session.scalar(paid) is not None


async def is_asked_about(session: AsyncSession, payment_id: int) -> bool:
    """Return whether a question about a receipt of this payment is open."""
    found = await session.scalar(
        select(StatusQuery.id).where(StatusQuery.payment_id == payment_id, StatusQuery.answered_at.is_(None)).limit(1)
    )
    return found is not None


async def due_payments(session: AsyncSession, now: datetime, limit: int) -> list[int]:
    due = select_due(Payment, now=now, limit=limit).with_only_columns(Payment.id)
    return list(await session.scalars(due.order_by(Payment.next_attempt_at)))


async def count_under_way(session: AsyncSession, since: datetime) -> int:
    """Payments and payouts that M-Pesa may have carried out without our knowing, or that we have booked since then."""
    payments = await session.scalar(
        select(func.count()).select_from(Payment).where(Payment.status.in_(LIVE_STATUSES), Payment.sent_at.is_not(None))
    )
    attempts = await session.scalar(
        select(func.count()).select_from(PayoutAttempt).where(PayoutAttempt.status == AttemptStatus.OPEN)
    )
    by_hand = await session.scalar(
        select(func.count())
        .select_from(HandPayment)
        .where(
            or_(
                HandPayment.status.in_((HandPaymentStatus.REPORTED, HandPaymentStatus.CAME)),
                and_(HandPayment.status == HandPaymentStatus.RETURNING, HandPayment.attempt_count > 0),
            )
        )
    )
    booked = await session.scalar(
        select(func.count())
        .select_from(LedgerEntry)
        .join(LedgerPosting, LedgerPosting.id == LedgerEntry.posting_id)
        .where(LedgerEntry.account == LedgerAccount.UTILITY, LedgerPosting.at >= since)
    )
    return (payments or 0) + (attempts or 0) + (by_hand or 0) + (booked or 0)
