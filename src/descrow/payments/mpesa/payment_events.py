"""Define what parties hear of money that moves by M-Pesa. A phone's number is told to nobody, not even masked."""

from descrow.feed.service import FeedEvent
from descrow.kernel.texts import Message
from descrow.orders.models import Order
from descrow.payments.mpesa.buyer_messages import message_of
from descrow.payments.mpesa.models import Payment, PaymentStatus, Payout, PayoutAttempt


def payment_changed(payment: Payment, order: Order) -> list[FeedEvent]:
    """The buyer hears where the payment stands; that it is confirmed, both parties hear."""
    payload: dict[str, object] = {
        "orderId": order.id,
        "paymentId": payment.id,
        "status": payment.status,
        "failure": payment.failure,
        "amountKesCents": str(payment.amount_cents),
        "message": message_of(payment).as_json(),
    }
    if payment.status is not PaymentStatus.CONFIRMED:
        return [FeedEvent(order.buyer_id, "paymentUpdate", payload)]
    receipt = {"receiptNumber": payment.receipt_number}
    return [
        FeedEvent(order.buyer_id, "paymentConfirmed", payload | receipt),
        FeedEvent(
            order.seller_id, "paymentConfirmed", payload | {"message": Message("payment.confirmed.seller").as_json()}
        ),
    ]


def phone_changed(account_id: int, masked_phone: str) -> FeedEvent:
    """For the owner of the account, who may not have done it."""
    message = Message("account.mpesa_phone_changed", {"phone": masked_phone})
    return FeedEvent(account_id, "accountChanged", {"message": message.as_json()})


def paid_out(payout: Payout, attempt: PayoutAttempt) -> FeedEvent:
    """The money is on the payee's phone."""
    return FeedEvent(
        payout.account_id,
        "payout",
        {
            "orderId": payout.order_id,
            "amountKesCents": str(payout.amount_cents),
            "paid": True,
            "purpose": payout.purpose,
            "receiptNumber": attempt.receipt_number,
        },
    )
