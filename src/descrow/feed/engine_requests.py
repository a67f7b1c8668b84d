"""Bound the requests of Socket.IO clients before Engine.IO sees them, which bounds none of this itself."""

import asyncio
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

import msgspec
from litestar.enums import ScopeType
from litestar.response.base import ASGIResponse
from litestar.types import ASGIApp, Receive, Scope, Send

PATH = "/socket.io"
FIRST_MESSAGES = 2
"""The connection itself, and what shows a token or goes on with a session that began by polling."""


def bound_requests(app: ASGIApp, *, may_connect: Callable[[Scope], bool], sign_in_within_s: float) -> ASGIApp:
    """Refuse what no client of Socket.IO sends: bodies without a length, two polls of a session at once.

    `may_connect` says whether a network may begin one more session by polling now.
    """
    polling: set[str] = set()

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in (ScopeType.HTTP, ScopeType.WEBSOCKET) or not scope["path"].startswith(PATH):
            await app(scope, receive, send)
        elif scope["type"] == ScopeType.WEBSOCKET:
            await app(scope, _receive_soon(receive, sign_in_within_s), send)
        else:
            session = parse_qs(scope["query_string"].decode("latin-1")).get("sid", [""])[0]
            if scope["method"] == "POST" and all(name != b"content-length" for name, _ in scope["headers"]):
                await _refusal(411, "Say how long the body is.")(scope, receive, send)
            elif scope["method"] != "GET":
                await app(scope, receive, send)
            elif not session:
                answer = app if may_connect(scope) else _refusal(429, "Too many connections. Try again later.")
                await answer(scope, receive, send)
            elif session in polling:
                await _refusal(400, "This session has a poll waiting.")(scope, receive, send)
            else:
                polling.add(session)
                try:
                    await app(scope, receive, send)
                finally:
                    polling.discard(session)

    return serve


def refuse_polling(app: ASGIApp) -> ASGIApp:
    """Tell Socket.IO clients that begin by polling what to do: for a process that may not get all their requests."""
    answer = _refusal(400, "This shop runs in several processes. Connect with `transports: ['websocket']`.")

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        is_poll = scope["type"] == ScopeType.HTTP and scope["path"].startswith(PATH)
        await (answer if is_poll else app)(scope, receive, send)

    return serve


def _refusal(status: int, message: str) -> ASGIResponse:
    body = msgspec.json.encode({"code": 0, "message": message})
    return ASGIResponse(body=body, media_type="application/json", status_code=status)


def _receive_soon(receive: Receive, within_s: float) -> Receive:
    """Let the first messages of a WebSocket come in time, or end it."""
    received = 0

    async def receive_first() -> Any:
        nonlocal received
        received += 1
        if received > FIRST_MESSAGES:
            return await receive()
        try:
            async with asyncio.timeout(within_s):
                return await receive()
        except TimeoutError:
            return {"type": "websocket.disconnect", "code": 1008}

    return receive_first
