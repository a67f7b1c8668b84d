"""Writes `docs/errors.md`, the catalogue for people to read.

uv run python -m descrow.app.errors_page > docs/errors.md
"""

from collections.abc import Iterator

import descrow.app.api  # noqa: F401  (the catalogue is whole when every feature is imported)
from descrow.kernel.problems.catalogue import CatalogueEntry, catalogue
from descrow.kernel.texts.languages import Language

HEAD = """\
# Errors

Every refusal of the API is a problem document (RFC 9457) with a `code` that stays the same, whatever the words around
it. This is the catalogue of all codes, as `GET /api/v1/errors` gives it to programs. With `Accept-Language: sw` an
answer speaks Swahili.

A code that begins with `escrow_` is a reason of the contract's. One that begins with `mpesa_` says why a payment
failed: it comes without the prefix `mpesa_`, as the `failure` of a payment, and has no HTTP status.

This page is made by `python -m descrow.app.errors_page`.
"""


def page() -> str:
    return "\n".join([HEAD, *(line for entry in catalogue().values() for line in _section(entry))])


def _section(entry: CatalogueEntry) -> Iterator[str]:
    status = "" if entry.status is None else f" · {entry.status}"
    english, swahili = entry.words[Language.ENGLISH], entry.words[Language.SWAHILI]
    yield f"## `{entry.code}`{status}"
    yield ""
    yield f"**{english.title}.** {english.detail}"
    yield ""
    yield f"**{swahili.title}.** {swahili.detail}"
    yield ""


if __name__ == "__main__":
    print(page(), end="")
