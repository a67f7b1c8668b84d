"""One id per request, in its answer and in every log line that it causes."""

import re
import secrets
import time

import structlog
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

log = structlog.get_logger(__name__)

HEADER = "x-correlation-id"
_HEADER = HEADER.encode()
_FORM = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_CODE = re.compile(r"(?<=/)[0-9a-f]{32}\b")
_NUMBERED = re.compile(r"(ws_CO_[0-9]{0,14})\w*")


def shown(path: str) -> str:
    """A path without what proves or tells something: the code of an address given to Daraja, a payer's number."""
    return _NUMBERED.sub(r"\1***", _CODE.sub("***", path))


def with_correlation_id(app: ASGIApp) -> ASGIApp:
    """Take the caller's id when it has the form of one, else make one; log each request once, when it ends."""

    async def middleware(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await app(scope, receive, send)
            return
        given = next((value for name, value in scope["headers"] if name == _HEADER), b"")
        correlation_id = given.decode() if _FORM.fullmatch(given) else secrets.token_hex(8)
        started = time.perf_counter()
        status = 0

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (_HEADER, correlation_id.encode())]
            await send(message)

        bound = structlog.contextvars.bind_contextvars(correlation_id=correlation_id)
        try:
            await app(scope, receive, send_with_id)
        finally:
            log.info(
                "request",
                method=scope["method"],
                path=shown(scope["path"]),
                status=status,
                ms=round((time.perf_counter() - started) * 1000, 1),
            )
            structlog.contextvars.reset_contextvars(**bound)

    return middleware
