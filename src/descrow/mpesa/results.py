"""Define what became of a request for money, in our words.

Daraja tells it by a ResultCode, in a callback or when asked. The code alone counts: the text beside it differs between
callback and query for one and the same payment. A code that these tables do not know decides nothing of a payout, since
money may have moved: `Undecided` is asked again and never taken for a failure. Of a prompt it is final by Safaricom's
own definition, wherever it comes from; it counts once it was asked for again.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Generic, TypeVar

import msgspec

from descrow.mpesa.retry import AT_ONCE, LATER, NEVER, Retry, after


class StkFailure(StrEnum):
    """Why a prompt on the buyer's phone brought no money."""

    INSUFFICIENT_BALANCE = "insufficient_balance"
    BELOW_MINIMUM = "below_minimum"
    ABOVE_MAXIMUM = "above_maximum"
    DAILY_LIMIT_EXCEEDED = "daily_limit_exceeded"
    RECEIVER_LIMIT_EXCEEDED = "receiver_limit_exceeded"
    REPEATED_TOO_SOON = "repeated_too_soon"
    SYSTEM_BUSY = "system_busy"
    SUBSCRIBER_BUSY = "subscriber_busy"
    EXPIRED = "expired"
    PROMPT_NOT_SENT = "prompt_not_sent"
    CANCELLED_BY_USER = "cancelled_by_user"
    TIMED_OUT = "timed_out"
    WRONG_PIN = "wrong_pin"
    AUTHENTICATION_FAILED = "authentication_failed"
    PIN_LOCKED = "pin_locked"
    DECLINED = "declined"
    ACCOUNT_INACTIVE = "account_inactive"
    NOT_EXPLAINED = "not_explained"
    """M-Pesa refused it with a code that nobody explains."""
    MISCONFIGURED = "misconfigured"

    @property
    def retry(self) -> Retry:
        """Return whether the buyer may simply try again."""
        return _STK_RETRY[self]

    @property
    def is_undecided(self) -> bool:
        """It may have been paid all the same: ask once more before giving the payment up, and a few times after."""
        return self in (StkFailure.TIMED_OUT, StkFailure.NOT_EXPLAINED)


class PayoutFailure(StrEnum):
    """Why a B2C payout did not reach its receiver."""

    FLOAT_SHORT = "float_short"
    BELOW_MINIMUM = "below_minimum"
    ABOVE_MAXIMUM = "above_maximum"
    DAILY_LIMIT_EXCEEDED = "daily_limit_exceeded"
    RECEIVER_LIMIT_EXCEEDED = "receiver_limit_exceeded"
    RECEIVER_NOT_REGISTERED = "receiver_not_registered"
    RECEIVER_NOT_VALID = "receiver_not_valid"
    ACCOUNT_INACTIVE = "account_inactive"
    SHORTCODE_NOT_PERMITTED = "shortcode_not_permitted"
    INITIATOR_REFUSED = "initiator_refused"
    REQUEST_NOT_VALID = "request_not_valid"
    SYSTEM_BUSY = "system_busy"

    @property
    def retry(self) -> Retry:
        """Return whether the same payout may be tried again with nothing changed in it."""
        return _PAYOUT_RETRY[self]


class ReversalFailure(StrEnum):
    """Why a buyer's payment was not sent back."""

    UNKNOWN_TRANSACTION = "unknown_transaction"
    FLOAT_SHORT = "float_short"
    INITIATOR_REFUSED = "initiator_refused"
    REQUEST_NOT_VALID = "request_not_valid"
    SYSTEM_BUSY = "system_busy"

    @property
    def retry(self) -> Retry:
        return LATER if self in (ReversalFailure.FLOAT_SHORT, ReversalFailure.SYSTEM_BUSY) else NEVER


