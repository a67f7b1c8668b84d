"""Define what Daraja can be asked to do. Each request is checked by Daraja's own rules when it is made.

Raises MpesaRequestNotValid for what Daraja would refuse, or would accept and let fail later.
"""

import re

import msgspec

from descrow.kernel.money import Shillings
from descrow.mpesa.errors import MpesaRequestNotValid
from descrow.mpesa.ids import OriginatorConversationId, ReceiptNumber
from descrow.mpesa.phones import Msisdn
from descrow.mpesa.urls import CallbackUrl

SMALLEST_PAYMENT = Shillings(1)
SMALLEST_PAYOUT = Shillings(10)
LARGEST_TRANSACTION = Shillings(250_000)
"""In either direction. A larger sum goes in several, of at most 500,000 a day and wallet."""

_MSISDN = re.compile(r"254[17][0-9]{8}")


class StkPush(msgspec.Struct, frozen=True, kw_only=True):
    """A prompt on the buyer's phone. Two of them are two payments: there is no key that makes the second one void.

    The buyer sees `reference` in the prompt and in the SMS.
    """

    phone: Msisdn
    amount: Shillings
    reference: str
    description: str
    callback_url: CallbackUrl

    def __post_init__(self) -> None:
        _check_phone("phone", self.phone)
        _check_amount("amount", self.amount, smallest=SMALLEST_PAYMENT)
        _check_text("reference", self.reference, shortest=1, longest=12)
        _check_text("description", self.description, shortest=1, longest=13)


class ResultUrls(msgspec.Struct, frozen=True, kw_only=True):
    """Describe where the result is posted, and where word comes that none will."""

    result: CallbackUrl
    queue_timeout: CallbackUrl


class PaybillUrls(msgspec.Struct, frozen=True, kw_only=True):
    """Describe where Daraja asks whether a payment by hand may be made, and where it tells of one that was."""

    validation: CallbackUrl
    confirmation: CallbackUrl


class PayoutRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Money to a phone. `originator_conversation_id` is the key: stored before the call, and the same at every try."""

    originator_conversation_id: OriginatorConversationId
    phone: Msisdn
    amount: Shillings
    remarks: str
    urls: ResultUrls

    def __post_init__(self) -> None:
        _check_text("originator_conversation_id", self.originator_conversation_id, shortest=1, longest=100)
        _check_phone("phone", self.phone)
        _check_amount("amount", self.amount, smallest=SMALLEST_PAYOUT)
        _check_text("remarks", self.remarks, shortest=2, longest=100)


class Reversal(msgspec.Struct, frozen=True, kw_only=True):
    """A buyer's payment sent back. Asking again is safe: M-Pesa reverses a receipt once."""

    receipt_number: ReceiptNumber
    amount: Shillings
    remarks: str
    urls: ResultUrls

    def __post_init__(self) -> None:
        _check_text("receipt_number", self.receipt_number, shortest=1, longest=20)
        _check_amount("amount", self.amount, smallest=SMALLEST_PAYMENT)
        _check_text("remarks", self.remarks, shortest=2, longest=100)


class TransactionQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Describe what became of a buyer's payment, asked by its receipt, or of a payout, asked by the id that we gave
    it.
    """

    receipt_number: ReceiptNumber | None = None
    originator_conversation_id: OriginatorConversationId | None = None
    remarks: str
    urls: ResultUrls

    def __post_init__(self) -> None:
        if (self.receipt_number is None) == (self.originator_conversation_id is None):
            raise MpesaRequestNotValid("receipt_number", "given, or else the originator_conversation_id")
        _check_text("remarks", self.remarks, shortest=2, longest=100)


class BalanceQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Describe what the accounts of one of our shortcodes hold."""

    shortcode: str
    remarks: str
    urls: ResultUrls

    def __post_init__(self) -> None:
        _check_text("remarks", self.remarks, shortest=2, longest=100)


def _check_phone(field: str, phone: Msisdn) -> None:
    if not _MSISDN.fullmatch(phone):
        raise MpesaRequestNotValid(field, "a Kenyan mobile number in twelve digits")


def _check_amount(field: str, amount: Shillings, *, smallest: Shillings) -> None:
    if not smallest <= amount <= LARGEST_TRANSACTION:
        raise MpesaRequestNotValid(field, f"from {smallest} to {LARGEST_TRANSACTION} shillings")


def _check_text(field: str, text: str, *, shortest: int, longest: int) -> None:
    if not shortest <= len(text.strip()) <= len(text) <= longest or not text.isprintable():
        raise MpesaRequestNotValid(field, f"{shortest} to {longest} printable characters")
