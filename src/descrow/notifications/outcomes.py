"""Define what can be known after a message was handed to a provider."""

import asyncio
from dataclasses import dataclass

import httpx

ANSWER_TIMEOUT_S = 15.0
LONGEST_ANSWER_BYTES = 64 * 1024

_NOT_SENT_ERRORS = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


@dataclass(frozen=True)
class Taken:
    """The provider has it."""

    provider_id: str | None = None


@dataclass(frozen=True)
class NotTaken:
    """The provider does not have it: it could not be reached, or it said no."""

    why: str
    for_good: bool = False
    """Asking again would be answered the same."""


@dataclass(frozen=True)
class DeliveryUnknown:
    """The request may have arrived; its answer did not, or says nothing."""

    why: str


Outcome = Taken | NotTaken | DeliveryUnknown


@dataclass(frozen=True)
class HttpAnswer:
    """Describe what an HTTP server said."""

    status: int
    body: bytes


async def exchange(http: httpx.AsyncClient, request: httpx.Request) -> HttpAnswer | NotTaken | DeliveryUnknown:
    """Send the request, once. Never raises for what the network or the other side does."""
    try:
        async with asyncio.timeout(ANSWER_TIMEOUT_S):
            return await _send(http, request)
    except _NOT_SENT_ERRORS as error:
        return NotTaken(f"no connection: {type(error).__name__}")
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:  # asyncio's TimeoutError is an OSError too
        return DeliveryUnknown(f"no answer: {type(error).__name__}")


async def _send(http: httpx.AsyncClient, request: httpx.Request) -> HttpAnswer:
    """The answer's beginning is enough; a server that never ends must not fill the memory."""
    response = await http.send(request, stream=True)
    try:
        body = b""
        async for piece in response.aiter_bytes():
            body += piece
            if len(body) > LONGEST_ANSWER_BYTES:
                break
        return HttpAnswer(response.status_code, body[:LONGEST_ANSWER_BYTES])
    finally:
        await response.aclose()


def open_http() -> httpx.AsyncClient:
    """A connection for each message: one kept open may break in the moment it is used. No redirects, no proxies."""
    return httpx.AsyncClient(
        timeout=ANSWER_TIMEOUT_S,
        follow_redirects=False,
        trust_env=False,
        limits=httpx.Limits(max_connections=50, max_keepalive_connections=0),
    )
