"""Every code there is, with its HTTP status and what it means in each language.

A feature's refusals are found by their classes, so this is whole once the application is imported. A class whose code
has no text is not in it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from descrow.contract.errors import ContractReverted
from descrow.kernel.errors import Conflict, DescrowError, Invalid
from descrow.kernel.problems.languages import Language
from descrow.kernel.problems.texts import TEXTS
from descrow.kernel.problems.texts.contract import CONTRACT
from descrow.kernel.problems.texts.mpesa import MPESA
from descrow.kernel.problems.texts.words import Text, Words

FAILED_PAYMENT = "Not paid"
KINDS = (Conflict, Invalid)
"""Never raised as they are: what they stand for always has a class of its own."""


@dataclass(frozen=True)
class Entry:
    """`status` is None for why a payment failed: that is told in an answer that is no refusal."""

    code: str
    status: int | None
    words: dict[Language, Words]


@cache
def catalogue() -> dict[str, Entry]:
    """All entries, sorted by code."""
    known = refusals()
    entries = [
        *(_entry(code, known[code].status, known[code].title, text) for code, text in TEXTS.items() if code in known),
        *(_entry(code, ContractReverted.status, ContractReverted.title, text) for code, text in CONTRACT.items()),
        *(_entry(code, None, FAILED_PAYMENT, text) for code, text in MPESA.items()),
    ]
    return {entry.code: entry for entry in sorted(entries, key=lambda entry: entry.code)}


def refusals() -> dict[str, type[DescrowError]]:
    """The class of each code; where several share one, that which the others are made from, or the first."""
    found: dict[str, type[DescrowError]] = {}
    for kind in every_class():
        found.setdefault(kind.code, kind)
    return found


def every_class(base: type[DescrowError] = DescrowError) -> Iterator[type[DescrowError]]:
    """`base` and all that is made from it, the nearest first, without what is only a kind of refusals."""
    if base not in KINDS:
        yield base
    for kind in base.__subclasses__():
        yield from every_class(kind)


def _entry(code: str, status: int | None, title: str, text: Text) -> Entry:
    return Entry(code, status, {Language.ENGLISH: text.in_english(title), Language.SWAHILI: text.sw})
