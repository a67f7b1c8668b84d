"""Hold payouts that follow from final blocks which the chain has reverted."""

from collections.abc import Sequence

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.contract.models import CallStatus, ContractCall
from descrow.kernel.db import utc_now
from descrow.orders.transitions import Action
from descrow.payments.mpesa import reversals
from descrow.payments.mpesa.models import HandPayment, HandPaymentStatus, Payment, PaymentStatus, Payout, PayoutStatus
from descrow.payments.mpesa.payables import hold_for_a_person

WHY = "the chain took back what it follows from; see what the order has become before it is sent"


async def hold_what_was_owed(session: AsyncSession, order_ids: Sequence[int]) -> None:
    """Payouts of these orders that are not sent yet wait for a person; records of payments that went back end."""
    held = await session.execute(
        update(Payout)
        .where(Payout.order_id.in_(order_ids), Payout.status == PayoutStatus.QUEUED)
        .values(status=PayoutStatus.HELD, last_error=WHY)
        .returning(Payout.id, Payout.order_id)
    )
    for payout_id, order_id in held.all():
        await hold_for_a_person(session, payout_id, order_id, WHY)
    returning = await session.scalars(
        select(HandPayment)
        .join(Payment, Payment.id == HandPayment.payment_id)
        .where(
            Payment.order_id.in_(order_ids),
            HandPayment.status == HandPaymentStatus.RETURNING,
            HandPayment.attempt_count == 0,
        )
        .with_for_update(of=HandPayment)
    )
    for hand_payment in returning:
        await reversals.hold(session, hand_payment, WHY)
    still_paid = select(Payment.order_id).where(Payment.status == PaymentStatus.CONFIRMED)
    await session.execute(
        update(ContractCall)
        .where(
            ContractCall.order_id.in_(order_ids),
            ContractCall.function == Action.RECORD,
            ContractCall.status == CallStatus.QUEUED,
            ContractCall.order_id.not_in(still_paid),
        )
        .values(status=CallStatus.DROPPED, ended_at=utc_now(), last_error="its payment has gone back to the buyer")
    )