class StatusQueryFailure(StrEnum):
    """Why Transaction Status or Account Balance did not tell what it was asked. No money is concerned."""

    INITIATOR_REFUSED = "initiator_refused"
    REQUEST_NOT_VALID = "request_not_valid"
    DUPLICATE = "duplicate"
    INTERNAL_FAILURE = "internal_failure"
    SYSTEM_BUSY = "system_busy"

    @property
    def retry(self) -> Retry:
        return NEVER if self in (StatusQueryFailure.INITIATOR_REFUSED, StatusQueryFailure.REQUEST_NOT_VALID) else LATER


Reason = TypeVar("Reason", bound=StrEnum)


class Succeeded(msgspec.Struct, frozen=True):
    """The money moved, or the inquiry was answered."""


class AlreadyDone(msgspec.Struct, frozen=True):
    """The money had been sent back before: the wanted end, though not by this request."""

    code: str


class Failed(msgspec.Struct, Generic[Reason], frozen=True):
    """No money moved, and none will for this request."""

    code: str
    reason: Reason


class NotKnown(msgspec.Struct, frozen=True):
    """M-Pesa has no such transaction: it was never begun, or the number was made up."""

    code: str


class Undecided(msgspec.Struct, frozen=True):
    """Unknown: money may have moved, or may yet. Ask again, and move no money on it."""

    code: str
    still_processing: bool = False


StkResult = Succeeded | Failed[StkFailure] | Undecided
PayoutResult = Succeeded | Failed[PayoutFailure] | Undecided
ReversalResult = Succeeded | AlreadyDone | Failed[ReversalFailure] | Undecided
StatusQueryResult = Succeeded | NotKnown | Failed[StatusQueryFailure] | Undecided

SUCCESS = "0"
STILL_PROCESSING = "4999"  # only ever given to an STK query
ALREADY_REVERSED = "R000001"
NOT_KNOWN_CODES = frozenset({"R000002", "2032"})
"""`R000002` is documented for reversals; 2032 is the core's own "transaction receipt number does not exist"."""
_GATEWAY_OVERLOADED = re.compile(r"1000000[0-9]{2}")
_OF_THE_CORE = re.compile(r"[1-9][0-9]{0,4}|[A-Z][A-Z0-9_]{1,15}")
"""Codes of M-Pesa itself. Those of gateways are longer, or have points in them, and are no authority on a payment."""


def stk_result(code: str) -> StkResult:
    """Return what an STK callback's or query's ResultCode says of the payment."""
    if code == STILL_PROCESSING:
        return Undecided(code, still_processing=True)
    result = _result(code, _STK)
    if isinstance(result, Undecided) and _OF_THE_CORE.fullmatch(code):
        return Failed(code, StkFailure.NOT_EXPLAINED)
    return result


def payout_result(code: str) -> PayoutResult:
    """Return what a B2C result's code says of the payout. An overloaded gateway is no authority on what was paid."""
    return _result(code, _PAYOUT)


def reversal_result(code: str) -> ReversalResult:
    """Return what a reversal result's code says; that it was reversed before is a success of its own kind."""
    if code == ALREADY_REVERSED:
        return AlreadyDone(code)
    return _result(code, _REVERSAL, when_overloaded=ReversalFailure.SYSTEM_BUSY)


def status_query_result(code: str) -> StatusQueryResult:
    """Return whether Transaction Status or Account Balance answered. What it answered is not in the code."""
    if code in NOT_KNOWN_CODES:
        return NotKnown(code)
    return _result(code, _STATUS_QUERY, when_overloaded=StatusQueryFailure.SYSTEM_BUSY)


def _result(
    code: str, failures: Mapping[str, Reason], when_overloaded: Reason | None = None
) -> Succeeded | Failed[Reason] | Undecided:
    if code == SUCCESS:
        return Succeeded()
    reason = failures.get(code)
    if reason is None and _GATEWAY_OVERLOADED.fullmatch(code):
        reason = when_overloaded
    return Undecided(code) if reason is None else Failed(code, reason)


