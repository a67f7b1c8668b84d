"""Define which of Daraja's errors say that nothing was begun.

They come in one envelope, but the codes are not one to a meaning: `500.001.1001` stands for a wrong password, a busy
subscriber, and at an STK query for "no answer yet". Where code and text do not say that the request was turned away, it
is unknown.
"""

from descrow.mpesa.outcomes import Doubt, Refusal, Refused, Unknown
from descrow.mpesa.wire import ErrorAnswer

TOKEN_ERRORS = frozenset({"404.001.03", "401.002.01", "401.003.01", "400.003.01"})

OVERLOADED_CODE = "500.001.1001"
DUPLICATE_CODE = "500.002.1001"

_BY_CODE = {
    **dict.fromkeys(TOKEN_ERRORS, Refusal.TOKEN_REJECTED),
    "400.002.02": Refusal.REQUEST_NOT_VALID,
    "400.008.01": Refusal.MISCONFIGURED,  # not Basic
    "400.008.02": Refusal.MISCONFIGURED,  # grant type
    "404.001.01": Refusal.MISCONFIGURED,  # path
    "404.001.04": Refusal.MISCONFIGURED,  # header misplaced
    "405.001": Refusal.MISCONFIGURED,  # method
    "500.003.02": Refusal.OVERLOADED,  # spike arrest, or busy
    "500.003.03": Refusal.OVERLOADED,  # quota
    "00.002.1001": Refusal.UNDER_MAINTENANCE,
}

_BY_TEXT = {
    "no apiproduct match found": Refusal.MISCONFIGURED,
}

_OVERLOADED_BY_TEXT = {
    "merchant does not exist": Refusal.MISCONFIGURED,
    "wrong credentials": Refusal.MISCONFIGURED,
    "unable to lock subscriber": Refusal.SUBSCRIBER_BUSY,
}


def is_token_error(error: ErrorAnswer) -> bool:
    """Return whether another token may help. A product that the app lacks is told with the same codes."""
    return error.code in TOKEN_ERRORS and _said(error, _BY_TEXT) is None


def is_duplicate(error: ErrorAnswer) -> bool:
    """Return whether Daraja has seen this OriginatorConversationID before."""
    return error.code == DUPLICATE_CODE and "duplicate" in error.message.lower()


def meaning(error: ErrorAnswer) -> Refused | Unknown:
    """Refused where Daraja turned the request away, unknown in every other case."""
    reason = _said(error, _BY_TEXT) or _BY_CODE.get(error.code)
    if reason is None and error.code == OVERLOADED_CODE:
        reason = _said(error, _OVERLOADED_BY_TEXT)
    if reason is None and _is_clients_fault(error):
        reason = Refusal.OVERLOADED if error.http_status == 429 else Refusal.REQUEST_NOT_VALID
    return unknown(error) if reason is None else Refused(reason, error.code, error.message)


def unknown(error: ErrorAnswer) -> Unknown:
    return Unknown(Doubt.ERROR_THAT_DECIDES_NOTHING, error.http_status, error.code, error.message)


def _said(error: ErrorAnswer, texts: dict[str, Refusal]) -> Refusal | None:
    said = error.message.lower()
    return next((reason for text, reason in texts.items() if text in said), None)


def _is_clients_fault(error: ErrorAnswer) -> bool:
    """By HTTP such an answer means that nothing was done; 408, a request that timed out, is the exception."""
    return 400 <= error.http_status < 500 and error.http_status != 408
