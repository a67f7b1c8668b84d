"""Define how often one person, or one address, may ask: token buckets in Valkey, shared by all processes.

Limits keep one caller from costing all others their turn; they prove nothing about money, so a Valkey that is away lets
everybody in.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from random import uniform
from typing import ClassVar, Self

import structlog
from litestar import Request
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send
from pyrate_limiter import Rate
from valkey.asyncio import Valkey
from valkey.exceptions import ValkeyError

from descrow.kernel.errors import DescrowError
from descrow.kernel.http.addresses import address_of, network_of
from descrow.kernel.http.caller import Caller
from descrow.kernel.token_bucket import MINUTE_MS, take_token

log = structlog.get_logger(__name__)


class RateLimitKind(StrEnum):
    """Describe what kind of route it is; a route says so by `rate_limit=…`, else its method does."""

    READ = "read"
    WRITE = "write"
    SIGN_IN = "sign_in"
    REFRESH = "refresh"
    """Staying signed in: limited by session, so that strangers behind the same address lock nobody out."""
    PAY = "pay"
    """What costs the operator a fee, or makes somebody's phone ring."""
    UNLIMITED = "unlimited"


@dataclass(frozen=True)
class Allowance:
    """So many a minute, and so many at once."""

    per_minute: int
    burst: int


ALLOWANCES = {
    RateLimitKind.READ: Allowance(per_minute=600, burst=200),
    RateLimitKind.WRITE: Allowance(per_minute=120, burst=60),
    RateLimitKind.SIGN_IN: Allowance(per_minute=300, burst=150),  # of an address that a provider's customers share
    RateLimitKind.REFRESH: Allowance(per_minute=30, burst=30),
    RateLimitKind.PAY: Allowance(per_minute=12, burst=12),
}

REFRESHES_OF_A_NETWORK = Allowance(per_minute=3000, burst=1000)
"""Sessions can be invented, so they are counted together, too."""


TOKENS_TAKEN_AT_ONCE = {RateLimitKind.READ: 25}
"""A process takes so many tokens of a caller from Valkey at once, and spends them on the caller's next requests.

It keeps what it has not spent for a minute: a caller may find up to 25 of the 200 missing in the other processes.
"""
BUCKET_LASTS_S = 60
WARNS_EVERY_S = 10
LATE_BY_S = 2.0
CROWD = 100
"""So many who wait for their refusal make the next wait twice as long."""
LATEST_S = 10.0
MOST_LATE = 2000
MOST_BUCKETS = 10_000


