"""Define how often one person, or one address, may ask: token buckets in Valkey, shared by all processes.

Limits keep one caller from costing all others their turn; they prove nothing about money, so a Valkey that is away lets
everybody in.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

import structlog
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
    RateLimitKind.SIGN_IN: Allowance(per_minute=30, burst=30),
    RateLimitKind.PAY: Allowance(per_minute=12, burst=12),
}


TOKENS_TAKEN_AT_ONCE = {RateLimitKind.READ: 25}
"""A process takes so many tokens of a caller from Valkey at once, and spends them on the caller's next requests.

It keeps what it has not spent for a minute: a caller may find up to 25 of the 200 missing in the other processes.
"""
BUCKET_LASTS_S = 60
MOST_BUCKETS = 10_000


class TooManyRequests(DescrowError):
    code: ClassVar[str] = "too_many_requests"
    status: ClassVar[int] = 429

    def __init__(self, wait_s: int) -> None:
        super().__init__(f"You ask faster than this shop answers. Try again in {wait_s} seconds.", wait_s=wait_s)
        self.headers = {"Retry-After": str(wait_s)}


class RateLimits(ASGIMiddleware):
    """Before every route. `factor` multiplies all allowances; 0 means that nobody is limited."""

    scopes = (ScopeType.HTTP,)

    def __init__(self, valkey: Callable[[], Valkey], *, factor: int, proxies: int) -> None:
        self._valkey = valkey
        self._proxies = proxies
        self._buckets = _Buckets()
        self._rates = {
            kind: Rate(allowed.per_minute * factor, MINUTE_MS, burst=allowed.burst * factor)
            for kind, allowed in ALLOWANCES.items()
            if factor > 0
        }

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Raises TooManyRequests."""
        await self._charge(scope)
        await next_app(scope, receive, send)

    async def _charge(self, scope: Scope) -> None:
        kind = _kind_of(scope)
        rate = self._rates.get(kind)
        if rate is None:
            return
        key = f"rate:{kind}:{self._who(scope, kind)}"
        if self._buckets.spend(key):
            return
        try:
            wait_ms = await self._take(key, rate, TOKENS_TAKEN_AT_ONCE.get(kind, 1))
        except ValkeyError as error:
            log.warning("rate limits are off: Valkey is away", error=str(error))
            return
        if wait_ms is not None:
            raise TooManyRequests(wait_s=max(1, -(-wait_ms // 1000)))

    async def _take(self, key: str, rate: Rate, lot: int) -> int | None:
        """A lot of tokens, the rest of which pays for the next requests; one, where there is not a whole lot."""
        if lot > 1 and await take_token(self._valkey(), key, rate, lot) is None:
            self._buckets.put(key, lot - 1)
            return None
        return await take_token(self._valkey(), key, rate)

    def _who(self, scope: Scope, kind: RateLimitKind) -> str:
        """The account where one is signed in; the address for those who are not, or are about to sign in."""
        caller = scope.get("user")
        if kind is not RateLimitKind.SIGN_IN and isinstance(caller, Caller):
            return f"account:{caller.account_id}"
        return f"network:{network_of(address_of(scope, proxies=self._proxies))}"


class _Buckets:
    """Tokens that this process has taken and not spent yet, by whose they are."""

    def __init__(self) -> None:
        self._left: dict[str, tuple[int, float]] = {}

    def spend(self, key: str) -> bool:
        left, good_until = self._left.get(key, (0, 0.0))
        if left == 0 or time.monotonic() > good_until:
            return False
        self._left[key] = left - 1, good_until
        return True

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
