"""Bound the time that a request's body may take to arrive.

A client that sends a byte a second holds a connection, and what has arrived, for as long as it likes; Granian does not
end it.
"""

import asyncio
from random import uniform
from typing import Any, ClassVar

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send

from descrow.kernel.errors import DescrowError

GRACE_S = 15.0
"""At least so long; some get up to twice as long."""
SLOWEST_BYTES_PER_S = 4096
"""A phone on a bad line sends more."""


class BodyTooSlow(DescrowError):
    code: ClassVar[str] = "body_too_slow"
    status: ClassVar[int] = 408

    def __init__(self) -> None:
        super().__init__("The request's body did not arrive in time. Nothing was changed; send it again.")
        self.headers = {"Connection": "close"}


def with_body_time(app: ASGIApp) -> ASGIApp:
    """Let whoever reads a body too slow for the rule above get BodyTooSlow from `receive`."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == ScopeType.HTTP:  # any request may have a body
            receive = _in_time(receive)
        await app(scope, receive, send)

    return serve


def _in_time(receive: Receive) -> Receive:
    began_at = asyncio.get_running_loop().time()
    # Not the same for all, or those that came together would end together, while others wait for their answers.
    grace_s = uniform(1, 2) * GRACE_S  # noqa: S311
    received_bytes = 0
    is_whole = False

    async def receive_in_time() -> Any:
        nonlocal received_bytes, is_whole
        if is_whole:  # from here on it waits for the client to leave, which may take as long as the answer
            return await receive()
        try:
            async with asyncio.timeout_at(began_at + grace_s + received_bytes / SLOWEST_BYTES_PER_S):
                message = await receive()
        except TimeoutError:
            raise BodyTooSlow from None
        if message["type"] == "http.request":
            received_bytes += len(message.get("body", b""))
            is_whole = not message.get("more_body", False)
        return message

    return receive_in_time
