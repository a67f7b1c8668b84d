"""Single reads on connections of their own: a PostgreSQL that was restarted costs nobody an error."""

import asyncio

import asyncpg

from descrow.db import Reads, plain_url

END_ALL_OTHERS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()"
)
IS_READING = "SELECT true FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(0.5)%' AND state = 'active'"


async def test_a_read_finds_another_connection_when_all_there_were_are_gone(database_url: str) -> None:
    reads = Reads(database_url, pool_size=3)
    await asyncio.gather(*(reads.fetch("SELECT pg_sleep(0.05)") for _ in range(3)))

    other = await asyncpg.connect(plain_url(database_url))
    await other.execute(END_ALL_OTHERS)
    await other.close()

    assert [row[0] for row in await reads.fetch("SELECT $1::int + 1", 6)] == [7]
    await reads.close()


async def test_a_read_whose_connection_is_lost_under_it_is_sent_once_more(database_url: str) -> None:
    reads = Reads(database_url, pool_size=1)
    reading = asyncio.create_task(reads.fetch("SELECT pg_sleep(0.5), 7 AS answer"))
    other = await asyncpg.connect(plain_url(database_url))
    async with asyncio.timeout(5):
        while not await other.fetchval(IS_READING):
            await asyncio.sleep(0.02)

    await other.execute(END_ALL_OTHERS)
    await other.close()

    assert [row["answer"] for row in await reading] == [7]
    await reads.close()
