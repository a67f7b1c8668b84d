"""The whole stack as an operator runs it: a part dies by kill -9 in the middle of an order, and the order still ends.

One stack serves these tests; in each, one part is killed at several points of the demo's way.
"""

import os
import signal
from collections.abc import AsyncIterator

import pytest

from tests.faults.stack import RunningStack, assert_the_log_is_the_chain, finish, start_demo, until_said

MOMENTS = ("both wallets signed in", "buyer made order", "buyer paid", "seller shipped")


@pytest.fixture(scope="module")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningStack]:
    running = await RunningStack.start(tmp_path_factory.mktemp("faults"))
    yield running
    await running.stop()


@pytest.mark.parametrize("part", ["api", "worker", "chain", "postgres", "valkey"])
async def test_a_part_killed_at_every_step_does_not_keep_the_order_from_its_end(stack: RunningStack, part: str) -> None:
    demo = await start_demo(stack)
    for moment in MOMENTS:
        await until_said(demo, moment)
        await stack.kill_part(part)

    assert "both heard every step live" in await finish(demo)
    await assert_the_log_is_the_chain(stack)


async def test_after_a_kill_of_everything_the_next_start_finishes_the_order(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    root = tmp_path_factory.mktemp("everything")
    first = await RunningStack.start(root)
    demo = await start_demo(first)
    await until_said(demo, "buyer paid")
    demo.kill()
    await demo.wait()
    await first.kill_everything()

    second = await RunningStack.start(root)
    try:
        said = await finish(await start_demo(second))

        assert "going on with order" in said
        assert "both heard every step live" in said
        await assert_the_log_is_the_chain(second)
    finally:
        await second.stop()


async def test_a_step_that_the_api_has_not_heard_of_yet_is_not_taken_again(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """The demo dies after it has paid, while the worker stands still: the next one finds the order as it was."""
    stack = await RunningStack.start(tmp_path_factory.mktemp("unheard"))
    try:
        first = await start_demo(stack)
        await until_said(first, "the contract has it as number")
        worker = stack.part("worker")
        assert worker is not None
        os.kill(worker.pid, signal.SIGSTOP)
        await until_said(first, "buyer paid")
        first.kill()
        await first.wait()

        second = await start_demo(stack)
        received = await until_said(second, "an earlier run took this step")
        os.kill(worker.pid, signal.SIGCONT)

        assert "it is created" in received
        assert "buyer paid" not in (said := await finish(second))
        assert "both heard every step live" in said
        await assert_the_log_is_the_chain(stack)
    finally:
        await stack.stop()
