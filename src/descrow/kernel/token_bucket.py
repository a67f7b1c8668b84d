"""Token buckets in Valkey, which all processes share: for how often others may ask us, and we others.

The clock is Valkey's: machines that disagree about the time share one bucket all the same. Each process asks now and
then how far its own clock is from it.
"""

import time
from weakref import WeakKeyDictionary

from pyrate_limiter import Rate, RedisStateStore, TokenBucket
from valkey.asyncio import Valkey

MINUTE_MS = 60_000
CLOCK_IS_GOOD_FOR_S = 30


async def take_token(valkey: Valkey, key: str, rate: Rate, count: int = 1) -> int | None:
    """Take a token, or several at once, from the bucket called `key`.

    Returns None, or the milliseconds until there are as many. Raises ValkeyError.
    """
    bucket = RedisStateStore(valkey, key)  # its commands and script are Valkey's too
    now_ms = await _clock_of(valkey).now_ms()
    decision = await bucket.check(TokenBucket(), [rate], now_ms, count)  # type: ignore[no-untyped-call]
    return None if decision.allowed else decision.retry_after_ms


class _Clock:
    def __init__(self, valkey: Valkey) -> None:
        self._valkey = valkey
        self._ahead_s = 0.0
        self._learned_at_s = -float(CLOCK_IS_GOOD_FOR_S)

    async def now_ms(self) -> int:
        """Valkey's time. Raises ValkeyError."""
        if time.monotonic() - self._learned_at_s >= CLOCK_IS_GOOD_FOR_S:
            seconds, microseconds = await self._valkey.time()
            self._ahead_s = seconds + microseconds / 1_000_000 - time.monotonic()
            self._learned_at_s = time.monotonic()
        return int((time.monotonic() + self._ahead_s) * 1000)


_CLOCKS: WeakKeyDictionary[Valkey, _Clock] = WeakKeyDictionary()


def _clock_of(valkey: Valkey) -> _Clock:
    if valkey not in _CLOCKS:
        _CLOCKS[valkey] = _Clock(valkey)
    return _CLOCKS[valkey]
