"""The runner of what is due: one process at a time works on a queue, round after round."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from typing import TypeVar

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from descrow.kernel.db import advisory_lock, is_database_away, still_held

log = structlog.get_logger(__name__)

Item = TypeVar("Item")

AT_A_TIME = 5
"""Rows of a round that are worked on at once: a silent service must not hold up the others."""


async def run_rounds(
    engine: AsyncEngine,
    lock_name: str,
    one_round: Callable[[], Awaitable[bool]],
    *,
    idle_s: float,
    wake_up: asyncio.Event | None = None,
    at_start: Callable[[], Awaitable[None]] | None = None,
) -> None:
    """Run rounds for ever, in the one process that holds the lock.

    A round returns True if more may be due: the next one then begins at once. Otherwise it begins after `idle_s`, or
    when `wake_up` is set. `at_start` runs once, under the lock.

    What a round raises ends the runner, and so does the loss of the lock; the caller starts it again. A lost lock shows
    between two rounds. So two processes may work on a queue during one round, and its rows need locks of their own.
    """
    woken = wake_up or asyncio.Event()
    async with advisory_lock(engine, lock_name) as lock:
        if at_start is not None:
            await at_start()
        while True:
            await still_held(lock)
            woken.clear()  # before the round looks, so that what comes during the round wakes the next one
            if not await one_round():
                with suppress(TimeoutError):
                    async with asyncio.timeout(idle_s):
                        await woken.wait()


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