# 15 (duplicate) is left out on purpose: an earlier prompt may have been paid, so it is asked for again.
_STK = {
    "1": StkFailure.INSUFFICIENT_BALANCE,
    "2": StkFailure.BELOW_MINIMUM,
    "3": StkFailure.ABOVE_MAXIMUM,
    "4": StkFailure.DAILY_LIMIT_EXCEEDED,
    "5": StkFailure.INSUFFICIENT_BALANCE,  # it would fall below the least that an account must hold
    "6": StkFailure.ACCOUNT_INACTIVE,
    "7": StkFailure.MISCONFIGURED,  # the receiver is not found, nor in 12 and 14 its account: that is us
    "8": StkFailure.RECEIVER_LIMIT_EXCEEDED,
    "11": StkFailure.ACCOUNT_INACTIVE,
    "12": StkFailure.MISCONFIGURED,
    "13": StkFailure.ACCOUNT_INACTIVE,
    "14": StkFailure.MISCONFIGURED,
    "17": StkFailure.REPEATED_TOO_SOON,
    "26": StkFailure.SYSTEM_BUSY,
    "1001": StkFailure.SUBSCRIBER_BUSY,
    "1019": StkFailure.EXPIRED,
    "1025": StkFailure.PROMPT_NOT_SENT,
    "9999": StkFailure.PROMPT_NOT_SENT,
    "1031": StkFailure.CANCELLED_BY_USER,
    "1032": StkFailure.CANCELLED_BY_USER,
    "1036": StkFailure.TIMED_OUT,
    "1037": StkFailure.TIMED_OUT,
    "2001": StkFailure.WRONG_PIN,
    "2006": StkFailure.ACCOUNT_INACTIVE,
    "2008": StkFailure.AUTHENTICATION_FAILED,
    "2026": StkFailure.EXPIRED,
    "2028": StkFailure.MISCONFIGURED,
    "SFC_IC0003": StkFailure.MISCONFIGURED,
    "8006": StkFailure.PIN_LOCKED,
    "E3008": StkFailure.DECLINED,
}

_STK_RETRY = {
    StkFailure.INSUFFICIENT_BALANCE: AT_ONCE,  # as soon as there is money on the phone
    StkFailure.BELOW_MINIMUM: NEVER,
    StkFailure.ABOVE_MAXIMUM: NEVER,
    StkFailure.DAILY_LIMIT_EXCEEDED: LATER,
    StkFailure.RECEIVER_LIMIT_EXCEEDED: LATER,
    StkFailure.REPEATED_TOO_SOON: after(120),
    StkFailure.SYSTEM_BUSY: LATER,
    StkFailure.SUBSCRIBER_BUSY: after(180),  # Safaricom says one to three minutes
    StkFailure.EXPIRED: AT_ONCE,
    StkFailure.PROMPT_NOT_SENT: LATER,
    StkFailure.CANCELLED_BY_USER: AT_ONCE,
    StkFailure.TIMED_OUT: AT_ONCE,
    StkFailure.WRONG_PIN: AT_ONCE,
    StkFailure.AUTHENTICATION_FAILED: AT_ONCE,
    StkFailure.PIN_LOCKED: NEVER,
    StkFailure.DECLINED: NEVER,
    StkFailure.ACCOUNT_INACTIVE: NEVER,
    StkFailure.NOT_EXPLAINED: LATER,
    StkFailure.MISCONFIGURED: NEVER,
}

