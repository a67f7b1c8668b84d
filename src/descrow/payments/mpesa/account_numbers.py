"""Make and read the account numbers that people type when they pay the paybill by hand.

An order's begins with D, a prompt's with P: so a payment that Daraja tells of is tied to what it was meant for. The
letters and digits are those that nobody takes for others, and any one of them that is wrong, or two that changed
places, is noticed.
"""

import re
from enum import StrEnum
from typing import NamedTuple

_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Without 0, 1, I, L and O: thirty-one signs. The number is prime, which the check sign needs."""
_BASE = len(_ALPHABET)
_VALUES = {sign: value for value, sign in enumerate(_ALPHABET)}
_FEWEST_DIGITS = 4
_MOST_SIGNS = 15
"""For every id that the database can hold. Daraja takes twelve in a prompt, enough for all that will ever be, and
twenty from a person."""
_NOT_A_SIGN = re.compile(r"[^0-9A-Z]")


class AccountFor(StrEnum):
    """Say what an account number names."""

    ORDER = "D"
    PROMPT = "P"


class AccountNumber(NamedTuple):
    """An order, or a payment by a prompt, by its id."""

    purpose: AccountFor
    id: int


def account_number_of(purpose: AccountFor, about_id: int) -> str:
    """Return the account number, such as `D222K7`."""
    digits = ""
    while about_id:
        about_id, digit = divmod(about_id, _BASE)
        digits = _ALPHABET[digit] + digits
    signs = purpose + digits.rjust(_FEWEST_DIGITS, _ALPHABET[0])
    return signs + _ALPHABET[-_weighed(signs + _ALPHABET[0]) % _BASE]


def read_account_number(typed: str) -> AccountNumber | None:
    """Return what a person typed, in small letters and with spaces or dashes too; None where it cannot be right."""
    signs = _NOT_A_SIGN.sub("", typed.upper()) if typed.isascii() else ""
    if not 2 + _FEWEST_DIGITS <= len(signs) <= _MOST_SIGNS or signs[0] not in list(AccountFor):
        return None
    if any(sign not in _VALUES for sign in signs) or _weighed(signs) % _BASE != 0:
        return None
    about_id = 0
    for sign in signs[1:-1]:
        about_id = about_id * _BASE + _VALUES[sign]
    number = AccountNumber(AccountFor(signs[0]), about_id)
    return number if account_number_of(*number) == signs else None


def _weighed(signs: str) -> int:
    """The sum of all signs, each as often as its place from the right says."""
    return sum(weight * _VALUES[sign] for weight, sign in enumerate(reversed(signs), start=1))
