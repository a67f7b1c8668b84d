"""A circuit breaker: when Daraja is down, stop asking it for a while.

Every request for money that is lost on the way leaves an *unknown* that must be looked into. Refusing at once while
nothing comes back leaves none.
"""

import time
from collections.abc import Callable

FAILURES_TO_OPEN = 5
OPEN_S = 30.0


class Breaker:
    """For one kind of call. Opens after failures in a row; then one call at a time tries whether it is over."""

    def __init__(
        self,
        *,
        failures_to_open: int = FAILURES_TO_OPEN,
        open_s: float = OPEN_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._failures_to_open = failures_to_open
        self._open_s = open_s
        self._clock = clock
        self._failures = 0
        self._next_try_at = 0.0

    def admits(self) -> bool:
        """Return whether a call may be made. While open, saying yes to one says no to those that come beside it."""
        if self._failures < self._failures_to_open:
            return True
        if self._clock() < self._next_try_at:
            return False
        self._next_try_at = self._clock() + self._open_s
        return True

    def record(self, *, answered: bool) -> None:
        """Return what came of a call. An answer that refuses is an answer."""
        if answered:
            self._failures = 0
            return
        self._failures += 1
        self._next_try_at = self._clock() + self._open_s
