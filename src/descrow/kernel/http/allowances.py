"""Count in this process how often each network may do what is dear, without asking Valkey before it is refused."""

import time
from collections import OrderedDict
from collections.abc import Callable

from descrow.kernel.http.limits import Allowance

MOST_REMEMBERED = 50_000


class Allowances:
    """A token bucket for each owner, by the time at which it will be full again (GCRA)."""

    def __init__(self, allowance: Allowance, *, factor: int = 1, clock: Callable[[], float] = time.monotonic) -> None:
        """`factor` multiplies the allowance; 0 means that nobody is limited."""
        self._step_s = 0.0 if factor == 0 else 60 / (allowance.per_minute * factor)
        self._burst_s = allowance.burst * factor * self._step_s
        self._clock = clock
        self._full_at: OrderedDict[str, float] = OrderedDict()

    def take(self, owner: str) -> bool:
        """Return whether the owner may do it once more now."""
        return self.turn(owner, within_s=0) is not None

    def turn(self, owner: str, *, within_s: float) -> float | None:
        """Take the owner's next turn. Returns in how many seconds it comes; None, and nothing is taken, where it comes
        too late.
        """
        now = self._clock()
        full_at = max(self._full_at.pop(owner, now), now) + self._step_s
        wait_s = max(full_at - now - self._burst_s, 0.0)
        is_taken = wait_s <= within_s
        self._full_at[owner] = full_at if is_taken else full_at - self._step_s
        if len(self._full_at) > MOST_REMEMBERED:
            self._full_at.popitem(last=False)  # whose turn was longest ago
        return wait_s if is_taken else None
