"""Define what Daraja posts to us, as typed values.

Nothing here is proof: anybody may post anything. Each parser takes the raw body and never raises. A body that names no
request of ours or no result is `Unreadable`, with the reason and the body; a single field that makes no sense is None
and named in `unread`, so that a payment is not lost over a date.
"""

from datetime import datetime
from enum import StrEnum

import msgspec

from descrow.kernel.money import KesCents
from descrow.mpesa.ids import (
    CheckoutRequestId,
    ConversationId,
    MerchantRequestId,
    OriginatorConversationId,
    ReceiptNumber,
)
from descrow.mpesa.reading import NamedValue, ReplyNotReadable, amount_of, read_object
from descrow.mpesa.results import (
    PayoutResult,
    ReversalResult,
    StatusQueryResult,
    StkResult,
    Succeeded,
    payout_result,
    reversal_result,
    status_query_result,
    stk_result,
)

ACKNOWLEDGEMENT = {"ResultCode": 0, "ResultDesc": "Accepted"}
"""The one answer to all of these, whatever they say: Daraja delivers once, and a refusal brings nothing back."""


class Unreadable(msgspec.Struct, frozen=True):
    reason: str
    raw: bytes


class StkCallback(msgspec.Struct, frozen=True, kw_only=True):
    """The end of a prompt. What follows `description` comes with a payment only, and then may still be missing.

    `payer` is personal data, may be masked by Safaricom, and identifies nobody.
    """

    merchant_request_id: MerchantRequestId | None
    checkout_request_id: CheckoutRequestId
    result: StkResult
    description: str
    receipt_number: ReceiptNumber | None
    amount: KesCents | None
    paid_at: datetime | None
    payer: str | None
    unread: tuple[str, ...]


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """Describe what every posted result has. At least one of the conversation ids is there; match by either."""

    originator_conversation_id: OriginatorConversationId | None
    conversation_id: ConversationId | None
    transaction_id: ReceiptNumber | None
    description: str


class PayoutPosted(msgspec.Struct, frozen=True, kw_only=True):
    """The end of a payout. A failure too has a `transaction_id`. `receiver` is number and name: personal data."""

    envelope: Envelope
    result: PayoutResult
    receipt_number: ReceiptNumber | None
    amount: KesCents | None
    completed_at: datetime | None
    receiver: str | None
    utility_funds: KesCents | None
    working_funds: KesCents | None
    charges_funds: KesCents | None
    unread: tuple[str, ...]


class ReversalPosted(msgspec.Struct, frozen=True, kw_only=True):
    """The end of a reversal. `buyer` is number and name: personal data."""

    envelope: Envelope
    result: ReversalResult
    original_receipt_number: ReceiptNumber | None
    amount: KesCents | None
    charge: KesCents | None
    completed_at: datetime | None
    buyer: str | None
    unread: tuple[str, ...]


class TransactionState(StrEnum):
    """Safaricom names no list of states; what is not known to be completed is unknown."""

    COMPLETED = "completed"
    UNKNOWN = "unknown"


class TransactionPosted(msgspec.Struct, frozen=True, kw_only=True):
    """Describe what was found of a transaction. That the inquiry succeeded says nothing of it: `state` does.

    The `asked_…` ids are the transaction's, those in the envelope the inquiry's. Payers and payees are personal data.
    Daraja has been seen to name the payee, too, under the payer's key, after the payer.
    """

    envelope: Envelope
    result: StatusQueryResult
    state: TransactionState
    reported_state: str
    receipt_number: ReceiptNumber | None
    amount: KesCents | None
    charge: KesCents | None
    payers: tuple[str, ...]
    payees: tuple[str, ...]
    initiated_at: datetime | None
    finalised_at: datetime | None
    asked_conversation_id: ConversationId | None
    asked_originator_conversation_id: OriginatorConversationId | None
    unread: tuple[str, ...]

    @property
    def parties(self) -> tuple[str, ...]:
        return self.payers + self.payees


