"""Identifiers in the forms that Safaricom gives them."""

import secrets
import string

from descrow.app.devstack.daraja.clock import nairobi, now_ms

FIRST_RECEIPT_YEAR = 2006  # receipts begin with a letter for the year: N in 2019, S in 2024
DAYS = string.digits + string.ascii_uppercase
RECEIPT_ALPHABET = string.digits + string.ascii_uppercase


class DistinctMilliseconds:
    """The time, but never the same twice: a checkout's id consists of its moment and its phone."""

    def __init__(self) -> None:
        self._last_ms = 0

    def next_ms(self) -> int:
        self._last_ms = max(now_ms(), self._last_ms + 1)
        return self._last_ms


def checkout_request_id(at_ms: int, msisdn: str) -> str:
    """`ws_CO_021020261810465181954437`: day, time, three digits below the second, the payer's last nine digits."""
    return f"ws_CO_{nairobi(at_ms):%d%m%Y%H%M%S}{at_ms % 1000:03}{msisdn[-9:]}"


def merchant_request_id() -> str:
    """`2654-4b64-97ff-b827b542881d3130`."""
    digits = secrets.token_hex(14)
    return "-".join((digits[:4], digits[4:8], digits[8:12], digits[12:]))


def conversation_id(at_ms: int) -> str:
    """`AG_20240706_20106e9209f64bebd05b`."""
    return f"AG_{nairobi(at_ms):%Y%m%d}_{secrets.token_hex(10)}"


def receipt(at_ms: int) -> str:
    """`SG632NMUAB`: a letter each for year and month, a sign for the day, seven more."""
    moment = nairobi(at_ms)
    year = string.ascii_uppercase[(moment.year - FIRST_RECEIPT_YEAR) % 26]
    month = string.ascii_uppercase[moment.month - 1]
    rest = "".join(secrets.choice(RECEIPT_ALPHABET) for _ in range(7))
    return f"{year}{month}{DAYS[moment.day]}{rest}"


def access_token() -> str:
    """Twenty-eight signs."""
    return secrets.token_urlsafe(21)


def request_id() -> str:
    """The `requestId` of an error: `4788-81090592-4`."""
    return f"{secrets.randbelow(100_000)}-{secrets.randbelow(100_000_000)}-{secrets.randbelow(9) + 1}"
