"""What the worker does is begun again when it fails, and ends when it is to end."""

import asyncio
from contextlib import suppress

import pytest

from descrow.worker import for_ever


async def test_work_that_fails_is_begun_again() -> None:
    begun = asyncio.Queue[int]()

    async def work() -> None:
        await begun.put(1)
        raise ConnectionRefusedError

    task = asyncio.create_task(for_ever("work", work))
    async with asyncio.timeout(10):
        for _ in range(2):
            await begun.get()
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def test_work_whose_cancellation_came_as_a_broken_connection_is_not_begun_again() -> None:
    async def work() -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            raise ConnectionResetError from None  # as drivers do that are cancelled while a server goes

    task = asyncio.create_task(for_ever("work", work))
    await asyncio.sleep(0)
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        async with asyncio.timeout(10):
            await task
