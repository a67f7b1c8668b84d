"""Write a line of the log for each call to Daraja: without secrets, and with numbers masked."""

from typing import Any

import structlog

from descrow.mpesa.outcomes import AlreadySubmitted, Outcome, Refusal, Refused, Unknown
from descrow.mpesa.phones import without_numbers
from descrow.mpesa.results import Failed, StkResult, Undecided

log = structlog.get_logger(__name__)


def log_call(path: str, outcome: Outcome[Any] | AlreadySubmitted, **about: str | int | None) -> None:
    """Write the call down: as a warning where its end is unknown, or where our settings are wrong."""
    needs_a_look = isinstance(outcome, Unknown) or (
        isinstance(outcome, Refused) and outcome.reason in (Refusal.MISCONFIGURED, Refusal.TOKEN_REJECTED)
    )
    write = log.warning if needs_a_look else log.info
    write("daraja called", path=path, **reported(outcome), **{name: value for name, value in about.items() if value})


def reported(outcome: Outcome[Any] | AlreadySubmitted) -> dict[str, str | int | None]:
    match outcome:
        case Refused(reason, code, message):
            return {"outcome": "refused", "reason": reason, "code": code, "message": without_numbers(message)}
        case Unknown(doubt, http_status, code, message):
            details = {"outcome": "unknown", "doubt": doubt, "code": code, "message": without_numbers(message)}
            return {**details, "http_status": http_status}
        case AlreadySubmitted():
            return {"outcome": "already submitted"}
        case _:
            return {"outcome": "accepted"}


def result_word(result: StkResult) -> str:
    match result:
        case Failed(_, reason):
            return reason
        case Undecided(code):
            return f"undecided ({code})"
        case _:
            return "paid"
