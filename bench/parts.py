"""Measure what the measurements run on: the real parts, durable as in `descrow up`, in a directory that is thrown
away.
"""

import asyncio
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
from tests.servers import until_it_answers

from descrow.app.devstack.data_dir import DataDirectory
from descrow.app.devstack.postgres import forget_outside_home
from descrow.app.devstack.stack import ALL_PARTS, DevStackEndpoints, StackOptions, start_services
from descrow.app.migrations import migrate
from descrow.kernel.db import plain_url

START_TIMEOUT_S = 60


@asynccontextmanager
async def durable_parts() -> AsyncIterator[DevStackEndpoints]:
    """PostgreSQL with every commit on disk, Valkey, and a chain in memory that makes a block for each transaction."""
    with tempfile.TemporaryDirectory(prefix="descrow-bench-") as directory:
        data_dir = DataDirectory(Path(directory) / "descrow")
        options = StackOptions(data_dir=data_dir, parts=ALL_PARTS, chain_empty_every_s=0, chain_in_memory=True)
        try:
            async with start_services(options) as parts:
                yield parts
        finally:
            forget_outside_home(data_dir)
            data_dir.forget()


async def new_database(parts: DevStackEndpoints) -> str:
    """The URL of an empty database in its newest shape."""
    name = f"bench_{uuid4().hex}"
    connection = await asyncpg.connect(plain_url(parts.database_url))
    await connection.execute(f"CREATE DATABASE {name}")
    await connection.close()
    url = parts.database_url.rpartition("/")[0] + "/" + name
    await migrate(url)
    return url


async def slow_commits(parts: DevStackEndpoints, database_url: str, flush_ms: float) -> None:
    """Every commit in this database takes so much longer, as on a disk across a network.

    PostgreSQL's own `commit_delay` waits just before the flush; with `commit_siblings = 0`, always.
    """
    address = urlsplit(database_url)
    admin = await asyncpg.connect(plain_url(parts.database_admin_url))
    try:
        for setting, value in (("commit_delay", round(flush_ms * 1000)), ("commit_siblings", 0)):
            await admin.execute(f"ALTER DATABASE {address.path.removeprefix('/')} SET {setting} = {value}")
    finally:
        await admin.close()


@asynccontextmanager
async def api_process(
    parts: DevStackEndpoints,
    database_url: str,
    secret: str,
    *,
    port: int,
    settings: Mapping[str, str],
    workers: int = 1,
) -> AsyncIterator[int]:
    """`descrow api` at this port, with these settings besides; its process id."""
    environment = os.environ | {
        "DESCROW_DATABASE_URL": database_url,
        "DESCROW_VALKEY_URL": parts.valkey_url,
        "DESCROW_CHAIN_URL": parts.chain_url,
        "DESCROW_JWT_SECRET": secret,
        "DESCROW_PORT": str(port),
        **settings,
    }
    health = f"http://127.0.0.1:{port}/health/live"
    async with running("descrow", "api", "--workers", str(workers), environment=environment, answers_at=health) as pid:
        yield pid


@asynccontextmanager
async def running(
    module: str, *arguments: str, answers_at: str, environment: Mapping[str, str] | None = None
) -> AsyncIterator[int]:
    """A Python program from when it answers at this URL until it is let go; its process id."""
    with tempfile.TemporaryFile() as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", module, *arguments, env=environment, stdout=log, stderr=log
        )
    try:
        await until_it_answers(answers_at, within_s=START_TIMEOUT_S)
        yield process.pid
    finally:
        process.terminate()
        await process.wait()
