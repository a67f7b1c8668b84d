"""Define what people read about a payment: what happened to the money, and what to do."""

from descrow.kernel.texts import MPESA_FAILURES, Message, words_of
from descrow.kernel.texts.languages import Language
from descrow.payments.mpesa.models import Payment, PaymentStatus

NOT_SENT = "not_sent"
"""The prompt never left us."""
NO_ANSWER = "no_answer"
"""Daraja's answer to the prompt was lost, and nothing was heard since."""


def message_of(payment: Payment) -> Message:
    """Return one or two sentences for the buyer."""
    if payment.status is not PaymentStatus.FAILED:
        return Message(f"payment.{payment.status}")
    code = f"mpesa_{payment.failure}"
    known = words_of(MPESA_FAILURES, Language.ENGLISH)
    return Message.explaining(MPESA_FAILURES, code if code in known else f"mpesa_{NOT_SENT}")
