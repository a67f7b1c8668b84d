"""A real PostgreSQL that is killed, interrupted and put in awkward places."""

import asyncio
import os
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest

from descrow.app.devstack import postgres as postgres_part
from descrow.app.devstack.data_dir import DataDirectory
from descrow.app.devstack.errors import PartUnusable
from descrow.app.devstack.ports import Ports
from descrow.app.devstack.postgres import Postgres, forget_outside_home, outside_home
from tests.waiting import eventually

from .conftest import StartStranger


@asynccontextmanager
async def a_postgres(data_dir: DataDirectory, *, durable: bool = False) -> AsyncIterator[Postgres]:
    postgres = Postgres(data_dir, Ports(data_dir.root / "ports.json"), durable=durable)
    await postgres.start()
    try:
        yield postgres
    finally:
        await postgres.stop()


async def execute(url: str, sql: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(sql)
    await connection.close()


def mode_of(path: Path) -> int:
    return path.stat().st_mode & 0o777


async def numbers_in(url: str) -> list[int]:
    connection = await asyncpg.connect(url)
    rows = await connection.fetch("SELECT n FROM numbers ORDER BY n")
    await connection.close()
    return [row["n"] for row in rows]


async def test_what_was_committed_is_there_after_postgres_was_killed(data_dir: DataDirectory) -> None:
    async with a_postgres(data_dir, durable=True) as postgres:
        await execute(postgres.url, "CREATE TABLE numbers (n int); INSERT INTO numbers VALUES (1)")
        busy = await asyncpg.connect(postgres.url)  # a backend that must not keep the next server from starting
        process = postgres.process
        assert process is not None
        assert process.pid is not None

        os.kill(process.pid, signal.SIGKILL)
        await eventually(lambda: process.restarts == 1, within_s=5)
        async with asyncio.timeout(10):
            await process.wait_ready()

        assert await numbers_in(postgres.url) == [1]
        busy.terminate()


async def test_an_initdb_that_was_killed_half_way_is_done_again(data_dir: DataDirectory) -> None:
    half_done = data_dir.postgres / "data.new"
    half_done.mkdir(parents=True)
    (half_done / "PG_VERSION").write_text("18\n")

    async with a_postgres(data_dir) as postgres:
        await postgres.check()

    assert not half_done.exists()


async def test_a_lock_file_with_the_pid_of_another_process_does_not_stop_the_start(
    data_dir: DataDirectory, start_stranger: StartStranger
) -> None:
    async with a_postgres(data_dir) as postgres:
        await execute(postgres.url, "CREATE TABLE numbers (n int); INSERT INTO numbers VALUES (1)")
        lock_file = data_dir.postgres / "data" / "postmaster.pid"
        lines = lock_file.read_text().splitlines()
    stranger = start_stranger("import time; time.sleep(60)")
    lock_file.write_text("\n".join([str(stranger.pid), *lines[1:]]) + "\n")

    async with a_postgres(data_dir) as postgres:
        assert await numbers_in(postgres.url) == [1]

    assert stranger.poll() is None


async def test_a_wrong_password_is_refused_and_not_tried_again(data_dir: DataDirectory) -> None:
    async with a_postgres(data_dir) as postgres:
        password = data_dir.secret("postgres")

        with pytest.raises(PartUnusable, match="password"):
            await postgres_part.check(postgres.url.replace(password, "wrong"))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has PostgreSQL run as another user")
async def test_a_directory_closed_to_others_has_its_cluster_elsewhere_and_stays_closed() -> None:
    closed = Path(tempfile.mkdtemp(prefix="descrow-"))
    data_dir = DataDirectory(closed / "data")
    data_dir.create()
    try:
        async with a_postgres(data_dir) as postgres:
            await execute(postgres.url, "CREATE TABLE numbers (n int); INSERT INTO numbers VALUES (1)")
        async with a_postgres(data_dir) as postgres:
            assert await numbers_in(postgres.url) == [1]

        assert outside_home(data_dir) is not None
        assert mode_of(closed) == 0o700
    finally:
        forget_outside_home(data_dir)
        shutil.rmtree(closed)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has PostgreSQL run as another user")
async def test_a_directory_that_was_deleted_by_hand_and_made_again_begins_anew() -> None:
    closed = Path(tempfile.mkdtemp(prefix="descrow-"))
    data_dir = DataDirectory(closed / "data")
    clusters = []
    try:
        for _ in range(2):
            data_dir.create()
            async with a_postgres(data_dir) as postgres:
                await execute(postgres.url, "CREATE TABLE numbers (n int)")
            clusters.append(outside_home(data_dir))
            shutil.rmtree(data_dir.root)

        assert None not in clusters
        assert len(set(clusters)) == 2
    finally:
        for cluster in filter(None, clusters):
            shutil.rmtree(cluster)
        shutil.rmtree(closed)


def test_a_location_that_we_did_not_choose_is_not_deleted(data_dir: DataDirectory, tmp_path: Path) -> None:
    data_dir.postgres.mkdir()
    (data_dir.postgres / "location").write_text(str(tmp_path))

    forget_outside_home(data_dir)

    assert tmp_path.is_dir()
