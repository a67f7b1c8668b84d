"""Compare the payer that M-Pesa names with a phone, by the digits that are shown.

One and the same payer was seen as `254712000000 - NAME`, `0712000000 - NAME`, `25471****000`, `2547 ***** 000`, and as
a hash. What shows no digits to compare is an answer of its own: it says neither that the payer is somebody else nor
that it is not.
"""

import re
from collections.abc import Iterable
from enum import StrEnum
from hashlib import sha256

from descrow.mpesa.phones import Msisdn

SHORTEST_NUMBER = 9
"""Shortcodes of businesses have five to seven digits."""
FEWEST_SHOWN = 3
"""Digits besides the country's: fewer of them tell nobody from anybody."""

_COUNTRY = "254"
_BETWEEN_NUMBER_AND_NAME = re.compile(r"\s+-\s*|\s*-\s+")
_SEPARATORS = re.compile(r"[\s+().-]")
_MASK = "*xX#•"
_SHOWN = re.compile(rf"([0-9]*)(?:[{_MASK}][0-9{_MASK}]*[{_MASK}]|[{_MASK}])([0-9]*)")
_SHORTCODE = re.compile(r"[0-9]{5,7}")
_HASHED = re.compile(r"[0-9a-fA-F]{64}")


class Payer(StrEnum):
    """Say whether a payment came from the phone that was asked for it."""

    SAME = "same"
    OTHER = "other"
    NOT_SHOWN = "not_shown"


def compare_payer(named: Iterable[str], phone: Msisdn) -> Payer:
    """Compare each party that M-Pesa names with the phone. Names and shortcodes of businesses count for nothing."""
    found = {_compare(_number_of(text), phone) for text in named}
    if Payer.SAME in found:
        return Payer.SAME
    return Payer.OTHER if Payer.OTHER in found else Payer.NOT_SHOWN


def names_business(text: str) -> bool:
    """Return whether a party is a shortcode, as in `600310 - NAME`."""
    return _SHORTCODE.fullmatch(_number_of(text)) is not None


def _number_of(text: str) -> str:
    """Return what stands before the name, without spaces and the like."""
    number = _BETWEEN_NUMBER_AND_NAME.split(text.strip(), maxsplit=1)[0]
    return _SEPARATORS.sub("", number)


def _compare(number: str, phone: Msisdn) -> Payer:
    if _HASHED.fullmatch(number):
        # Safaricom documents no way of hashing: an equal hash is proof, another one is none.
        return Payer.SAME if number.lower() == sha256(phone.encode()).hexdigest() else Payer.NOT_SHOWN
    if len(number) < SHORTEST_NUMBER:
        return Payer.NOT_SHOWN
    if number.isascii() and number.isdigit():
        return Payer.SAME if _with_country(number) == phone else Payer.OTHER
    shown = _SHOWN.fullmatch(number)
    if shown is None:
        return Payer.NOT_SHOWN
    beginning, end = _with_country(shown[1]), shown[2]
    if len(beginning.removeprefix(_COUNTRY)) + len(end) < FEWEST_SHOWN:
        return Payer.NOT_SHOWN
    return Payer.SAME if phone.startswith(beginning) and phone.endswith(end) else Payer.OTHER


def _with_country(digits: str) -> str:
    """Write the beginning of a number as M-Pesa does: `0712…`, `712…`, `00254712…` and `2540712…` are `254712…`."""
    national = digits.removeprefix("00")
    national = national.removeprefix(_COUNTRY) if national.startswith(_COUNTRY) else national
    if not digits or (_COUNTRY.startswith(digits) and len(digits) < len(_COUNTRY)):
        return digits
    return _COUNTRY + national.removeprefix("0")
