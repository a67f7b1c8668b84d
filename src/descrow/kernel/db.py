"""The database: engine, sessions, and the base of every model.

Who opens a transaction owns it: a route or a step of the worker. Services flush, they never commit.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from enum import StrEnum
from typing import ClassVar

import asyncpg
import msgspec
import structlog
from sqlalchemy import BigInteger, DateTime, Engine, Enum, LargeBinary, MetaData, event, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, InvalidatePoolError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.pool import ConnectionPoolEntry, NullPool


class Base(DeclarativeBase):
    """Python's plain types stand for PostgreSQL's wide ones: money and ids fit, times carry their zone."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar = {
        int: BigInteger(),
        bytes: LargeBinary(),
        datetime: DateTime(timezone=True),
        # Words in a text column: a new status is a code change, not an ALTER TYPE.
        StrEnum: Enum(
            StrEnum, native_enum=False, length=32, values_callable=lambda enum: [member.value for member in enum]
        ),
    }


log = structlog.get_logger(__name__)

LARGEST_ID = 2**53 - 1
"""No row is numbered higher; up to here every reader of JSON holds whole numbers exactly."""
KEEPALIVE_S = 15
RECONNECT_S = 1
LOCK_RETRY_S = 1
TRUSTED_S = 1
"""So long after its last use a connection is still taken to work, unless it is known to be closed."""
_USED_AT = "descrow_used_at"
Sessions = async_sessionmaker[AsyncSession]

_AWAY = (
    OSError,
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    PoolTimeout,
)


def async_url(url: str) -> str:
    """The address as SQLAlchemy's asyncpg dialect wants it, from the plain form that operators write."""
    return url.replace("postgresql://", "postgresql+asyncpg://", 1)


def plain_url(url: str) -> str:
    """The address as asyncpg itself wants it."""
    return url.replace("postgresql+asyncpg://", "postgresql://", 1)


def open_engine(url: str, *, pool_size: int) -> AsyncEngine:
    """Connections are checked before use, so that a restarted PostgreSQL costs a retry and not an error."""
    engine = create_async_engine(
        async_url(url),
        pool_size=pool_size,
        max_overflow=0,
        hide_parameters=True,  # an address or a telephone number has no place in a log
        json_serializer=lambda value: msgspec.json.encode(value).decode(),
        json_deserializer=msgspec.json.decode,
    )
    _check_before_use(engine.sync_engine)
    return engine


def _check_before_use(engine: Engine) -> None:
    """Connections that PostgreSQL has closed are dropped; those that nobody has used for a while are asked first.

    `pool_pre_ping` would ask each time, and its question is three (BEGIN, an empty one, ROLLBACK): as dear as what most
    sessions are opened for.
    """

    @event.listens_for(engine, "checkin")
    def note_use(_connection: object, record: ConnectionPoolEntry) -> None:
        record.info[_USED_AT] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def check(connection: DBAPIConnection, record: ConnectionPoolEntry, _fairy: object) -> None:
        used_at = record.info.get(_USED_AT)
        if used_at is None:  # it is new
            return
        if record.driver_connection is None or record.driver_connection.is_closed():
            raise InvalidatePoolError
        if time.monotonic() - used_at < TRUSTED_S:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError from error


@asynccontextmanager
async def one_read(sessions: Sessions) -> AsyncIterator[AsyncSession]:
    """A session for a single SELECT, without a BEGIN before it and a ROLLBACK behind."""
    async with sessions() as session:
        await session.connection(execution_options={"isolation_level": "AUTOCOMMIT"})
        yield session


def sessions_of(engine: AsyncEngine) -> Sessions:
    return async_sessionmaker(engine, expire_on_commit=False)


@asynccontextmanager
async def advisory_lock(engine: AsyncEngine, name: str) -> AsyncIterator[AsyncConnection]:
    """Hold the lock called `name`, asking for it now and then, on a connection of its own beside the engine's pool.

    It is not waited for inside PostgreSQL: a statement that waits for days would keep a snapshot for as long, and dead
    rows with it.

    PostgreSQL frees it when that connection ends, however the process died. The holder should touch the connection now
    and then (`still_held`): one that lost it must stop.
    """
    own = create_async_engine(engine.url, poolclass=NullPool)
    async with own.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        attempt = text("SELECT pg_try_advisory_lock(hashtextextended(:name, 0))")
        while not await connection.scalar(attempt, {"name": name}):
            await asyncio.sleep(LOCK_RETRY_S)
        try:
            yield connection
        finally:
            if not connection.invalidated:
                await connection.invalidate()  # closing the session frees the lock even after a cancelled statement


async def lock_until_commit(session: AsyncSession, name: str) -> None:
    """Hold the lock called `name`, waiting for it, until the session's transaction ends."""
    await session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": name})


async def still_held(connection: AsyncConnection) -> None:
    """Raise the driver's error when the connection that carries the lock is gone."""
    await connection.execute(text("SELECT 1"))


async def listen(
    database_url: str, channel: str, received: Callable[[str], None], *, began: Callable[[], None] = lambda: None
) -> None:
    """Call `heard` with each notice on `channel`, until the connection is lost, which raises ConnectionError.

    `began` is called once listening has begun: what was announced before then must be looked up.
    """
    connection = await asyncpg.connect(plain_url(database_url))
    ended = asyncio.Event()
    connection.add_termination_listener(lambda _: ended.set())
    try:
        await connection.add_listener(channel, lambda _connection, _pid, _channel, payload: received(str(payload)))
        began()
        while not ended.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(KEEPALIVE_S):
                    await ended.wait()
                    break
            await connection.fetchval("SELECT 1", timeout=KEEPALIVE_S)  # a silent line may be a dead one
    finally:
        connection.terminate()
    raise ConnectionError(f"no longer listening to {channel}: the database closed the connection")


async def keep_listening(
    database_url: str,
    channel: str,
    received: Callable[[str], None],
    *,
    began: Callable[[], None],
    lost: Callable[[], None] = lambda: None,
) -> None:
    """The same for ever: a connection that is lost is opened again. `lost` is called whenever nothing is heard."""
    while True:
        try:
            await listen(database_url, channel, received, began=began)
        except Exception as error:  # whatever ended it, listening must begin again
            log.warning("listening connection lost", channel=channel, error=str(error))
        finally:
            lost()
        await asyncio.sleep(RECONNECT_S)


def is_database_away(error: BaseException) -> bool:
    """Return whether the database could not be reached or went away, which passes, rather than refused what was
    asked.
    """
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or (error.orig is not None and is_database_away(error.orig))
    return isinstance(error, _AWAY) or (error.__cause__ is not None and is_database_away(error.__cause__))


def is_text_not_storable(error: BaseException) -> bool:
    """Return whether a text was sent that PostgreSQL cannot hold, such as one with a NUL in it."""
    cause = error.orig.__cause__ if isinstance(error, DBAPIError) and error.orig is not None else None
    return isinstance(cause, asyncpg.CharacterNotInRepertoireError)


def utc_now() -> datetime:
    return datetime.now(UTC)
