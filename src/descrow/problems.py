"""How the API says no: problem details (RFC 9457) with our code, for every error there is."""

import msgspec
import structlog
from litestar import Request, Response
from litestar.datastructures import State
from litestar.exceptions import HTTPException, ValidationException
from valkey.exceptions import ConnectionError as ValkeyConnectionError
from valkey.exceptions import TimeoutError as ValkeyTimeoutError

from descrow.correlation import shown
from descrow.db import is_database_away, is_text_not_storable
from descrow.errors import DescrowError

log = structlog.get_logger()

AnyRequest = Request[object, object, State]

PROBLEM_JSON = "application/problem+json"

_CODES = {
    400: "invalid",
    401: "unauthenticated",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    415: "unsupported_media_type",
    429: "too_many_requests",
}


class InvalidField(msgspec.Struct, rename="camel"):
    field: str
    message: str


class Problem(msgspec.Struct, rename="camel", omit_defaults=True):
    """`code` is stable; `detail` is for people; `about` holds the ids it speaks of."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    instance: str
    about: dict[str, str | int | None] = {}
    invalid_fields: list[InvalidField] = []


def _answer(problem: Problem) -> Response[Problem]:
    return Response(problem, status_code=problem.status, media_type=PROBLEM_JSON)


def _problem(request: AnyRequest, *, status: int, code: str, title: str, detail: str) -> Problem:
    return Problem(
        type=f"urn:descrow:problem:{code}",
        title=title,
        status=status,
        code=code,
        detail=detail,
        instance=request.url.path,
    )


def refused(request: AnyRequest, error: DescrowError) -> Response[Problem]:
    """One of our own refusals."""
    problem = _problem(request, status=error.status, code=error.problem_code, title=error.title, detail=error.detail)
    problem.about = error.about
    return Response(problem, status_code=problem.status, media_type=PROBLEM_JSON, headers=error.headers)


def http_refused(request: AnyRequest, error: HTTPException) -> Response[Problem]:
    """A refusal of the framework's: no such route, no token, a body that does not fit."""
    code = _CODES.get(error.status_code, "invalid" if error.status_code < 500 else "internal")
    problem = _problem(
        request, status=error.status_code, code=code, title=code.replace("_", " ").capitalize(), detail=error.detail
    )
    if isinstance(error, ValidationException) and isinstance(error.extra, list):
        problem.detail = "Some of what was sent is not valid; nothing was changed."
        problem.invalid_fields = [
            InvalidField(field=str(item.get("key", "")), message=str(item.get("message", ""))) for item in error.extra
        ]
    return _answer(problem)


def crashed(request: AnyRequest, error: Exception) -> Response[Problem]:
    """A part that is away is a 503 to ask again after; everything else is a fault of ours, logged whole.

    Except what only its sender could mend: a text that no database could hold, JSON nested beyond all reading.
    """
    if isinstance(error, RecursionError):
        return _answer(
            _problem(
                request,
                status=400,
                code="invalid",
                title="Invalid",
                detail="What was sent is nested too deeply; nothing was changed.",
            )
        )
    if is_text_not_storable(error):
        return _answer(
            _problem(
                request,
                status=400,
                code="invalid",
                title="Invalid",
                detail="A text that was sent holds a NUL character; nothing was changed.",
            )
        )
    if is_database_away(error) or isinstance(error, (ValkeyConnectionError, ValkeyTimeoutError)):
        log.error("part away", path=shown(request.url.path), error=f"{type(error).__name__}: {error}")
        return _answer(
            _problem(
                request,
                status=503,
                code="unavailable",
                title="Not available now",
                detail="A part of the shop does not answer. Try again shortly.",
            )
        )

    log.error("request failed", path=shown(request.url.path), exc_info=error)
    return _answer(
        _problem(
            request,
            status=500,
            code="internal",
            title="Something went wrong",
            detail="This is a fault of ours and has been logged under the request's correlation id.",
        )
    )
