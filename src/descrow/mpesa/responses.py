"""Define what Daraja answers at once. For requests about money this is a receipt for the request, not for the money."""

from collections.abc import Callable
from typing import TypeVar

import msgspec

from descrow.mpesa.ids import CheckoutRequestId, ConversationId, MerchantRequestId, OriginatorConversationId
from descrow.mpesa.outcomes import Accepted, Doubt, Unknown
from descrow.mpesa.reading import NamedValue
from descrow.mpesa.results import StkResult, stk_result
from descrow.mpesa.wire import Answered

ACCEPTED = "0"

Answer = TypeVar("Answer")


class PromptSent(msgspec.Struct, frozen=True):
    """The prompt is on its way to the phone. Both ids come back in the callback."""

    merchant_request_id: MerchantRequestId
    checkout_request_id: CheckoutRequestId


class PromptStatus(msgspec.Struct, frozen=True):
    """Describe what an STK query tells: the result, but neither receipt nor amount nor phone.

    A failure told here does not undo a payment whose callback said that it was made: the sandbox has said both.
    """

    checkout_request_id: CheckoutRequestId
    result: StkResult
    description: str


class RequestTaken(msgspec.Struct, frozen=True):
    """Payout, reversal or inquiry is in the queue; the result is posted with these ids.

    Match by either: for a payout Safaricom has been seen to post an originator's id of its own making.
    """

    conversation_id: ConversationId
    originator_conversation_id: OriginatorConversationId


class UrlsRegistered(msgspec.Struct, frozen=True):
    """Payments by hand are told of at our addresses from now on."""


def accepted(answered: Answered, read: Callable[[NamedValue], Answer | None]) -> Accepted[Answer] | Unknown:
    """The answer, if it says that the request was accepted and holds what it must; else it is unknown what was done."""
    code = answered.members.code("ResponseCode") or ""
    answer = read(answered.members) if code == ACCEPTED else None
    if answer is not None:
        return Accepted(answer)
    described = answered.members.text("ResponseDescription") or "no acceptance, or one without its ids"
    return Unknown(Doubt.UNREADABLE, answered.http_status, code, described)


def prompt_sent(members: NamedValue) -> PromptSent | None:
    merchant_request_id, checkout_request_id = members.code("MerchantRequestID"), members.code("CheckoutRequestID")
    if merchant_request_id is None or checkout_request_id is None:
        return None
    return PromptSent(MerchantRequestId(merchant_request_id), CheckoutRequestId(checkout_request_id))


def prompt_status(members: NamedValue) -> PromptStatus | None:
    checkout_request_id, code = members.code("CheckoutRequestID"), members.code("ResultCode")
    if checkout_request_id is None or code is None:
        return None
    return PromptStatus(
        CheckoutRequestId(checkout_request_id), stk_result(code), description=members.text("ResultDesc") or ""
    )


def request_taken(members: NamedValue) -> RequestTaken | None:
    conversation_id, originators = members.code("ConversationID"), members.code("OriginatorConversationID")
    if conversation_id is None or originators is None:
        return None
    return RequestTaken(ConversationId(conversation_id), OriginatorConversationId(originators))


def urls_registered(_members: NamedValue) -> UrlsRegistered:
    return UrlsRegistered()
