"""Define whether a thing that did not work may simply be tried again, and when."""

import msgspec


class Retry(msgspec.Struct, frozen=True):
    """`wait_s` is None where Safaricom names no time: back off, or wait for what stood in the way to change."""

    may_retry: bool
    wait_s: int | None


def after(wait_s: int) -> Retry:
    return Retry(may_retry=True, wait_s=wait_s)


AT_ONCE = after(0)
LATER = Retry(may_retry=True, wait_s=None)
NEVER = Retry(may_retry=False, wait_s=None)
"""Not with nothing changed: it would be refused again."""
