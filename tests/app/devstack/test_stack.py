"""The whole stack: killed, started twice, stopped by signals, and with parts that are not ours."""

import asyncio
import signal
import sys
import time
from pathlib import Path

import asyncpg
import pytest
import valkey.asyncio

from descrow.app.devstack.data_dir import DataDirectory
from descrow.app.devstack.errors import StartInterrupted, StepFailed, UnknownStep
from descrow.app.devstack.identity import birth_of, processes_working_in
from descrow.app.devstack.run_files import running_processes
from descrow.app.devstack.stack import DevStackEndpoints, Launch, Stack, StackOptions, parts_for_tests
from tests.waiting import eventually

from .conftest import StartSupervisor

NO_PARTS: frozenset[str] = frozenset()
SERVES = "import socket, sys; server = socket.create_server(('127.0.0.1', int(sys.argv[1]))); server.accept()"


async def test_killing_the_stack_leaves_no_process_and_the_next_start_finds_its_data(
    data_dir: DataDirectory, start_supervisor: StartSupervisor
) -> None:
    killed = start_supervisor("postgres", "valkey")
    up = killed.says()
    database = await asyncpg.connect(up["database_url"])
    await database.execute("CREATE TABLE numbers (n int); INSERT INTO numbers VALUES (7)")
    async with valkey.asyncio.Valkey.from_url(up["valkey_url"]) as cache:
        await cache.set("colour", "green")
    pids = [running.pid for running in running_processes(data_dir)]
    assert len(pids) == 2

    killed.send(signal.SIGKILL)
    await eventually(lambda: not any(map(birth_of, pids)), within_s=2)
    assert not list(processes_working_in(data_dir.postgres / "data"))
    database.terminate()

    again = start_supervisor("postgres", "valkey").says()
    assert again["database_url"] == up["database_url"]  # the same port, too
    database = await asyncpg.connect(again["database_url"])
    assert await database.fetchval("SELECT n FROM numbers") == 7
    await database.close()
    async with valkey.asyncio.Valkey.from_url(again["valkey_url"]) as cache:
        assert await cache.get("colour") == b"green"


def test_a_second_stack_in_one_directory_is_refused(data_dir: DataDirectory, start_supervisor: StartSupervisor) -> None:
    first = start_supervisor("valkey")
    assert first.says()["event"] == "up"

    second = start_supervisor("valkey").says()

    assert second["code"] == "stack_already_running"
    assert f"pid {first.process.pid}" in second["message"]
    assert len(running_processes(data_dir)) == 1


def test_ctrl_c_stops_everything(data_dir: DataDirectory, start_supervisor: StartSupervisor) -> None:
    supervisor = start_supervisor("valkey")
    assert supervisor.says()["event"] == "up"
    pids = [running.pid for running in running_processes(data_dir)]

    supervisor.send(signal.SIGINT)

    assert supervisor.process.wait(timeout=5) == 0
    assert not any(map(birth_of, pids))
    assert not list(data_dir.run.iterdir())


def test_a_second_ctrl_c_does_not_wait_for_those_who_do_not_listen(
    data_dir: DataDirectory, start_supervisor: StartSupervisor
) -> None:
    supervisor = start_supervisor("valkey", "stubborn")
    assert supervisor.says()["event"] == "up"

    supervisor.send(signal.SIGINT)
    assert supervisor.says()["event"] == "stopping"
    began = time.monotonic()
    supervisor.send(signal.SIGINT)

    supervisor.process.wait(timeout=5)
    assert time.monotonic() - began < 2  # the stubborn one would have got five seconds
    assert not running_processes(data_dir)


async def test_parts_given_by_url_are_checked_and_not_started(data_dir: DataDirectory, tmp_path: Path) -> None:
    parts = frozenset({"postgres", "valkey"})
    async with parts_for_tests(tmp_path, parts=parts) as theirs:
        given = {"DESCROW_DATABASE_URL": theirs.database_url, "DESCROW_VALKEY_URL": theirs.valkey_url}
        options = StackOptions.from_environment(given, data_dir=data_dir, parts=parts)
        async with Stack(options) as stack:
            ours = await stack.start()

            assert (ours.database_url, ours.valkey_url) == (theirs.database_url, theirs.valkey_url)
            assert not running_processes(data_dir)

    async with Stack(options) as stack:  # theirs have gone
        with pytest.raises(StepFailed):
            await stack.start()


