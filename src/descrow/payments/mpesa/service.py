"""Carry a payment through its life: it begins, is confirmed or fails, and is kept or returned.

Everything that Daraja tells, by whichever way, ends in `confirm_payment` or `fail_payment`. Both may be called twice.
"""

from datetime import timedelta
from hashlib import sha256

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.contract.order_status import OrderStatus
from descrow.feed.service import publish_to_feeds
from descrow.incidents.cases import close_case_of, open_case
from descrow.incidents.models import CaseKind
from descrow.kernel.db import utc_now
from descrow.kernel.money import KesCents, Shillings, shillings_from_cents
from descrow.mpesa.ids import ReceiptNumber
from descrow.mpesa.phones import Msisdn
from descrow.mpesa.retry import Retry
from descrow.orders import queries as order_queries
from descrow.orders.errors import PaidAnotherWay
from descrow.orders.models import Order
from descrow.orders.reservations import KEPT_AFTER_INTENT, keep_piece, keep_piece_or_ask
from descrow.payments.errors import (
    AlreadyPaid,
    NotPayableNow,
    PaymentUnderWay,
    TooLateToPay,
    TryAgainLater,
)
from descrow.payments.mpesa import payment_events, queries
from descrow.payments.mpesa.ledger import LedgerAccount, Transfer, post
from descrow.payments.mpesa.models import CLOSED_BY_SYSTEM, LIVE_STATUSES, Payment, PaymentStatus
from descrow.payments.mpesa.prompt_limits import PromptLimits, spare_phone
from descrow.payments.mpesa.returns import GOES_BACK, classify_payment, return_payment
from descrow.payments.records import check_oracle_can_record, lock_records, record_payment

log = structlog.get_logger(__name__)

NAME = "mpesa"
"""How orders name this way to pay."""

LEAST_TIME_TO_PAY = timedelta(seconds=30)
"""Before the order's deadline: the record of a payment that comes later would be refused by the contract."""

ASK_SOON = timedelta(seconds=5)
"""A post has said something that only M-Pesa's own answer can confirm."""

OPEN_TO_MONEY = (*LIVE_STATUSES, PaymentStatus.FAILED)
"""Money may still come for such a payment; a failed one too, since what told of the failure may have been wrong."""


async def begin_payment(session: AsyncSession, order: Order, phone: Msisdn, limits: PromptLimits) -> Payment:
    """A new attempt to pay for the order, whose prompt is not sent yet. The order's row must be locked.

    Nothing is asked for that could not be recorded now. Raises PaidAnotherWay, NotPayableNow, TooLateToPay,
    PhoneIsBusy, AlreadyPaid, PaymentUnderWay, TryAgainLater, OracleIsAtItsLimit,
    PaymentNotRecordable or ProductSoldOut.
    """
    amount = amount_due(order)
    if order.status is not OrderStatus.CREATED:
        raise NotPayableNow(order.id, order.status)
    if not is_payable(order):
        raise TooLateToPay(order.id)
    for earlier in await queries.payments_of(session, order.id):
        if earlier.status is PaymentStatus.CONFIRMED:
            raise AlreadyPaid(order.id)
        if earlier.status in LIVE_STATUSES:
            raise PaymentUnderWay(order.id, earlier.checkout_request_id)
        if earlier.retry_after_at is not None and earlier.phone == phone and earlier.retry_after_at > utc_now():
            raise TryAgainLater(order.id, int((earlier.retry_after_at - utc_now()).total_seconds()) + 1)
    await keep_piece(session, order, until=None)  # before the locks that all share, as a new order takes its piece
    await spare_phone(session, order, phone, limits, now=utc_now())
    await lock_records(session)
    is_newcomer = not await order_queries.has_paid(session, order.buyer_id)
    waiting = await queries.waiting_records(session)
    await check_oracle_can_record(session, order, waiting, now=utc_now(), is_newcomer=is_newcomer)

    payment = Payment(
        order_id=order.id,
        buyer_id=order.buyer_id,
        phone=phone,
        amount_shillings=amount,
        status=PaymentStatus.REQUESTED,
        next_attempt_at=utc_now(),
    )
    session.add(payment)
    await session.flush()
    return payment


def amount_due(order: Order) -> Shillings:
    """Return what is to be paid from a phone. Raises PaidAnotherWay for an order that is not paid by M-Pesa."""
    if order.payment_method != NAME or order.amount_kes_cents is None:
        raise PaidAnotherWay(order.id, order.payment_method, tried="by M-Pesa")
    return shillings_from_cents(KesCents(order.amount_kes_cents))


