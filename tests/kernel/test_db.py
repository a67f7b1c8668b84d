"""Connections to PostgreSQL: what the app finds when it comes back to one that it has used before."""

import asyncio

import asyncpg
import pytest
from sqlalchemy import text

from descrow.kernel import db
from descrow.kernel.db import Sessions, one_read, plain_url


async def pids(sessions: Sessions, count: int) -> set[int]:
    """The server's processes behind this many sessions at once."""

    async def pid(barrier: asyncio.Barrier) -> int:
        async with sessions() as session:
            found = await session.scalar(text("SELECT pg_backend_pid()"))
            await barrier.wait()
            return int(found or 0)

    barrier = asyncio.Barrier(count)
    return set(await asyncio.gather(*(pid(barrier) for _ in range(count))))


async def end_them(database_url: str) -> None:
    """As a restart of PostgreSQL does it, for all connections to this database but our own."""
    connection = await asyncpg.connect(plain_url(database_url))
    try:
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND usename = current_user"
        )
    finally:
        await connection.close()


async def test_connections_are_used_again(sessions: Sessions) -> None:
    assert await pids(sessions, 3) == await pids(sessions, 3)


async def test_connections_that_postgresql_has_closed_are_replaced_without_an_error(
    sessions: Sessions, database_url: str
) -> None:
    before = await pids(sessions, 3)
    await end_them(database_url)
    await asyncio.sleep(0.1)

    assert not before & await pids(sessions, 3)


async def test_connections_that_died_without_a_sound_are_replaced_without_an_error(
    sessions: Sessions, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = await pids(sessions, 3)
    await end_them(database_url)
    await asyncio.sleep(0.1)
    monkeypatch.setattr(asyncpg.Connection, "is_closed", lambda _: False)
    monkeypatch.setattr(db, "TRUSTED_S", 0)

    assert not before & await pids(sessions, 3)


async def test_a_single_read_leaves_the_next_user_of_its_connection_a_transaction(sessions: Sessions) -> None:
    async with one_read(sessions) as session:
        read_on = await session.scalar(text("SELECT pg_backend_pid()"))
    async with sessions() as session:
        assert await session.scalar(text("SELECT pg_backend_pid()")) == read_on
        await session.execute(text("CREATE TABLE gone_again (number int)"))
    async with one_read(sessions) as session:
        assert await session.scalar(text("SELECT to_regclass('gone_again')")) is None
