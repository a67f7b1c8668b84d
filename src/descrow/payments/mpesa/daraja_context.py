"""Define what the work on M-Pesa needs, in one hand."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

import structlog
from valkey.asyncio import Valkey

from descrow.kernel.db import Sessions, is_database_away
from descrow.mpesa.client import Daraja
from descrow.mpesa.settings import MpesaSettings

log = structlog.get_logger(__name__)

Item = TypeVar("Item")

AT_A_TIME = 5
"""Calls to Daraja at once: one that is silent must not hold up the others; the throttle bounds their number."""


@dataclass(frozen=True)
class DarajaContext:
    """Nothing is connected yet when it is made: each part connects at its first use."""

    sessions: Sessions
    daraja: Daraja
    settings: MpesaSettings

    @classmethod
    def open(cls, sessions: Sessions, valkey: Valkey, settings: MpesaSettings) -> "DarajaContext":
        """Raises CertificateNotValid."""
        return cls(sessions, Daraja.open(settings, valkey), settings)

    async def close(self) -> None:
        await self.daraja.close()


async def side_by_side(items: Iterable[Item], work: Callable[[Item], Awaitable[None]]) -> None:
    """Work on all items, some at a time. What fails for one holds up no other; an outage is raised in the end."""
    turns = asyncio.Semaphore(AT_A_TIME)

    async def one(item: Item) -> None:
        async with turns:
            await work(item)

    results = await asyncio.gather(*(one(item) for item in items), return_exceptions=True)
    failures = [result for result in results if isinstance(result, BaseException)]
    for failure in failures:
        if not isinstance(failure, Exception) or is_database_away(failure):
            raise failure
        log.error("not done", exc_info=failure)