class AccountFunds(msgspec.Struct, frozen=True):
    """One account of a shortcode, such as `Utility Account`: what it holds, and the parts of it."""

    name: str
    current: KesCents
    available: KesCents
    reserved: KesCents
    uncleared: KesCents


class BalancePosted(msgspec.Struct, frozen=True, kw_only=True):
    """Describe what the accounts of a shortcode hold. Accounts that could not be read leave `AccountBalance` in
    `unread`.
    """

    envelope: Envelope
    result: StatusQueryResult
    accounts: tuple[AccountFunds, ...]
    completed_at: datetime | None
    unread: tuple[str, ...]


class QueueTimeout(msgspec.Struct, frozen=True):
    """Daraja gave up waiting: the outcome is unknown, never failed. No body is documented; ids if it had any."""

    originator_conversation_id: OriginatorConversationId | None
    conversation_id: ConversationId | None


def parse_stk_callback(body: bytes) -> StkCallback | Unreadable:
    try:
        callback = read_object(body).child("Body").child("stkCallback")
        checkout_request_id = _needed(callback, "CheckoutRequestID")
        result = stk_result(_needed(callback, "ResultCode"))
    except ReplyNotReadable as error:
        return Unreadable(str(error), body)
    merchant_request_id = callback.code("MerchantRequestID")
    paid = callback.child("CallbackMetadata").pairs("Item")
    return StkCallback(
        merchant_request_id=MerchantRequestId(merchant_request_id) if merchant_request_id else None,
        checkout_request_id=CheckoutRequestId(checkout_request_id),
        result=result,
        description=callback.text("ResultDesc") or "",
        receipt_number=_receipt(paid, "MpesaReceiptNumber"),
        amount=paid.amount("Amount"),
        paid_at=paid.time("TransactionDate"),
        payer=paid.text("PhoneNumber"),
        unread=callback.unread + paid.unread,
    )


def parse_payout_result(body: bytes) -> PayoutPosted | Unreadable:
    try:
        envelope, code, found = _posted(body)
    except ReplyNotReadable as error:
        return Unreadable(str(error), body)
    return PayoutPosted(
        envelope=envelope,
        result=payout_result(code),
        receipt_number=_receipt(found, "TransactionReceipt"),
        amount=found.amount("TransactionAmount"),
        completed_at=found.time("TransactionCompletedDateTime"),
        receiver=found.text("ReceiverPartyPublicName"),
        utility_funds=found.amount("B2CUtilityAccountAvailableFunds"),
        working_funds=found.amount("B2CWorkingAccountAvailableFunds"),
        charges_funds=found.amount("B2CChargesPaidAccountAvailableFunds"),
        unread=found.unread,
    )


def parse_reversal_result(body: bytes) -> ReversalPosted | Unreadable:
    try:
        envelope, code, found = _posted(body)
    except ReplyNotReadable as error:
        return Unreadable(str(error), body)
    return ReversalPosted(
        envelope=envelope,
        result=reversal_result(code),
        original_receipt_number=_receipt(found, "OriginalTransactionID"),
        amount=found.amount("Amount"),
        charge=found.amount("Charge"),
        completed_at=found.time("TransCompletedTime"),
        buyer=found.text("CreditPartyPublicName"),
        unread=found.unread,
    )