async def test_steps_and_processes_run_in_order_and_stop_in_reverse(data_dir: DataDirectory) -> None:
    order: list[str] = []

    async def migrate(_parts: DevStackEndpoints) -> str:
        order.append("migrate")
        return "3 migrations"

    def launch(_parts: DevStackEndpoints, port: int) -> Launch:
        order.append("api")
        return Launch(argv=[sys.executable, "-c", SERVES, str(port)])

    async def ready(_port: int) -> None:
        await asyncio.sleep(0)

    async def greet(_parts: DevStackEndpoints) -> None:
        order.append("greet")

    async with Stack(StackOptions(data_dir=data_dir, parts=NO_PARTS)) as stack:
        stack.add_step("greet", greet, after=["api"])
        stack.add_process("api", launch, preferred_port=18080, ready=ready, after=["migrate"])
        stack.add_step("migrate", migrate)
        await stack.start()
        [api] = running_processes(data_dir)

        assert order == ["migrate", "api", "greet"]
        assert set(stack.seconds) == set(order)

    assert birth_of(api.pid) is None


async def test_a_failing_step_is_named_and_what_had_started_is_stopped(data_dir: DataDirectory) -> None:
    async def fail(_parts: DevStackEndpoints) -> None:
        raise ValueError("no such migration")

    async def ready(_port: int) -> None:
        await asyncio.sleep(0)

    def launch(_parts: DevStackEndpoints, port: int) -> Launch:
        return Launch(argv=[sys.executable, "-c", SERVES, str(port)])

    async with Stack(StackOptions(data_dir=data_dir, parts=NO_PARTS)) as stack:
        stack.add_process("api", launch, preferred_port=18080, ready=ready)
        stack.add_step("migrate", fail, after=["api"])
        with pytest.raises(StepFailed, match=r"'migrate'.*no such migration"):
            await stack.start()

    assert not list(data_dir.run.iterdir())


async def test_a_start_can_be_interrupted(data_dir: DataDirectory) -> None:
    async def last_for_ever(_parts: DevStackEndpoints) -> None:
        stack.ask_to_stop()
        await asyncio.Event().wait()

    async with Stack(StackOptions(data_dir=data_dir, parts=NO_PARTS)) as stack:
        stack.add_step("migrate", last_for_ever)
        with pytest.raises(StartInterrupted):
            await stack.start()


async def test_a_step_cannot_wait_for_one_that_does_not_exist(data_dir: DataDirectory) -> None:
    async def migrate(_parts: DevStackEndpoints) -> None:
        raise AssertionError

    async with Stack(StackOptions(data_dir=data_dir, parts=NO_PARTS)) as stack:
        stack.add_step("migrate", migrate, after=["postgres"])
        with pytest.raises(UnknownStep, match="postgres"):
            await stack.start()


async def test_a_fresh_start_forgets_the_data_and_follows_no_link(data_dir: DataDirectory, tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("data of somebody else")
    data_dir.valkey.rmdir()
    data_dir.valkey.symlink_to(tmp_path)
    (data_dir.chain / "chain.sqlite").write_text("blocks")
    (data_dir.root / "notes").mkdir()

    async with Stack(StackOptions(data_dir=data_dir, parts=NO_PARTS, fresh=True)):
        assert not (data_dir.chain / "chain.sqlite").exists()
        assert not data_dir.valkey.is_symlink()

    assert (tmp_path / "precious").exists()
    assert (data_dir.root / "notes").exists()


def test_a_secret_is_made_once_and_kept_from_others(data_dir: DataDirectory) -> None:
    secret = data_dir.secret("valkey")

    assert data_dir.secret("valkey") == secret
    assert (data_dir.secrets / "valkey").stat().st_mode & 0o777 == 0o600
