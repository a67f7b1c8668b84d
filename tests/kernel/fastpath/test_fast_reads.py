"""Single reads on connections of their own: a PostgreSQL that was restarted costs nobody an error."""

import asyncio

import asyncpg
import pytest

from descrow.kernel.db import plain_url
from descrow.kernel.fastpath.fast_reads import FastReads
from tests.waiting import eventually

END_ALL_OTHERS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()"
)
IS_READING = "SELECT true FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(0.5)%' AND state = 'active'"


async def test_a_read_finds_another_connection_when_all_there_were_are_gone(database_url: str) -> None:
    reads = FastReads(database_url, pool_size=3)
    await asyncio.gather(*(reads.fetch("SELECT pg_sleep(0.05)") for _ in range(3)))

    other = await asyncpg.connect(plain_url(database_url))
    await other.execute(END_ALL_OTHERS)
    await other.close()

    assert [row[0] for row in await reads.fetch("SELECT $1::int + 1", 6)] == [7]
    await reads.close()


async def test_a_read_whose_connection_is_lost_under_it_is_sent_once_more(database_url: str) -> None:
    reads = FastReads(database_url, pool_size=1)
    reading = asyncio.create_task(reads.fetch("SELECT pg_sleep(0.5), 7 AS answer"))
    other = await asyncpg.connect(plain_url(database_url))
    await eventually(lambda: other.fetchval(IS_READING), within_s=5)

    await other.execute(END_ALL_OTHERS)
    await other.close()

    assert [row["answer"] for row in await reading] == [7]
    await reads.close()


async def test_a_read_that_is_given_up_half_way_spoils_nobodys_next_one(database_url: str) -> None:
    reads = FastReads(database_url, pool_size=1)
    abandoned = asyncio.create_task(reads.fetch("SELECT pg_sleep(5)"))
    await asyncio.sleep(0.2)
    abandoned.cancel()
    await asyncio.gather(abandoned, return_exceptions=True)

    assert [row[0] for row in await reads.fetch("SELECT 7")] == [7]
    await reads.close()


async def test_no_more_read_at_once_than_there_are_connections(database_url: str) -> None:
    reads = FastReads(database_url, pool_size=2)
    counting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"

    await asyncio.gather(*(reads.fetch("SELECT pg_sleep(0.01)") for _ in range(20)))

    other = await asyncpg.connect(plain_url(database_url))
    assert await other.fetchval(counting) <= 2
    await other.close()
    await reads.close()


async def test_a_statement_that_is_refused_is_not_sent_again(database_url: str) -> None:
    reads = FastReads(database_url, pool_size=1)

    with pytest.raises(asyncpg.DivisionByZeroError):
        await reads.fetch("SELECT 1 / 0")

    assert [row[0] for row in await reads.fetch("SELECT 7")] == [7]
    await reads.close()