def parse_transaction_result(body: bytes) -> TransactionPosted | Unreadable:
    try:
        envelope, code, found = _posted(body)
    except ReplyNotReadable as error:
        return Unreadable(str(error), body)
    result = status_query_result(code)
    reported = found.text("TransactionStatus") or ""
    is_completed = isinstance(result, Succeeded) and reported.lower() == TransactionState.COMPLETED
    conversation_id, originators = found.code("ConversationID"), found.code("OriginatorConversationID")
    charges = found.text("DebitPartyCharges")
    charge = None if charges is None else _charge(charges)
    return TransactionPosted(
        envelope=envelope,
        result=result,
        state=TransactionState.COMPLETED if is_completed else TransactionState.UNKNOWN,
        reported_state=reported,
        receipt_number=_receipt(found, "ReceiptNo"),
        amount=found.amount("Amount"),
        charge=charge,
        payers=found.texts("DebitPartyName"),
        payees=found.texts("CreditPartyName"),
        initiated_at=found.time("InitiatedTime"),
        finalised_at=found.time("FinalisedTime"),
        asked_conversation_id=ConversationId(conversation_id) if conversation_id else None,
        asked_originator_conversation_id=OriginatorConversationId(originators) if originators else None,
        unread=_with(found.unread, "DebitPartyCharges", unless=charges is None or charge is not None),
    )


def parse_balance_result(body: bytes) -> BalancePosted | Unreadable:
    try:
        envelope, code, found = _posted(body)
    except ReplyNotReadable as error:
        return Unreadable(str(error), body)
    reported = found.text("AccountBalance")
    accounts = [_account(account) for account in reported.split("&")] if reported else []
    read = tuple(account for account in accounts if account is not None)
    return BalancePosted(
        envelope=envelope,
        result=status_query_result(code),
        accounts=read,
        completed_at=found.time("BOCompletedTime"),
        unread=_with(found.unread, "AccountBalance", unless=len(read) == len(accounts)),
    )


def parse_queue_timeout(body: bytes) -> QueueTimeout:
    """Any body at all means that the outcome is unknown."""
    try:
        root = read_object(body)
    except ReplyNotReadable:
        return QueueTimeout(None, None)
    nested = root.child("Result")
    originators = root.code("OriginatorConversationID") or nested.code("OriginatorConversationID")
    conversation_id = root.code("ConversationID") or nested.code("ConversationID")
    return QueueTimeout(
        OriginatorConversationId(originators) if originators else None,
        ConversationId(conversation_id) if conversation_id else None,
    )


def _posted(body: bytes) -> tuple[Envelope, str, NamedValue]:
    """A posted result's envelope, its ResultCode and its parameters. Raises NotReadable."""
    root = read_object(body).child("Result")
    code = _needed(root, "ResultCode")
    originators, conversation_id = root.code("OriginatorConversationID"), root.code("ConversationID")
    if originators is None and conversation_id is None:
        raise ReplyNotReadable("no conversation id, so of no request of ours")
    envelope = Envelope(
        originator_conversation_id=OriginatorConversationId(originators) if originators else None,
        conversation_id=ConversationId(conversation_id) if conversation_id else None,
        transaction_id=_receipt(root, "TransactionID"),
        description=root.text("ResultDesc") or "",
    )
    return envelope, code, root.child("ResultParameters").pairs("ResultParameter")


def _needed(members: NamedValue, name: str) -> str:
    code = members.code(name)
    if code is None:
        raise ReplyNotReadable(f"no readable {name}")
    return code


def _receipt(members: NamedValue, name: str) -> ReceiptNumber | None:
    number = members.code(name)
    return ReceiptNumber(number) if number else None


def _charge(reported: str) -> KesCents | None:
    """The cents of `Fee For B2C Payment|KES|22.40`."""
    parts = reported.split("|")
    return amount_of(parts[2]) if len(parts) == 3 and parts[1] == "KES" else None


def _account(reported: str) -> AccountFunds | None:
    """One of `Utility Account|KES|700.00|650.00|50.00|0.00`. The order of the amounts is custom, not documented."""
    name, *rest = reported.split("|")
    if len(rest) != 5 or rest[0] != "KES":
        return None
    amounts = [amount for text in rest[1:] if (amount := amount_of(text)) is not None]
    return AccountFunds(name, *amounts) if name and len(amounts) == 4 else None


def _with(unread: tuple[str, ...], name: str, *, unless: bool) -> tuple[str, ...]:
    return unread if unless else (*unread, name)
