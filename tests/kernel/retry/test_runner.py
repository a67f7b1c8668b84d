"""Check the runner of a queue on a real PostgreSQL: one process at a time, round after round, and what ends it."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable

import asyncpg
import pytest
import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from descrow.kernel import db
from descrow.kernel.db import open_engine, plain_url
from descrow.kernel.retry import runner
from descrow.kernel.retry.runner import run_rounds, side_by_side
from tests.waiting import eventually

LONG_S = 60
"""An idle pause that no test waits for."""
PATIENCE_S = 10


@pytest.fixture
async def engine(database_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[AsyncEngine]:
    monkeypatch.setattr(db, "LOCK_RETRY_S", 0.02)
    engine = open_engine(database_url, pool_size=2)
    yield engine
    await engine.dispose()


class Queue:
    """A queue in memory whose rounds a test can count, hold up and let fail."""

    def __init__(self, *left: int) -> None:
        self.left = list(left)
        self.done: list[int] = []
        self.rounds = 0
        self.is_idle = asyncio.Event()
        self.may_go_on = asyncio.Event()
        self.may_go_on.set()
        self.failure: Exception | None = None

    async def one_round(self) -> bool:
        self.rounds += 1
        await self.may_go_on.wait()
        if self.failure is not None:
            raise self.failure
        if not self.left:
            self.is_idle.set()
            return False
        self.done.append(self.left.pop(0))
        return True


async def end_lock_holders(database_url: str) -> int:
    """End the connections that hold an advisory lock, as a failing network does; return how many there were."""
    connection = await asyncpg.connect(plain_url(database_url))
    try:
        ended = await connection.fetch(
            "SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_database ON pg_database.oid = database"
            " WHERE locktype = 'advisory' AND granted AND datname = current_database()"
        )
    finally:
        await connection.close()
    return len(ended)


async def end(*tasks: asyncio.Task[None]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def failure_of(running: asyncio.Task[None]) -> BaseException:
    """Return what a runner ends by, once it has ended by itself."""
    ended, _ = await asyncio.wait([running], timeout=PATIENCE_S)
    assert ended, "it still runs"
    failure = running.exception()
    assert failure is not None
    return failure


async def test_rounds_follow_at_once_while_something_is_done(engine: AsyncEngine) -> None:
    queue = Queue(1, 2, 3)

    running = asyncio.create_task(run_rounds(engine, "queue", queue.one_round, idle_s=LONG_S))
    async with asyncio.timeout(PATIENCE_S):
        await queue.is_idle.wait()
    await end(running)

    assert (queue.done, queue.rounds) == ([1, 2, 3], 4)


async def test_an_empty_queue_is_looked_at_after_the_idle_pause(engine: AsyncEngine) -> None:
    queue = Queue()

    running = asyncio.create_task(run_rounds(engine, "queue", queue.one_round, idle_s=0.2))
    async with asyncio.timeout(PATIENCE_S):
        await queue.is_idle.wait()
    began = time.monotonic()
    queue.left.append(1)
    await eventually(lambda: queue.done == [1])
    await end(running)

    assert time.monotonic() - began >= 0.15


async def test_an_event_ends_the_idle_pause(engine: AsyncEngine) -> None:
    queue, wake_up = Queue(), asyncio.Event()

    running = asyncio.create_task(run_rounds(engine, "queue", queue.one_round, idle_s=LONG_S, wake_up=wake_up))
    async with asyncio.timeout(PATIENCE_S):
        await queue.is_idle.wait()
    queue.left.append(1)
    wake_up.set()
    await eventually(lambda: queue.rounds >= 3)
    await asyncio.sleep(0.1)
    await end(running)

    assert (queue.done, queue.rounds) == ([1], 3)  # the event wakes it once, and it rests again


async def test_an_event_during_a_round_is_not_lost(engine: AsyncEngine) -> None:
    queue, wake_up = Queue(), asyncio.Event()

    async def one_round() -> bool:
        found = await queue.one_round()
        if not found and queue.rounds == 1:  # it comes after the round has looked
            queue.left.append(1)
            wake_up.set()
        return found

    running = asyncio.create_task(run_rounds(engine, "queue", one_round, idle_s=LONG_S, wake_up=wake_up))
    await eventually(lambda: queue.done == [1])
    await end(running)


async def test_one_process_works_and_the_next_takes_over(engine: AsyncEngine) -> None:
    first, second, started = Queue(), Queue(), list[str]()

    def run(name: str, queue: Queue) -> asyncio.Task[None]:
        async def at_start() -> None:
            started.append(name)

        return asyncio.create_task(run_rounds(engine, "queue", queue.one_round, idle_s=0.01, at_start=at_start))

    holding = run("first", first)
    await eventually(lambda: first.rounds > 2)
    waiting = run("second", second)
    await asyncio.sleep(0.3)
    assert (second.rounds, started) == (0, ["first"])

    await end(holding)
    await eventually(lambda: second.rounds > 0)
    await end(waiting)
    assert started == ["first", "second"]


async def test_queues_do_not_wait_for_each_other(engine: AsyncEngine) -> None:
    slow, quick = Queue(1), Queue(1)
    slow.may_go_on.clear()

    running = [
        asyncio.create_task(run_rounds(engine, name, queue.one_round, idle_s=LONG_S))
        for name, queue in (("slow", slow), ("quick", quick))
    ]
    await eventually(lambda: slow.rounds == 1 and quick.done == [1])
    await end(*running)

    assert slow.done == []


async def test_what_a_round_raises_ends_the_runner_and_frees_the_lock(engine: AsyncEngine) -> None:
    failing, next_one = Queue(1), Queue(1)
    failing.failure = ConnectionRefusedError("the service is away")

    with pytest.raises(ConnectionRefusedError):
        async with asyncio.timeout(PATIENCE_S):
            await run_rounds(engine, "queue", failing.one_round, idle_s=LONG_S)
    running = asyncio.create_task(run_rounds(engine, "queue", next_one.one_round, idle_s=LONG_S))
    await eventually(lambda: next_one.done == [1])
    await end(running)

    assert (failing.rounds, failing.left) == (1, [1])


async def test_nothing_is_done_when_the_start_fails(engine: AsyncEngine) -> None:
    queue = Queue(1)

    async def at_start() -> None:
        raise ValueError("rows of a crash cannot be settled")

    with pytest.raises(ValueError, match="cannot be settled"):
        await run_rounds(engine, "queue", queue.one_round, idle_s=LONG_S, at_start=at_start)

    assert queue.rounds == 0


async def test_a_process_that_lost_its_lock_finishes_its_round_and_begins_no_other(
    engine: AsyncEngine, database_url: str
) -> None:
    loser, next_one = Queue(1, 2), Queue(3)
    loser.may_go_on.clear()
    losing = asyncio.create_task(run_rounds(engine, "queue", loser.one_round, idle_s=0.01))
    await eventually(lambda: loser.rounds == 1)

    assert await end_lock_holders(database_url) == 1
    taking_over = asyncio.create_task(run_rounds(engine, "queue", next_one.one_round, idle_s=LONG_S))
    await eventually(lambda: next_one.done == [3])
    loser.may_go_on.set()
    failure = await failure_of(losing)
    await end(taking_over)

    assert db.is_database_away(failure)
    assert (loser.done, loser.left) == ([1], [2])


async def test_a_lock_lost_in_the_idle_pause_ends_the_runner(engine: AsyncEngine, database_url: str) -> None:
    queue = Queue()
    running = asyncio.create_task(run_rounds(engine, "queue", queue.one_round, idle_s=0.05))
    await eventually(lambda: queue.is_idle.is_set())

    assert await end_lock_holders(database_url) == 1
    failure = await failure_of(running)

    assert db.is_database_away(failure)


async def test_rows_are_worked_on_side_by_side_and_no_more_than_allowed() -> None:
    at_work, most, done = 0, 0, list[int]()

    async def work(item: int) -> None:
        nonlocal at_work, most
        at_work += 1
        most = max(most, at_work)
        await asyncio.sleep(0.01)
        at_work -= 1
        done.append(item)

    await side_by_side(range(12), work)

    assert (sorted(done), most) == (list(range(12)), runner.AT_A_TIME)


def failing_at(item: int, failure: BaseException, done: list[int]) -> Callable[[int], Awaitable[None]]:
    async def work(worked_on: int) -> None:
        if worked_on == item:
            raise failure
        done.append(worked_on)

    return work


async def test_a_row_that_fails_is_logged_and_holds_up_no_other() -> None:
    done: list[int] = []

    with structlog.testing.capture_logs() as logged:
        await side_by_side(range(12), failing_at(0, ValueError("nonsense"), done))

    assert done == list(range(1, 12))
    assert [(line["event"], str(line["exc_info"])) for line in logged] == [("not done", "nonsense")]


async def test_an_outage_is_raised_after_the_other_rows() -> None:
    done: list[int] = []

    with pytest.raises(ConnectionResetError):
        await side_by_side(range(12), failing_at(0, ConnectionResetError(), done))

    assert done == list(range(1, 12))
