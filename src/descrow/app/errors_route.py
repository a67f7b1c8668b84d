"""The catalogue of errors over HTTP."""

from dataclasses import asdict
from functools import cache

from litestar import get
from litestar.datastructures import CacheControlHeader

import descrow.contract.signer_service
import descrow.payments.mpesa.manual_hand_payments
import descrow.payments.mpesa.manual_resolutions  # noqa: F401  (told at a terminal and between machines, these are errors too)
from descrow.kernel.http.access import Open
from descrow.kernel.problems.catalogue import catalogue
from descrow.kernel.problems.schemas import ErrorView, WordsView
from descrow.kernel.texts.languages import Language


@get(
    "/errors",
    tags=["errors"],
    cache_control=CacheControlHeader(public=True, max_age=3600),
    sync_to_thread=False,
    access=Open.ANYBODY,
)
def list_errors() -> list[ErrorView]:
    """Every code that an answer can bear: what happened, the money included, and what to do, in each language."""
    return _views()


@cache
def _views() -> list[ErrorView]:
    return [
        ErrorView(
            code=entry.code,
            status=entry.status,
            en=WordsView(**asdict(entry.words[Language.ENGLISH])),
            sw=WordsView(**asdict(entry.words[Language.SWAHILI])),
        )
        for entry in catalogue().values()
    ]