# 15 (duplicate) and 17 (internal failure) are left out on purpose: an earlier try, or this one, may have paid.
_PAYOUT = {
    "1": PayoutFailure.FLOAT_SHORT,
    "2": PayoutFailure.BELOW_MINIMUM,
    "3": PayoutFailure.ABOVE_MAXIMUM,
    "4": PayoutFailure.DAILY_LIMIT_EXCEEDED,
    "5": PayoutFailure.FLOAT_SHORT,  # our account would fall below the least that it must hold
    "6": PayoutFailure.SHORTCODE_NOT_PERMITTED,
    "7": PayoutFailure.RECEIVER_NOT_VALID,
    "8": PayoutFailure.RECEIVER_LIMIT_EXCEEDED,
    "11": PayoutFailure.ACCOUNT_INACTIVE,
    "12": PayoutFailure.RECEIVER_NOT_VALID,
    "13": PayoutFailure.SHORTCODE_NOT_PERMITTED,
    "14": PayoutFailure.RECEIVER_NOT_VALID,
    "2006": PayoutFailure.ACCOUNT_INACTIVE,
    "18": PayoutFailure.INITIATOR_REFUSED,
    "20": PayoutFailure.INITIATOR_REFUSED,
    "21": PayoutFailure.INITIATOR_REFUSED,
    "22": PayoutFailure.INITIATOR_REFUSED,
    "2001": PayoutFailure.INITIATOR_REFUSED,
    "8006": PayoutFailure.INITIATOR_REFUSED,
    "24": PayoutFailure.REQUEST_NOT_VALID,
    "25": PayoutFailure.REQUEST_NOT_VALID,
    "26": PayoutFailure.SYSTEM_BUSY,
    "2028": PayoutFailure.SHORTCODE_NOT_PERMITTED,
    "2040": PayoutFailure.RECEIVER_NOT_REGISTERED,
    "SFC_IC0003": PayoutFailure.RECEIVER_NOT_VALID,
}

_PAYOUT_RETRY = {
    PayoutFailure.FLOAT_SHORT: LATER,
    PayoutFailure.BELOW_MINIMUM: NEVER,
    PayoutFailure.ABOVE_MAXIMUM: NEVER,
    PayoutFailure.DAILY_LIMIT_EXCEEDED: LATER,
    PayoutFailure.RECEIVER_LIMIT_EXCEEDED: LATER,
    PayoutFailure.RECEIVER_NOT_REGISTERED: NEVER,
    PayoutFailure.RECEIVER_NOT_VALID: NEVER,
    PayoutFailure.ACCOUNT_INACTIVE: NEVER,
    PayoutFailure.SHORTCODE_NOT_PERMITTED: NEVER,
    PayoutFailure.INITIATOR_REFUSED: NEVER,
    PayoutFailure.REQUEST_NOT_VALID: NEVER,
    PayoutFailure.SYSTEM_BUSY: LATER,
}

_REVERSAL = {
    "1": ReversalFailure.FLOAT_SHORT,
    **dict.fromkeys(NOT_KNOWN_CODES, ReversalFailure.UNKNOWN_TRANSACTION),
    "18": ReversalFailure.INITIATOR_REFUSED,
    "20": ReversalFailure.INITIATOR_REFUSED,
    "21": ReversalFailure.INITIATOR_REFUSED,
    "22": ReversalFailure.INITIATOR_REFUSED,
    "2001": ReversalFailure.INITIATOR_REFUSED,
    "8006": ReversalFailure.INITIATOR_REFUSED,
    "24": ReversalFailure.REQUEST_NOT_VALID,
    "25": ReversalFailure.REQUEST_NOT_VALID,
    "26": ReversalFailure.SYSTEM_BUSY,
}

_STATUS_QUERY = {
    "15": StatusQueryFailure.DUPLICATE,
    "17": StatusQueryFailure.INTERNAL_FAILURE,
    "18": StatusQueryFailure.INITIATOR_REFUSED,
    "20": StatusQueryFailure.INITIATOR_REFUSED,
    "21": StatusQueryFailure.INITIATOR_REFUSED,
    "22": StatusQueryFailure.INITIATOR_REFUSED,
    "2001": StatusQueryFailure.INITIATOR_REFUSED,
    "8006": StatusQueryFailure.INITIATOR_REFUSED,
    "24": StatusQueryFailure.REQUEST_NOT_VALID,
    "25": StatusQueryFailure.REQUEST_NOT_VALID,
    "26": StatusQueryFailure.SYSTEM_BUSY,
}
