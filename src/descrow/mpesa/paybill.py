"""Define what Daraja posts about payments that people make to the paybill by hand, and what it is answered.

It asks before such a payment is made (validation) and tells when it was made (confirmation), with one body for both.
"""

from datetime import datetime
from enum import StrEnum

import msgspec

from descrow.kernel.money import KesCents
from descrow.mpesa.callbacks import Unreadable
from descrow.mpesa.ids import ReceiptNumber
from descrow.mpesa.reading import ReplyNotReadable, read_object


class PaybillPosted(msgspec.Struct, frozen=True, kw_only=True):
    """A payment by hand, made or about to be. `payer` is personal data, masked or hashed as a rule.

    `receipt_number` is there before the payment is made, too. `account_number` is what the payer typed.
    """

    receipt_number: ReceiptNumber
    account_number: str
    amount: KesCents | None
    payer: str
    paid_at: datetime | None
    unread: tuple[str, ...]


class PaybillRefusal(StrEnum):
    """Why a payment by hand is not to be made, as Daraja's codes say it."""

    ACCOUNT = "C2B00012"
    AMOUNT = "C2B00013"
    OTHER = "C2B00016"


def parse_paybill(body: bytes) -> PaybillPosted | Unreadable:
    """Read what Daraja says or asks of a payment by hand. Never raises."""
    try:
        posted = read_object(body)
    except ReplyNotReadable as error:
        return Unreadable(str(error), body)
    receipt_number = posted.code("TransID")
    if receipt_number is None:
        return Unreadable("no readable TransID", body)
    return PaybillPosted(
        receipt_number=ReceiptNumber(receipt_number),
        account_number=posted.text("BillRefNumber") or "",
        amount=posted.amount("TransAmount"),
        payer=posted.text("MSISDN") or "",
        paid_at=posted.time("TransTime"),
        unread=posted.unread,
    )


def validation_answer(refusal: PaybillRefusal | None) -> dict[str, object]:
    """Return what Daraja is told; it waits for eight seconds."""
    if refusal is None:
        return {"ResultCode": "0", "ResultDesc": "Accepted"}
    return {"ResultCode": refusal.value, "ResultDesc": "Rejected"}