class TooManyRequests(DescrowError):
    code: ClassVar[str] = "too_many_requests"
    status: ClassVar[int] = 429

    def __init__(self, wait_s: int) -> None:
        super().__init__(f"You ask faster than this shop answers. Try again in {wait_s} seconds.", wait_s=wait_s)
        self.headers = {"Retry-After": str(wait_s)}

    @classmethod
    def for_ms(cls, wait_ms: int) -> Self:
        """Return the refusal that lasts so long, in whole seconds."""
        return cls(wait_s=max(1, -(-wait_ms // 1000)))


class RateLimits(ASGIMiddleware):
    """Before every route. `factor` multiplies all allowances; 0 means that nobody is limited."""

    scopes = (ScopeType.HTTP,)

    def __init__(self, valkey: Callable[[], Valkey], *, factor: int, proxies: int, session_cookie: str) -> None:
        """`session_cookie` names the cookie that begins with a session's id, for limits by session."""
        self._valkey = valkey
        self._session_cookie = session_cookie
        self._proxies = proxies
        self._buckets = _Buckets()
        self._late = 0
        self._says_so = Seldom(every_s=WARNS_EVERY_S)
        self._rates = {kind: _rate(allowed, factor) for kind, allowed in ALLOWANCES.items() if factor > 0}
        self._refreshes_of_a_network = _rate(REFRESHES_OF_A_NETWORK, max(factor, 1))

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Raises TooManyRequests."""
        kind = _kind_of(scope)
        rate = self._rates.get(kind)
        if rate is not None:
            lot = TOKENS_TAKEN_AT_ONCE.get(kind, 1)
            await self._charge(f"rate:{kind}:{self._who(scope, kind)}", rate, lot)
            if kind is RateLimitKind.REFRESH:
                await self._charge(f"rate:{kind}:{self._network(scope)}", self._refreshes_of_a_network, lot)
        await next_app(scope, receive, send)

    async def _charge(self, key: str, rate: Rate, lot: int) -> None:
        if self._buckets.spend(key):
            return
        try:
            wait_ms = self._buckets.empty_for_ms(key) or await self._take(key, rate, lot)
        except ValkeyError as error:
            if self._says_so.now():
                log.warning("rate limits are off: Valkey is away", error=str(error))
            return
        if wait_ms is not None:
            self._buckets.note_empty(key, wait_ms)
            await self._keep_waiting()
            raise TooManyRequests.for_ms(wait_ms)

    async def _keep_waiting(self) -> None:
        """Refuse a little late: who asks again at once, whatever the answer, then does so less often."""
        if self._late < MOST_LATE:
            self._late += 1
            try:
                # Not all after the same time, or those who came together would come together again.
                crowd = 1 + self._late / CROWD
                await asyncio.sleep(uniform(0.5, 1.5) * min(LATE_BY_S * crowd, LATEST_S))  # noqa: S311
            finally:
                self._late -= 1

    async def _take(self, key: str, rate: Rate, lot: int) -> int | None:
        """A lot of tokens, the rest of which pays for the next requests; one, where there is not a whole lot."""
        if lot > 1 and await take_token(self._valkey(), key, rate, lot) is None:
            self._buckets.put(key, lot - 1)
            return None
        return await take_token(self._valkey(), key, rate)

    def _who(self, scope: Scope, kind: RateLimitKind) -> str:
        """The account where one is signed in, the session that is to go on, else the network."""
        if kind is RateLimitKind.REFRESH:
            session_id, _, _ = Request(scope).cookies.get(self._session_cookie, "").partition(".")
            return f"session:{sha256(session_id.encode()).hexdigest()}" if session_id else self._network(scope)
        caller = scope.get("user")
        if kind is not RateLimitKind.SIGN_IN and isinstance(caller, Caller):
            return f"account:{caller.account_id}"
        return self._network(scope)

    def _network(self, scope: Scope) -> str:
        return f"network:{network_of(address_of(scope, proxies=self._proxies))}"


class Seldom:
    """Say yes now and then: for warnings that would otherwise be told with every request."""

    def __init__(self, *, every_s: float) -> None:
        self._every_s = every_s
        self._next_at = 0.0

    def now(self) -> bool:
        if time.monotonic() < self._next_at:
            return False
        self._next_at = time.monotonic() + self._every_s
        return True


def _rate(allowed: Allowance, factor: int) -> Rate:
    return Rate(allowed.per_minute * factor, MINUTE_MS, burst=allowed.burst * factor)


class _Buckets:
    """Tokens that this process has taken and not spent yet, by whose they are."""

    def __init__(self) -> None:
        self._left: dict[str, tuple[int, float]] = {}
        self._empty_until: dict[str, float] = {}

    def spend(self, key: str) -> bool:
        left, good_until = self._left.get(key, (0, 0.0))
        if left == 0 or time.monotonic() > good_until:
            return False
        self._left[key] = left - 1, good_until
        return True

    def empty_for_ms(self, key: str) -> int | None:
        """Return how much longer there is nothing to be had, where that is known."""
        left_s = self._empty_until.get(key, 0.0) - time.monotonic()
        return int(left_s * 1000) + 1 if left_s > 0 else None

    def note_empty(self, key: str, wait_ms: int) -> None:
        if len(self._empty_until) >= MOST_BUCKETS:
            self._empty_until.clear()
        self._empty_until[key] = time.monotonic() + wait_ms / 1000

    def put(self, key: str, count: int) -> None:
        if len(self._left) >= MOST_BUCKETS:
            self._left.clear()  # what was in them is lost to their owners, who take new ones
        self._left[key] = count, time.monotonic() + BUCKET_LASTS_S


def _kind_of(scope: Scope) -> RateLimitKind:
    declared: RateLimitKind | None = scope["route_handler"].opt.get("rate_limit")
    if declared is not None:
        return declared
    is_read = scope["type"] == ScopeType.HTTP and scope["method"] in ("GET", "HEAD", "OPTIONS")
    return RateLimitKind.READ if is_read else RateLimitKind.WRITE
