"""The languages of the service, and which of them a request asks for."""

from enum import StrEnum
from typing import Any

from litestar.connection import ASGIConnection


class Language(StrEnum):
    ENGLISH = "en"
    SWAHILI = "sw"


def language_of(accepted: str) -> Language:
    """Return the language that an `Accept-Language` header prefers; English where it prefers none of ours."""
    liked = max(Language, key=lambda language: _liking(accepted, language))
    return liked if _liking(accepted, liked) > 0 else Language.ENGLISH


def language_of_request(request: ASGIConnection[Any, Any, Any, Any]) -> Language:
    """Return the language that a request asks for."""
    return language_of(request.headers.get("accept-language", ""))


def _liking(accepted: str, language: Language) -> float:
    """From 0 to 1. A region, as in `sw-KE`, makes no difference; a word that cannot be read counts for nothing."""
    return max((_weight(range_) for range_ in accepted.split(",") if _names(range_, language)), default=0.0)


def _names(range_: str, language: Language) -> bool:
    return range_.partition(";")[0].strip().lower().partition("-")[0] == language


def _weight(range_: str) -> float:
    _, _, quality = range_.partition(";")
    name, _, value = quality.partition("=")
    if not quality:
        return 1.0
    try:
        return float(value) if name.strip().lower() == "q" else 0.0
    except ValueError:
        return 0.0
