"""Token buckets in Valkey, which all processes share: for how often others may ask us, and we others.

The clock is Valkey's: machines that disagree about the time share one bucket all the same.
"""

from pyrate_limiter import Rate, RedisStateStore, TokenBucket
from valkey.asyncio import Valkey

MINUTE_MS = 60_000


async def take_token(valkey: Valkey, key: str, rate: Rate) -> int | None:
    """Take a token from the bucket called `key`: None, or the milliseconds until there is one. Raises ValkeyError."""
    seconds, microseconds = await valkey.time()
    now_ms = seconds * 1000 + microseconds // 1000
    bucket = RedisStateStore(valkey, key)  # its commands and script are Valkey's too
    decision = await bucket.check(TokenBucket(), [rate], now_ms, 1)  # type: ignore[no-untyped-call]
    return None if decision.allowed else decision.retry_after_ms
