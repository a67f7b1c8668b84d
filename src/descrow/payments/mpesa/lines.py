"""List payments and payouts for operators, with masked phone numbers."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.mpesa.phones import Msisdn, masked
from descrow.orders.payment_methods import PaymentLine, PayoutLine
from descrow.payments.mpesa.models import LIVE_STATUSES, Payment, Payout, PayoutStatus
from descrow.payments.mpesa.service import NAME


async def payment_lines(
    session: AsyncSession, *, order_id: int | None = None, live: bool = False, limit: int = 50
) -> list[PaymentLine]:
    """As `PaymentMethod.payments`."""
    wanted = select(Payment).order_by(Payment.id.desc()).limit(limit)
    if order_id is not None:
        wanted = wanted.where(Payment.order_id == order_id)
    if live:
        wanted = wanted.where(Payment.status.in_(LIVE_STATUSES))
    return [
        PaymentLine(
            id=payment.id,
            order_id=payment.order_id,
            payment_method=NAME,
            phone=payment.shown_phone,
            amount_kes_cents=str(payment.amount_cents),
            status=payment.status,
            failure=payment.failure,
            receipt_number=payment.receipt_number,
            next_attempt_at=payment.next_attempt_at,
            created_at=payment.created_at,
        )
        for payment in await session.scalars(wanted)
    ]


async def payout_lines(
    session: AsyncSession, *, order_id: int | None = None, unpaid: bool = False, limit: int = 50
) -> list[PayoutLine]:
    """As `PaymentMethod.payouts`."""
    wanted = select(Payout).order_by(Payout.id.desc()).limit(limit)
    if order_id is not None:
        wanted = wanted.where(Payout.order_id == order_id)
    if unpaid:
        wanted = wanted.where(Payout.status != PayoutStatus.PAID)
    return [
        PayoutLine(
            id=payout.id,
            order_id=payout.order_id,
            payment_method=NAME,
            purpose=payout.purpose,
            phone=None if payout.phone is None else masked(Msisdn(payout.phone)),
            amount_kes_cents=str(payout.amount_cents),
            status=payout.status,
            last_error=payout.last_error,
            created_at=payout.created_at,
            paid_at=payout.paid_at,
        )
        for payout in await session.scalars(wanted)
    ]
