"""One HTTP exchange with Daraja, and what can be known after it.

The line that matters runs between *not sent* and *no answer*. A connection that could not be made carried nothing. Once
bytes of the request may have left, only Daraja's own words tell what it did: an answer that is late, cut off, empty,
HTML or half a JSON is unknown, whatever its HTTP status.
"""

import asyncio
from enum import StrEnum

import httpx
import msgspec

from descrow.mpesa.outcomes import Doubt, Refusal, Refused, Unknown
from descrow.mpesa.reading import NamedValue, ReplyNotReadable, read_object

CONNECT_TIMEOUT_S = 5.0
ANSWER_TIMEOUT_S = 30.0
"""For the whole exchange, however slowly the bytes drip in."""

_NOT_SENT_ERRORS = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


class NotSent(StrEnum):
    """Why a request never left; the code of our own refusals."""

    NO_CONNECTION = "no_connection"
    NO_TOKEN = "no_token"  # noqa: S105 a word, not a token
    BREAKER_OPEN = "breaker_open"
    THROTTLED = "throttled"
    VALKEY_AWAY = "valkey_away"


class Answered(msgspec.Struct, frozen=True):
    """A JSON object that is no error."""

    http_status: int
    members: NamedValue


class ErrorAnswer(msgspec.Struct, frozen=True):
    """Daraja's error envelope; it comes with any HTTP status, 200 included."""

    http_status: int
    code: str
    message: str


Reply = Answered | ErrorAnswer | Refused | Unknown


def open_http(base_url: str, *, answer_timeout_s: float = ANSWER_TIMEOUT_S) -> httpx.AsyncClient:
    """A client that makes a connection for each call.

    A connection kept open may be closed by the other side in the moment it is used again, which nobody can tell from a
    request that arrived: an unknown payment, to save a handshake.
    """
    return httpx.AsyncClient(
        base_url=base_url,
        timeout=httpx.Timeout(answer_timeout_s, connect=CONNECT_TIMEOUT_S),
        limits=httpx.Limits(max_connections=100, max_keepalive_connections=0),
        headers={"Accept": "application/json"},
    )


async def exchange(http: httpx.AsyncClient, request: httpx.Request, *, answer_timeout_s: float) -> Reply:
    """Send the request, once. Never raises for what the network or the other side does."""
    try:
        async with asyncio.timeout(answer_timeout_s):
            response = await http.send(request)
    except _NOT_SENT_ERRORS as error:
        return not_sent(NotSent.NO_CONNECTION, str(error) or type(error).__name__)
    except (TimeoutError, httpx.TimeoutException) as error:
        return Unknown(Doubt.TIMED_OUT, message=type(error).__name__)
    except (httpx.HTTPError, OSError) as error:  # a broken TLS record comes as a bare ssl.SSLError
        return Unknown(Doubt.CONNECTION_LOST, message=str(error) or type(error).__name__)
    return read_reply(response.status_code, response.content)


def read_reply(http_status: int, body: bytes) -> Reply:
    """Return what the body says. The status alone decides nothing: proxies on the way have statuses of their own."""
    try:
        members = read_object(body)
    except ReplyNotReadable as error:
        return Unknown(Doubt.UNREADABLE, http_status, message=str(error) if body else "empty body")
    code = members.code("errorCode")
    if code is not None:
        return ErrorAnswer(http_status, code, members.text("errorMessage") or "")
    if not 200 <= http_status < 300:
        return Unknown(Doubt.UNREADABLE, http_status, message="neither an answer nor Daraja's error envelope")
    return Answered(http_status, members)


def not_sent(why: NotSent, message: str) -> Refused:
    """Our own refusal: Daraja has not seen the request."""
    return Refused(Refusal.NOT_SENT, why, message)
