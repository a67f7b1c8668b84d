"""Close a client's WebSocket so that the client reconnects by itself.

After Socket.IO's own `disconnect`, clients do not reconnect. After the WebSocket was closed, they do (socket.io-client
4.8 and python-socketio 5.18, tried).
"""

import asyncio
from collections.abc import Callable
from typing import Any

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send

SERVICE_RESTART = 1012
"""The close code of WebSocket for a server that can be reached again at once."""
_CLOSE = "descrow.close"


def with_closable_sockets(app: ASGIApp) -> ASGIApp:
    """Let `close_socket` end any WebSocket of this application."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.WEBSOCKET:
            await app(scope, receive, send)
            return
        closing = asyncio.Event()
        values: dict[str, Any] = scope  # type: ignore[assignment]
        values[_CLOSE] = closing.set
        await app(scope, _receive_until(closing, receive, send), send)

    return serve


def close_socket(scope: dict[str, Any]) -> None:
    """Close the WebSocket of this scope; nothing happens where it is closed already."""
    close: Callable[[], None] = scope[_CLOSE]
    close()


def _receive_until(closing: asyncio.Event, receive: Receive, send: Send) -> Receive:
    async def next_message() -> Any:
        return await receive()

    async def receive_or_close() -> Any:
        # A task each: Granian's own awaitables are no futures that end when they are cancelled.
        message, asked = asyncio.create_task(next_message()), asyncio.create_task(closing.wait())
        try:
            await asyncio.wait([message, asked], return_when=asyncio.FIRST_COMPLETED)
        finally:
            asked.cancel()
            if not message.done():
                message.cancel()
        if not message.cancelling():
            return await message
        await asyncio.gather(message, return_exceptions=True)  # Granian closes only while nobody waits for a message
        await send({"type": "websocket.close", "code": SERVICE_RESTART, "reason": None})
        return {"type": "websocket.disconnect", "code": SERVICE_RESTART}

    return receive_or_close
