"""Children that die, that do not listen, and that others left behind."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from descrow.app.devstack.data_dir import DataDirectory
from descrow.app.devstack.errors import CommandFailed, PartUnhealthy, ProcessEndedBeforeReady, ProcessNotReadyInTime
from descrow.app.devstack.identity import MARKER, birth_of
from descrow.app.devstack.process import LOG_LIMIT_BYTES, Backoff, Command, SupervisedProcess, run_to_end
from descrow.app.devstack.run_files import RunFile, end_leftovers, running_processes
from tests.waiting import eventually

from .conftest import StartStranger

QUICK = Backoff(first_s=0.05)
SLEEPS = "import time; time.sleep(60)"
HAS_A_CHILD = (
    f"import subprocess, sys; print(subprocess.Popen([sys.executable, '-c', '{SLEEPS}']).pid, flush=True); {SLEEPS}"
)
IGNORES_SIGTERM = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); {SLEEPS}"


async def always() -> None:
    """Ready at once."""


async def never() -> None:
    raise PartUnhealthy("the child", "not yet")


def a_command(code: str = SLEEPS, *, stop_timeout_s: float = 5.0) -> Command:
    return Command(name="child", argv=(sys.executable, "-c", code), stop_timeout_s=stop_timeout_s)


def a_process(
    data_dir: DataDirectory,
    code: str = SLEEPS,
    *,
    stop_timeout_s: float = 5.0,
    on_line: Callable[[str], None] | None = None,
) -> SupervisedProcess:
    command = a_command(code, stop_timeout_s=stop_timeout_s)
    return SupervisedProcess(command, data_dir, ready=always, on_line=on_line, backoff=QUICK)


async def first_line_of(lines: list[str]) -> str:
    await eventually(lambda: bool(lines), within_s=5)
    return lines[0]


async def test_a_process_that_was_killed_runs_again(data_dir: DataDirectory) -> None:
    process = a_process(data_dir)
    await process.start()
    killed = process.pid
    assert killed is not None

    os.kill(killed, signal.SIGKILL)
    await eventually(lambda: process.restarts == 1, within_s=5)
    async with asyncio.timeout(5):
        await process.wait_ready()

    assert process.pid not in (None, killed)
    assert [running.pid for running in running_processes(data_dir)] == [process.pid]
    await process.stop()


async def test_the_group_of_a_process_that_died_is_ended(data_dir: DataDirectory) -> None:
    lines: list[str] = []
    process = a_process(data_dir, HAS_A_CHILD, on_line=lines.append)
    await process.start()
    grandchild = int(await first_line_of(lines))
    assert process.pid is not None
    assert birth_of(grandchild)

    os.kill(process.pid, signal.SIGKILL)

    await eventually(lambda: birth_of(grandchild) is None, within_s=2)
    await process.stop()


async def test_a_process_that_ignores_the_polite_signal_is_killed(data_dir: DataDirectory) -> None:
    lines: list[str] = []
    process = a_process(data_dir, IGNORES_SIGTERM, stop_timeout_s=0.2, on_line=lines.append)
    await process.start()
    await first_line_of(lines)
    pid = process.pid
    assert pid is not None

    async with asyncio.timeout(2):
        await process.stop()

    assert birth_of(pid) is None
    assert not list(data_dir.run.iterdir())


async def test_a_process_that_ends_before_it_is_ready_says_why(data_dir: DataDirectory) -> None:
    command = a_command("raise SystemExit('no such thing')")
    process = SupervisedProcess(command, data_dir, ready=never)

    with pytest.raises(ProcessEndedBeforeReady, match="no such thing"):
        await process.start()

    assert process.pid is None
    assert not list(data_dir.run.iterdir())


async def test_a_process_that_is_not_ready_in_time_is_ended(data_dir: DataDirectory) -> None:
    process = SupervisedProcess(a_command(), data_dir, ready=never, ready_timeout_s=0.1)

    with pytest.raises(ProcessNotReadyInTime, match="not yet"):
        await process.start()

    assert process.pid is None


async def test_a_command_that_fails_says_why(data_dir: DataDirectory) -> None:
    with pytest.raises(CommandFailed, match="no such thing"):
        await run_to_end(a_command("raise SystemExit('no such thing')"), data_dir)


async def test_a_large_log_is_put_aside_at_the_start(data_dir: DataDirectory) -> None:
    (data_dir.logs / "child.log").write_bytes(b"x" * (LOG_LIMIT_BYTES + 1))

    await run_to_end(a_command("print('new')"), data_dir)

    assert (data_dir.logs / "child.log").read_text() == "new\n"
    assert (data_dir.logs / "child.log.1").stat().st_size == LOG_LIMIT_BYTES + 1


def a_run_file(pid: int, birth: str) -> RunFile:
    return RunFile(
        name="child",
        pid=pid,
        birth=birth,
        started_at=datetime.now(UTC),
        port=None,
        command="python",
        stop_signal=signal.SIGTERM,
    )


async def test_a_process_left_behind_is_ended(data_dir: DataDirectory, start_stranger: StartStranger) -> None:
    left_behind = start_stranger(SLEEPS)
    birth = birth_of(left_behind.pid)
    assert birth is not None
    a_run_file(left_behind.pid, birth).write(data_dir)

    await end_leftovers(data_dir)

    assert left_behind.wait(timeout=5) == -signal.SIGTERM
    assert not list(data_dir.run.iterdir())


async def test_the_children_of_a_dead_process_are_ended_when_they_are_marked(
    data_dir: DataDirectory, start_stranger: StartStranger
) -> None:
    leader = start_stranger(HAS_A_CHILD, **{MARKER: str(data_dir.root)})
    assert leader.stdout is not None
    orphan = int(leader.stdout.readline())
    birth = birth_of(leader.pid)
    assert birth is not None
    a_run_file(leader.pid, birth).write(data_dir)
    leader.kill()
    leader.wait(timeout=5)
    assert birth_of(orphan)

    await end_leftovers(data_dir)

    await eventually(lambda: birth_of(orphan) is None, within_s=2)


async def test_another_process_with_the_pid_of_ours_is_left_alone(
    data_dir: DataDirectory, start_stranger: StartStranger
) -> None:
    stranger = start_stranger(SLEEPS)
    a_run_file(stranger.pid, "born at another time").write(data_dir)

    await end_leftovers(data_dir)

    assert stranger.poll() is None


async def test_a_process_that_became_slow_to_start_is_given_longer_each_time(data_dir: DataDirectory) -> None:
    loop, starts_at = asyncio.get_running_loop(), list[float]()

    async def note_start() -> None:
        starts_at.append(loop.time())

    async def ready_soon_the_first_time_only() -> None:
        if len(starts_at) > 1 and loop.time() - starts_at[-1] < 0.7:
            raise PartUnhealthy("the child", "not yet")

    process = SupervisedProcess(
        a_command(), data_dir, ready=ready_soon_the_first_time_only, ready_timeout_s=0.2, before_spawn=note_start,
        backoff=QUICK,
    )  # fmt: skip
    await process.start()
    killed = process.pid
    assert killed is not None
    os.kill(killed, signal.SIGKILL)

    await eventually(lambda: process.restarts > 0, within_s=5)
    await asyncio.wait_for(process.wait_ready(), 15)
    await process.stop()

    assert len(starts_at) > 2  # ended while it was slow, then waited for
