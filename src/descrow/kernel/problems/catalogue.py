"""Every code there is, with its HTTP status and what it means in each language.

A feature's refusals are found by their classes, so this is complete once the application is imported. A class whose
code has no text is not in it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from descrow.kernel.errors import Conflict, DescrowError, Invalid
from descrow.kernel.texts import CONTRACT_REASONS, MPESA_FAILURES, PROBLEMS, Words, words_of
from descrow.kernel.texts.languages import Language

KINDS = (Conflict, Invalid)
"""Never raised as they are: what they stand for always has a class of its own."""


@dataclass(frozen=True)
class CatalogueEntry:
    """`status` is None for why a payment failed: that is told in an answer that is no refusal."""

    code: str
    status: int | None
    words: dict[Language, Words]


@cache
def catalogue() -> dict[str, CatalogueEntry]:
    """Return all entries, sorted by code."""
    statuses: dict[str, int | None] = {code: kind.status for code, kind in refusals().items()}
    codes = {code: (PROBLEMS, statuses[code]) for code in words_of(PROBLEMS, Language.ENGLISH) if code in statuses}
    codes |= dict.fromkeys(words_of(CONTRACT_REASONS, Language.ENGLISH), (CONTRACT_REASONS, Conflict.status))
    codes |= dict.fromkeys(words_of(MPESA_FAILURES, Language.ENGLISH), (MPESA_FAILURES, None))
    return {
        code: CatalogueEntry(code, status, {language: words_of(name, language)[code] for language in Language})
        for code, (name, status) in sorted(codes.items())
    }


def refusals() -> dict[str, type[DescrowError]]:
    """Return the class of each code; where several share one, the one that the others derive from, or the first."""
    found: dict[str, type[DescrowError]] = {}
    for kind in every_class():
        found.setdefault(kind.code, kind)
    return found


def every_class(base: type[DescrowError] = DescrowError) -> Iterator[type[DescrowError]]:
    """Yield `base` and all classes derived from it, the nearest first, without those that only group refusals."""
    if base not in KINDS:
        yield base
    for kind in base.__subclasses__():
        yield from every_class(kind)
