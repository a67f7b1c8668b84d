"""Check that the worker's tasks are restarted when they fail, and end when they are to end."""

import asyncio
from contextlib import suppress

from descrow.app.worker import for_ever


async def test_work_that_fails_is_begun_again() -> None:
    begun = asyncio.Queue[int]()

    async def work() -> None:
        await begun.put(1)
        raise ConnectionRefusedError

    task = asyncio.create_task(for_ever(asyncio.Event(), "work", work))
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

    stopping = asyncio.Event()
    task = asyncio.create_task(for_ever(stopping, "work", work))
    await asyncio.sleep(0)
    stopping.set()
    task.cancel()

    async with asyncio.timeout(10):
        await task


async def test_work_is_begun_again_though_a_task_group_in_it_left_a_cancellation_behind() -> None:
    begun, stopping = asyncio.Queue[int](), asyncio.Event()

    async def fail() -> None:
        await asyncio.sleep(0.01)
        raise ConnectionResetError

    async def wait_for(other: asyncio.Task[None]) -> None:
        await asyncio.wait([other])

    async def work() -> None:
        await begun.put(1)
        async with asyncio.TaskGroup() as tasks:
            failing = tasks.create_task(fail())
            tasks.create_task(wait_for(failing))

    task = asyncio.create_task(for_ever(stopping, "work", work))
    async with asyncio.timeout(40):
        for _ in range(2):
            await begun.get()
    stopping.set()
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
