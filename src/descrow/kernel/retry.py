"""How long to wait before trying again: without end, but later and later."""

from datetime import timedelta

FIRST_S = 1
LONGEST_S = 600


def backoff(failures: int) -> timedelta:
    """After 0, 1, 2, … failures: one second, doubled each time, at most ten minutes."""
    return timedelta(seconds=min(LONGEST_S, FIRST_S * 2 ** min(failures, 10)))
