"""The time as Daraja writes it: Nairobi's, without saying so, in a different form for each API."""

import time
from datetime import UTC, datetime, timedelta, timezone

NAIROBI = timezone(timedelta(hours=3), "EAT")  # no daylight saving
MS = 1000


def now_ms() -> int:
    """Milliseconds since 1970."""
    return time.time_ns() // 1_000_000


def nairobi(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / MS, UTC).astimezone(NAIROBI)


def day_start_ms(at_ms: int) -> int:
    """The midnight in Nairobi before this moment: daily limits begin anew there."""
    midnight = nairobi(at_ms).replace(hour=0, minute=0, second=0, microsecond=0)
    return int(midnight.timestamp()) * MS


def fourteen_digits(at_ms: int) -> str:
    """`20191219102115`: STK, reversal, status and balance."""
    return nairobi(at_ms).strftime("%Y%m%d%H%M%S")


def dotted(at_ms: int) -> str:
    """`06.07.2024 22:48:52`: B2C."""
    return nairobi(at_ms).strftime("%d.%m.%Y %H:%M:%S")


def in_a_message(at_ms: int) -> str:
    """`6/7/24 at 10:48 PM`: text messages."""
    moment = nairobi(at_ms)
    return f"{moment.day}/{moment.month}/{moment:%y} at {moment:%I:%M %p}".replace(" at 0", " at ")
