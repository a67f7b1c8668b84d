"""The three answers to a call: accepted, refused, unknown. They are types, so that none can be taken for another.

- `Accepted`: Daraja took the request. For money this is not yet a payment: the result comes later.
- `Refused`: Daraja, or we ourselves, said no. Nothing was begun.
- `Unknown`: it may have been begun. Ask what became of it; never repeat a request for money on it.
- `AlreadySubmitted`, for payouts only: an earlier try with the same id did arrive, and only it counts.
"""

from enum import StrEnum
from typing import Any, Generic, TypeVar

import msgspec

from descrow.mpesa.ids import OriginatorConversationId
from descrow.mpesa.retry import LATER, NEVER, Retry, after


class Refusal(StrEnum):
    """Why nothing was begun."""

    NOT_SENT = "not_sent"
    REQUEST_NOT_VALID = "request_not_valid"
    MISCONFIGURED = "misconfigured"
    TOKEN_REJECTED = "token_rejected"  # noqa: S105 a word, not a token
    SUBSCRIBER_BUSY = "subscriber_busy"
    OVERLOADED = "overloaded"
    UNDER_MAINTENANCE = "under_maintenance"

    @property
    def retry(self) -> Retry:
        return _RETRY[self]


_RETRY = {
    Refusal.NOT_SENT: LATER,
    Refusal.REQUEST_NOT_VALID: NEVER,
    Refusal.MISCONFIGURED: NEVER,
    Refusal.TOKEN_REJECTED: LATER,
    Refusal.SUBSCRIBER_BUSY: after(60),
    Refusal.OVERLOADED: LATER,
    Refusal.UNDER_MAINTENANCE: LATER,
}


class Doubt(StrEnum):
    """Why it is unknown what Daraja did with a request."""

    TIMED_OUT = "timed_out"
    CONNECTION_LOST = "connection_lost"
    UNREADABLE = "unreadable"
    ERROR_THAT_DECIDES_NOTHING = "error_that_decides_nothing"


Answer = TypeVar("Answer")


class Accepted(msgspec.Struct, Generic[Answer], frozen=True):
    answer: Answer


class AlreadySubmitted(msgspec.Struct, frozen=True):
    """The request with this id had arrived before. What became of it, Transaction Status tells."""

    originator_conversation_id: OriginatorConversationId


class Refused(msgspec.Struct, frozen=True):
    """`code` and `message` are Daraja's own, or ours where the request was not sent."""

    reason: Refusal
    code: str
    message: str

    @property
    def may_retry(self) -> bool:
        return self.reason.retry.may_retry

    @property
    def wait_s(self) -> int | None:
        return self.reason.retry.wait_s


class Unknown(msgspec.Struct, frozen=True):
    """`http_status` is None where no answer came; `code` and `message` are Daraja's where it gave any."""

    doubt: Doubt
    http_status: int | None = None
    code: str = ""
    message: str = ""


Outcome = Accepted[Answer] | Refused | Unknown


def error_of(outcome: Outcome[Any] | AlreadySubmitted) -> str | None:
    """Return in a few words why the request was not taken, for the row that it belongs to; None if it was."""
    match outcome:
        case Refused(reason=reason, code=code):
            return f"{reason} ({code})"
        case Unknown(doubt=doubt):
            return doubt.value
        case AlreadySubmitted():
            return "already_submitted"
    return None
