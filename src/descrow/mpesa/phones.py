"""Kenyan mobile numbers: one rule for what is accepted, and how a number is shown where others may read along.

The rule is data, `phone_rule.json`, so that the web form applies the very same one. It asks for the shape only and
for no carrier's prefixes: new ranges are opened every few years, and numbers move between carriers.
"""

import re
from importlib.resources import files
from typing import NewType

import msgspec

from descrow.mpesa.errors import PhoneNotValid

Msisdn = NewType("Msisdn", str)
"""254 and nine digits, as M-Pesa wants it. Personal data: logs and screens get `masked`."""


class PhoneRule(msgspec.Struct, frozen=True):
    """See the description in `phone_rule.json`."""

    description: str
    stripped: str
    pattern: str
    prefix: str


PHONE_RULE = msgspec.json.decode(files(__package__).joinpath("phone_rule.json").read_bytes(), type=PhoneRule)

_STRIPPED = str.maketrans("", "", PHONE_RULE.stripped)
_PATTERN = re.compile(PHONE_RULE.pattern)
_LONG_NUMBER = re.compile(r"[0-9]{9,}")


def parse_phone(text: str) -> Msisdn:
    """The number that a person typed in any of the usual ways. Raises PhoneNotValid for everything else."""
    number = _PATTERN.fullmatch(text.translate(_STRIPPED))
    if number is None:
        raise PhoneNotValid
    return Msisdn(PHONE_RULE.prefix + number[1])


def masked(msisdn: Msisdn) -> str:
    """Enough for its owner to recognise it: `2547*****678`."""
    return f"{msisdn[:4]}*****{msisdn[-3:]}"


def without_numbers(text: str) -> str:
    """Text of Safaricom's for a log, with every digit hidden that could belong to a phone number."""
    return _LONG_NUMBER.sub(lambda number: "*" * len(number[0]), text)
