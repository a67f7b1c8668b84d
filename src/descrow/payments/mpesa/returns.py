"""Decide when a payment goes back to the phone that it came from, and owe it to its payer."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.contract.order_status import OrderStatus
from descrow.feed.service import publish_to_feeds
from descrow.kernel.db import utc_now
from descrow.kernel.money import KesCents
from descrow.orders.models import Order
from descrow.payments.mpesa import payables, payment_events, queries, reversals
from descrow.payments.mpesa.ledger import LedgerAccount, Transfer, post
from descrow.payments.mpesa.models import PaidBy, Payment, PaymentStatus, Payout, Purpose

GOES_BACK = frozenset({PaymentStatus.LATE, PaymentStatus.DOUBLE, PaymentStatus.SHORT, PaymentStatus.SURPLUS})
"""Too late for its order, a second one, or not the sum that was asked for."""


async def classify_payment(session: AsyncSession, payment: Payment, order: Order, received: KesCents) -> PaymentStatus:
    """Decide what a payment of this sum is to the order as it stands now."""
    due = payment.amount_cents
    if received != due:
        return PaymentStatus.SHORT if received < due else PaymentStatus.SURPLUS
    if await queries.confirmed_payment_of(session, order.id) is not None:
        return PaymentStatus.DOUBLE
    if order.status is not OrderStatus.CREATED or (order.deadline_at is not None and order.deadline_at <= utc_now()):
        return PaymentStatus.LATE
    return PaymentStatus.CONFIRMED


async def return_payment(session: AsyncSession, payment: Payment, order: Order) -> None:
    """Owe the payer all that came by this payment, to the phone that it came from; what came by hand is reversed."""
    if payment.paid_by is PaidBy.HAND:
        await reversals.send_back_payment(session, payment)
        return
    await payables.owe(
        session,
        f"payment {payment.receipt_number or payment.checkout_request_id}",
        Payout(
            order_id=order.id,
            payment_id=payment.id,
            account_id=payment.buyer_id,
            purpose=Purpose.RETURN,
            phone=payment.phone,
            amount_cents=payment.received_cents,
        ),
    )


async def release_after_expiry(session: AsyncSession, order: Order) -> None:
    """Return the payment of an order that ended on the chain before the payment was recorded."""
    payment = await session.scalar(
        select(Payment).where(Payment.order_id == order.id, Payment.status == PaymentStatus.CONFIRMED).with_for_update()
    )
    if payment is None:
        return
    payment.status = PaymentStatus.LATE
    transfer = Transfer(LedgerAccount.HELD, LedgerAccount.OWED_TO_BUYERS, KesCents(payment.received_cents or 0))
    if await post(session, f"payment {payment.id} too late", transfer, order_id=order.id):
        await return_payment(session, payment, order)
    await publish_to_feeds(session, payment_events.payment_changed(payment, order))
