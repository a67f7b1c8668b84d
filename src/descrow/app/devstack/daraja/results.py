"""Result codes, what the callback says to each, and where the query says something else."""

from enum import StrEnum


class Result(StrEnum):
    SUCCESS = "0"
    NOT_ENOUGH_MONEY = "1"
    BELOW_MINIMUM = "2"
    ABOVE_MAXIMUM = "3"
    OVER_DAILY_LIMIT = "4"
    WOULD_FALL_TOO_LOW = "5"
    PARTY_UNRESOLVED = "6"
    RECEIVER_UNRESOLVED = "7"
    RECEIVER_FULL = "8"
    DEBIT_ACCOUNT_INVALID = "11"
    CREDIT_ACCOUNT_INVALID = "12"
    DEBIT_ACCOUNT_UNRESOLVED = "13"
    CREDIT_ACCOUNT_UNRESOLVED = "14"
    DUPLICATE = "15"
    RULE_LIMITED = "17"
    INVALID_PARAMETER = "25"
    TRAFFIC_BLOCKED = "26"
    PUSH_NOT_SENT = "1025"
    CANCELLED = "1032"
    NO_ANSWER = "1037"
    WRONG_CREDENTIAL = "2001"  # the PIN of a payer, the password of an initiator
    ACCOUNT_INACTIVE = "2006"
    NOT_PERMITTED = "2028"
    RECEIPT_NOT_THERE = "2032"
    RECEIVER_NOT_REGISTERED = "2040"
    UNHEARD_OF = "2100"  # in no list
    PIN_LOCKED = "8006"
    REFUSED_BY_MERCHANT = "C2B00016"
    INVALID_PARTY = "SFC_IC0003"
    ALREADY_REVERSED = "R000001"
    RECEIPT_UNKNOWN = "R000002"


STILL_PROCESSING = "4999"  # of the query alone

DESCRIPTIONS = {
    Result.SUCCESS: "The service request is processed successfully.",
    Result.NOT_ENOUGH_MONEY: "The balance is insufficient for the transaction.",
    Result.BELOW_MINIMUM: "The amount is less than the minimum transaction value.",
    Result.ABOVE_MAXIMUM: "The amount is greater than the maximum transaction value.",
    Result.OVER_DAILY_LIMIT: "The transaction would exceed the daily transfer limit.",
    Result.WOULD_FALL_TOO_LOW: "The account would fall below the least that it must hold.",
    Result.PARTY_UNRESOLVED: "The primary party is not found.",
    Result.RECEIVER_UNRESOLVED: "The receiver is not found.",
    Result.DEBIT_ACCOUNT_INVALID: "The debit account is not usable.",
    Result.CREDIT_ACCOUNT_INVALID: "The credit account is not usable.",
    Result.DEBIT_ACCOUNT_UNRESOLVED: "The debit account is not found.",
    Result.CREDIT_ACCOUNT_UNRESOLVED: "The credit account is not found.",
    Result.DUPLICATE: "A duplicate was detected.",
    Result.ACCOUNT_INACTIVE: "The account is not active.",
    Result.RECEIPT_NOT_THERE: "The transaction receipt number does not exist.",
    Result.UNHEARD_OF: "An error that nobody explains.",
    Result.RECEIVER_FULL: "The transaction would exceed the maximum balance of the receiver.",
    Result.RULE_LIMITED: "Rule limited.",
    Result.INVALID_PARAMETER: "A parameter is invalid.",
    Result.TRAFFIC_BLOCKED: "Traffic blocking condition in place.",
    Result.PUSH_NOT_SENT: "An error occurred while sending a push request.",
    Result.CANCELLED: "Request cancelled by user",
    Result.NO_ANSWER: "No response from user.",
    Result.WRONG_CREDENTIAL: "The initiator information is invalid.",
    Result.NOT_PERMITTED: "The request is not permitted according to product assignment.",
    Result.RECEIVER_NOT_REGISTERED: "The receiver is not a registered customer.",
    Result.PIN_LOCKED: "The security credential is locked.",
    Result.REFUSED_BY_MERCHANT: "The merchant does not take this payment.",
    Result.INVALID_PARTY: "The party's identifier is invalid.",
    Result.ALREADY_REVERSED: "The transaction has already been reversed.",
    Result.RECEIPT_UNKNOWN: "The OriginalTransactionID is invalid.",
}
QUERY_DESCRIPTIONS = {Result.NO_ANSWER: "DS timeout user cannot be reached."}
"""A query words some results in another way than the callback does; the code is the same."""


def on_the_wire(code: str) -> int | str:
    """Results carry a number where the code is one, and a string where it has letters."""
    return int(code) if code.isdigit() else code
