"""What people are told about a payment: what happened to the money, and what to do."""

from descrow.kernel.problems.texts.mpesa import MPESA
from descrow.payments.mpesa.models import Payment, PaymentStatus

NOT_SENT = "not_sent"
"""The prompt never left us."""
NO_ANSWER = "no_answer"
"""Daraja's answer to the prompt was lost, and nothing was heard since."""

_BY_STATUS = {
    PaymentStatus.REQUESTED: "Your phone will ask you for your M-Pesa PIN in a moment.",
    PaymentStatus.PROMPTED: "Look at your phone, and type your M-Pesa PIN.",
    PaymentStatus.UNKNOWN: "We are asking M-Pesa whether you paid. Do not pay again; this page will tell.",
    PaymentStatus.CONFIRMED: "M-Pesa has your payment. It is being written to the chain.",
    PaymentStatus.LATE: "Your payment came when the order could no longer be paid. It goes back to your phone.",
    PaymentStatus.DOUBLE: "You paid twice. The second payment goes back to your phone.",
    PaymentStatus.SHORT: "You paid less than the order costs. The money goes back to your phone.",
    PaymentStatus.SURPLUS: "You paid more than the order costs. The money goes back to your phone.",
}


def message_of(payment: Payment) -> str:
    """One or two sentences for the buyer."""
    if payment.status is PaymentStatus.FAILED:
        told = MPESA.get(f"mpesa_{payment.failure}", MPESA["mpesa_not_sent"])
        return f"{told.happened} {told.advice}"
    return _BY_STATUS[payment.status]
