"""What people are told about a payment: what happened to the money, and what to do."""

from descrow.mpesa.results import StkFailure
from descrow.payments.models import Payment, PaymentStatus

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

_BY_FAILURE: dict[str, str] = {
    StkFailure.INSUFFICIENT_BALANCE: "There is not enough money in your M-Pesa account. Top it up, then try again.",
    StkFailure.BELOW_MINIMUM: "The amount is too small for M-Pesa.",
    StkFailure.ABOVE_MAXIMUM: "The amount is above M-Pesa's limit for one payment.",
    StkFailure.DAILY_LIMIT_EXCEEDED: "You have reached M-Pesa's limit for today. Try again tomorrow.",
    StkFailure.RECEIVER_LIMIT_EXCEEDED: "Our M-Pesa account is full just now. Try again later.",
    StkFailure.REPEATED_TOO_SOON: "M-Pesa takes the same payment again after two minutes. Wait, then try again.",
    StkFailure.SYSTEM_BUSY: "M-Pesa is busy. Try again in some minutes.",
    StkFailure.SUBSCRIBER_BUSY: "Your phone is busy with another M-Pesa request. Finish it, then try again.",
    StkFailure.EXPIRED: "The request expired before you answered. Try again.",
    StkFailure.PROMPT_NOT_SENT: "M-Pesa could not reach your phone. Try again in some minutes.",
    StkFailure.CANCELLED_BY_USER: "You cancelled the request on your phone.",
    StkFailure.TIMED_OUT: "Your phone did not answer in time. Try again when it is on and has a signal.",
    StkFailure.WRONG_PIN: "The PIN was wrong. Try again.",
    StkFailure.AUTHENTICATION_FAILED: "M-Pesa could not make sure that it was you. Try again.",
    StkFailure.PIN_LOCKED: "Your M-Pesa PIN is locked. Dial *334# or call 100 to unlock it.",
    StkFailure.DECLINED: "M-Pesa declined the payment. Ask Safaricom, or pay another way.",
    StkFailure.MISCONFIGURED: "M-Pesa refuses our account. We have been told; pay another way meanwhile.",
    NO_ANSWER: "M-Pesa did not tell us what became of the request. If you were charged, it will be put right.",
}
_NOTHING_BEGUN = "M-Pesa did not take the request, and nothing was paid. Try again."


def message_of(payment: Payment) -> str:
    """One or two sentences for the buyer."""
    if payment.status is PaymentStatus.FAILED:
        return _BY_FAILURE.get(payment.failure or "", _NOTHING_BEGUN)
    return _BY_STATUS[payment.status]
