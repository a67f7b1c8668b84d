"""A client of Valkey that notices within a second when Valkey stands still, and then asks again now and then only.

Without this, a Valkey that accepts connections and answers nothing would cost every request the whole time-out.
"""

import time
from typing import Any

from valkey.asyncio import Valkey
from valkey.asyncio.retry import Retry
from valkey.backoff import NoBackoff
from valkey.exceptions import ConnectionError as ValkeyConnectionError
from valkey.exceptions import TimeoutError as ValkeyTimeoutError

ANSWERS_WITHIN_S = 1.0
RESTS_FOR_S = 3.0


def open_valkey(url: str) -> Valkey:
    """Return a client that is not connected yet."""
    client: Valkey = _RestingValkey.from_url(
        url,
        socket_timeout=ANSWERS_WITHIN_S,
        socket_connect_timeout=ANSWERS_WITHIN_S,
        # Once, not after a time-out: a connection that was idle may have been closed by Valkey.
        retry=Retry(NoBackoff(), 1, supported_errors=(ValkeyConnectionError,)),
    )
    return client


class _RestingValkey(Valkey):
    """After a failure, commands fail at once for a while; then one after the other is tried again."""

    _rests_until = 0.0

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        """Raises ValkeyError."""
        if time.monotonic() < self._rests_until:
            raise ValkeyConnectionError("Valkey did not answer a moment ago")
        try:
            return await super().execute_command(*args, **options)  # type: ignore[no-untyped-call]
        except (ValkeyConnectionError, ValkeyTimeoutError):
            self._rests_until = time.monotonic() + RESTS_FOR_S
            raise