def is_payable(order: Order) -> bool:
    """Return whether a payment that begins now can still be recorded."""
    has_time = order.deadline_at is None or order.deadline_at - utc_now() >= LEAST_TIME_TO_PAY
    return order.status is OrderStatus.CREATED and has_time


async def confirm_payment(
    session: AsyncSession, payment: Payment, order: Order, *, receipt: ReceiptNumber | None, received: KesCents
) -> None:
    """M-Pesa itself says that this payment was made. A repeat adds the receipt's number where it was not known.

    Both rows must be locked. `receipt` is None where only a query said so. The caller has made sure that the receipt is
    no other payment's.
    """
    if payment.status not in OPEN_TO_MONEY:
        payment.receipt_number = payment.receipt_number or receipt
        return

    payment.receipt_number, payment.received_cents, payment.paid_at = receipt, received, utc_now()
    payment.failure, payment.next_attempt_at, payment.ended_at = None, None, utc_now()
    payment.status = await classify_payment(session, payment, order, received)
    if payment.status is PaymentStatus.CONFIRMED:  # it had been taken for failed, perhaps, and its piece given back
        await keep_piece_or_ask(session, order)
    await session.flush()  # the database, too, allows one confirmed payment an order
    goes_back = payment.status in GOES_BACK
    owed_as = LedgerAccount.OWED_TO_BUYERS if goes_back else LedgerAccount.HELD
    transfer = Transfer(debit=LedgerAccount.UTILITY, credit=owed_as, amount=received)
    if await post(session, f"payment {payment.id} came", transfer, order_id=order.id):
        if goes_back:
            await return_payment(session, payment, order)
        else:
            await record_payment(session, order, payment.id, receipt_digest=receipt_digest(payment))
    await publish_to_feeds(session, payment_events.payment_changed(payment, order))
    await close_case_of(
        session, CaseKind.PAYMENT_UNKNOWN, subject=subject_of(payment), by=CLOSED_BY_SYSTEM, resolution="it was made"
    )
    log.info("payment came", payment_id=payment.id, order_id=order.id, status=payment.status, received_cents=received)


async def fail_payment(
    session: AsyncSession, payment: Payment, order: Order, failure: str, retry: Retry | None = None
) -> None:
    """Nothing was paid, as far as anybody can say. Nothing happens when money did come, or it had failed before."""
    if payment.status not in LIVE_STATUSES:
        return
    payment.status, payment.failure = PaymentStatus.FAILED, failure
    payment.ended_at, payment.next_attempt_at = utc_now(), None
    if order.holds_piece:
        order.reserved_until = utc_now() + KEPT_AFTER_INTENT
    if retry is not None and retry.wait_s:
        payment.retry_after_at = utc_now() + timedelta(seconds=retry.wait_s)
    await publish_to_feeds(session, payment_events.payment_changed(payment, order))
    log.info("payment failed", payment_id=payment.id, order_id=order.id, failure=failure)


async def set_status(session: AsyncSession, payment: Payment, order: Order, status: PaymentStatus) -> None:
    """A live payment is seen differently now; the buyer hears of it once."""
    if payment.status is status or payment.status not in LIVE_STATUSES:
        return
    payment.status = status
    await publish_to_feeds(session, payment_events.payment_changed(payment, order))


def ask_soon(payment: Payment) -> None:
    """Something was heard of the payment that decides nothing: ask for it, if money may still come and has a name."""
    if payment.status in LIVE_STATUSES or (
        payment.status is PaymentStatus.FAILED and payment.checkout_request_id is not None
    ):
        payment.next_attempt_at = utc_now() + ASK_SOON


async def open_unknown_payment_case(session: AsyncSession, payment: Payment, why: str) -> None:
    """A person has to look: whether this payment was made, or whose its money is, no rule can say."""
    await open_case(
        session,
        CaseKind.PAYMENT_UNKNOWN,
        subject=subject_of(payment),
        order_id=payment.order_id,
        why=why,
        amount_shillings=payment.amount_shillings,
        sent_at=None if payment.sent_at is None else payment.sent_at.isoformat(),
    )


def subject_of(payment: Payment) -> str:
    return f"payment {payment.id}"


def receipt_digest(payment: Payment) -> bytes:
    """Return what the chain keeps of a payment: SHA-256 of its receipt's number, which buyer and operator can show.

    Where Daraja confirmed the payment without a number, its CheckoutRequestID stands in: unique too, and ours to show.
    """
    return sha256((payment.receipt_number or payment.checkout_request_id or "").encode()).digest()
