"""Define how fast all processes together may ask Daraja: a token bucket in Valkey.

Safaricom answers haste with "spike arrest" and publishes no numbers, so the rate is a setting.
"""

import asyncio
from collections.abc import Awaitable, Callable

from pyrate_limiter import Rate
from valkey.asyncio import Valkey

from descrow.kernel.token_bucket import MINUTE_MS, take_token

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
        self._key = key
        self._rate = Rate(per_minute, MINUTE_MS, burst=burst)
        self._longest_wait_s = longest_wait_s
        self._sleep = sleep

    async def wait_for_turn(self) -> bool:
        """Return True when a call may be made; False where that would take too long. Raises ValkeyError."""
        waited_s = 0.0
        while True:
            wait_ms = await take_token(self._valkey, self._key, self._rate)
            if wait_ms is None:
                return True
            wait_s = wait_ms / 1000
            if waited_s + wait_s > self._longest_wait_s:
                return False
            await self._sleep(wait_s)
            waited_s += wait_s
