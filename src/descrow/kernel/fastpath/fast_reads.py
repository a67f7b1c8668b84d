"""Single statements that are sent so often that what an ORM adds to each would be most of it."""

import asyncio

import asyncpg

from descrow.kernel.db import plain_url

_LOST = (
    ConnectionError,
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    # asyncpg's own confusion: PostgreSQL's farewell has been read, and the end of the connection not yet.
    asyncpg.InternalClientError,
)


class FastReads:
    """Connections for them. A statement is all there is to a transaction here, and it leaves nothing to clean up.

    So they are kept in a list: asyncpg's pool, which must think of transactions and of what was left behind, takes a
    fifth of the whole query's time.
    """

    def __init__(self, url: str, *, pool_size: int) -> None:
        self._url = plain_url(url)
        self._turns = asyncio.Semaphore(pool_size)
        self._idle: list[asyncpg.Connection] = []

    async def fetch(self, statement: str, *arguments: object) -> list[asyncpg.Record]:
        """Sent once more on another connection when PostgreSQL had been restarted meanwhile."""
        async with self._turns:
            try:
                return await self._fetch(statement, *arguments)
            except _LOST:
                self._drop_idle()
                return await self._fetch(statement, *arguments)

    async def close(self) -> None:
        """Nobody may be reading any more."""
        self._drop_idle()

    async def _fetch(self, statement: str, *arguments: object) -> list[asyncpg.Record]:
        connection = await self._connection()
        try:
            rows = await connection.fetch(statement, *arguments)
        except BaseException:  # lost, or left in the middle of an answer: nobody shall go on from there
            connection.terminate()
            raise
        self._idle.append(connection)
        return rows

    async def _connection(self) -> asyncpg.Connection:
        while self._idle:
            if not (connection := self._idle.pop()).is_closed():
                return connection
        return await asyncpg.connect(self._url)

    def _drop_idle(self) -> None:
        while self._idle:
            self._idle.pop().terminate()
