"""Every refusal becomes problem details with our code, in the language that is asked for."""

import structlog
from litestar import Request, Response
from litestar.datastructures import State
from litestar.exceptions import HTTPException, ValidationException
from valkey.exceptions import ConnectionError as ValkeyConnectionError
from valkey.exceptions import TimeoutError as ValkeyTimeoutError

from descrow.kernel.db import is_database_away, is_text_not_storable
from descrow.kernel.errors import DescrowError, Unavailable
from descrow.kernel.http.correlation import shown
from descrow.kernel.problems.catalogue import catalogue
from descrow.kernel.problems.framework import NotReadable, refusal_of
from descrow.kernel.problems.schemas import PROBLEM_JSON, InvalidField, Problem, type_of
from descrow.kernel.texts.languages import Language, language_of_request

log = structlog.get_logger(__name__)

AnyRequest = Request[object, object, State]


def refused(request: AnyRequest, error: DescrowError) -> Response[Problem]:
    """One of our own refusals."""
    return _answer(request, error)


def http_refused(request: AnyRequest, error: HTTPException) -> Response[Problem]:
    """A refusal of the framework's: no such route, no token, a body that does not fit."""
    refusal = refusal_of(error.status_code)(error.detail)
    refusal.headers = dict(error.headers or {})  # which methods are allowed, say
    if not isinstance(error, ValidationException) or not isinstance(error.extra, list):
        return _answer(request, refusal)

    refusal.detail = "Some of what was sent is not valid; nothing was changed."
    fields = [
        InvalidField(field=str(item.get("key", "")), message=str(item.get("message", ""))) for item in error.extra
    ]
    return _answer(request, refusal, fields)


def crashed(request: AnyRequest, error: Exception) -> Response[Problem]:
    """A part that is away is a 503 to ask again after; everything else is a fault of ours, logged whole.

    Except what only its sender could mend: a text that no database could hold, JSON nested beyond all reading.
    """
    if isinstance(error, RecursionError):
        return _answer(request, NotReadable("What was sent is nested too deeply; nothing was changed."))
    if is_text_not_storable(error):
        return _answer(request, NotReadable("A text that was sent holds a NUL character; nothing was changed."))
    if is_database_away(error) or isinstance(error, (ValkeyConnectionError, ValkeyTimeoutError)):
        log.error("part away", path=shown(request.url.path), error=f"{type(error).__name__}: {error}")
        return _answer(request, Unavailable("A part of the shop does not answer. Try again shortly."))

    log.error("request failed", path=shown(request.url.path), exc_info=error)
    fault = DescrowError("This is a fault of ours and has been logged under the request's correlation id.")
    return _answer(request, fault)


def _answer(request: AnyRequest, error: DescrowError, fields: list[InvalidField] | None = None) -> Response[Problem]:
    """English says what this very refusal is about; in another language the catalogue's words stand for it.

    So they do in English where the refusal has only another system's word, such as the contract's reason.

    A code without an entry, such as a reason of a contract newer than the catalogue, is told as its class has it.
    """
    code, title, detail = error.problem_code, error.title, error.detail
    entry = catalogue().get(code)
    language = language_of_request(request)
    if entry is None:
        language = Language.ENGLISH
    else:
        title = entry.words[language].title
        if language is not Language.ENGLISH or not error.is_detail_for_people:
            detail = entry.words[language].detail
    problem = Problem(
        type=type_of(code),
        title=title,
        status=error.status,
        code=code,
        detail=detail,
        instance=request.url.path,
        about=error.about,
        invalid_fields=fields or [],
    )
    headers = {**error.headers, "Content-Language": language.value, "Vary": "Accept-Language"}
    return Response(problem, status_code=error.status, media_type=PROBLEM_JSON, headers=headers)
