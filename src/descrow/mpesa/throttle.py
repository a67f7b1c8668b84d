"""How fast all processes together may ask Daraja: a token bucket in Valkey.

Safaricom answers haste with "spike arrest" and publishes no numbers, so the rate is a setting. The clock is Valkey's:
machines that disagree about the time share one bucket all the same.
"""

import asyncio
from collections.abc import Awaitable, Callable

from pyrate_limiter import Rate, RedisStateStore, TokenBucket
from valkey.asyncio import Valkey

MINUTE_MS = 60_000
LONGEST_WAIT_S = 10.0

Sleep = Callable[[float], Awaitable[None]]


class Throttle:
    def __init__(
        self,
        valkey: Valkey,
        key: str,
        *,
        per_minute: int,
        burst: int,
        longest_wait_s: float = LONGEST_WAIT_S,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._valkey = valkey
        self._bucket = RedisStateStore(valkey, key)  # its commands and script are Valkey's too
        self._rate = Rate(per_minute, MINUTE_MS, burst=burst)
        self._longest_wait_s = longest_wait_s
        self._sleep = sleep

    async def wait_for_turn(self) -> bool:
        """Return True when a call may be made; False where that would take too long. Raises ValkeyError."""
        waited_s = 0.0
        while True:
            seconds, microseconds = await self._valkey.time()
            now_ms = seconds * 1000 + microseconds // 1000
            decision = await self._bucket.check(TokenBucket(), [self._rate], now_ms, 1)  # type: ignore[no-untyped-call]
            if decision.allowed:
                return True
            wait_s = decision.retry_after_ms / 1000
            if waited_s + wait_s > self._longest_wait_s:
                return False
            await self._sleep(wait_s)
            waited_s += wait_s
