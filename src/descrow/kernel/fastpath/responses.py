"""Define how what a route returns becomes an answer."""

from collections.abc import Iterable
from typing import Any

from litestar import Litestar, MediaType, Request, Response
from litestar.datastructures import Cookie
from litestar.response.base import ASGIResponse
from litestar.serialization import encode_json
from litestar.types import Receive, Scope, Send


class JsonResponse(Response[Any]):
    """JSON without headers and cookies of its own, as most answers, goes out as it is, past the framework's lists."""

    def to_asgi_response(
        self,
        app: Litestar | None,
        request: Request[Any, Any, Any],
        *,
        cookies: Iterable[Cookie] | None = None,
        headers: dict[str, str] | None = None,
        **others: Any,
    ) -> ASGIResponse:
        has_more = self.headers or headers or self.cookies or cookies or self.background
        if has_more or self.media_type != MediaType.JSON or self.status_code not in (200, 201):
            return super().to_asgi_response(app, request, cookies=cookies, headers=headers, **others)
        return _JsonAlone(self.status_code, encode_json(self.content))


class _JsonAlone(ASGIResponse):
    __slots__ = ()

    def __init__(self, status_code: int, body: bytes) -> None:
        self.status_code = status_code
        self.body = body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(self.body)).encode())]
        await send({"type": "http.response.start", "status": self.status_code, "headers": headers})
        await send({"type": "http.response.body", "body": self.body, "more_body": False})
