"""Measure what each shortcut of `descrow.kernel.fastpath` gains: `uv run python -m bench.fastpath`.

The application runs in this process on real PostgreSQL and Valkey, signed in and rate limited as always, and is called
without a network. For each shortcut one request is answered with it and without it, in turns, in the same run. A line
shows the time that a request takes (this process's CPU, and the clock, which counts PostgreSQL too), and the part of it
that the shortcut saves. `insert_rows` is held against SQLAlchemy's own bulk insert.
"""

import argparse
import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from statistics import median
from typing import Any
from unittest import mock

import asyncpg
from asgi_lifespan import LifespanManager
from litestar import Response
from litestar.types import ASGIApp
from sqlalchemy import delete, insert
from sqlalchemy.ext.asyncio import AsyncEngine

from bench.http import party_with_orders, settings_for
from bench.parts import durable_parts, new_database
from descrow.accounts.tokens import issue_token
from descrow.app import api
from descrow.app.settings import Settings
from descrow.feed.models import FeedEntry
from descrow.kernel.db import open_engine, plain_url, sessions_of, utc_now
from descrow.kernel.fastpath.bulk_insert import insert_rows
from descrow.kernel.fastpath.fast_reads import FastReads
from descrow.kernel.fastpath.response_cache import ResponseCache
from descrow.kernel.logs import configure_logs
from descrow.orders import listing
from descrow.orders.transitions import Party

ORDERS, PRODUCT = "/api/v1/orders", "/api/v1/products/1"
ROWS = 1_000

Patches = Callable[[], Any]


@dataclass(frozen=True)
class Shortcut:
    name: str
    path: str
    without: Patches
    """A context manager in which the shortcut is off; an application that is built in it never has the shortcut."""


@contextmanager
def encoding_every_order() -> Iterator[None]:
    def listed(row: Any, role: Party) -> listing.ListedOrder:
        return listing._encoded(row, role)

    with mock.patch.object(listing, "_listed", listed):
        yield


@contextmanager
def asking_every_time() -> Iterator[None]:
    kept = ResponseCache.get

    async def get(self: ResponseCache, key: Any, make: Callable[[], Awaitable[Any]]) -> Any:
        self._kept.clear()
        return await kept(self, key, make)

    with mock.patch.object(ResponseCache, "get", get):
        yield


def reading_by(fetch: Callable[..., Awaitable[Any]]) -> Patches:
    async def by_another_way(_: FastReads, statement: str, *arguments: object) -> Any:
        return await fetch(statement, *arguments)

    return lambda: mock.patch.object(FastReads, "fetch", by_another_way)


def shortcuts(engine: AsyncEngine, pool: asyncpg.Pool) -> list[Shortcut]:
    """Return what is measured: every shortcut, with the busiest route that it serves."""

    async def by_sqlalchemy(statement: str, *arguments: object) -> Any:
        async with engine.connect() as connection:
            return (await connection.exec_driver_sql(statement, arguments)).mappings().all()

    return [
        Shortcut(
            "dependencies: in sequence", ORDERS, lambda: mock.patch.object(api, "resolve_dependencies_in_sequence")
        ),
        Shortcut("responses: JSON alone", ORDERS, lambda: mock.patch.object(api, "JsonResponse", Response)),
        Shortcut("fast_reads: not SQLAlchemy", ORDERS, reading_by(by_sqlalchemy)),
        Shortcut("fast_reads: not asyncpg's pool", ORDERS, reading_by(pool.fetch)),
        Shortcut("listing: encoded orders kept", ORDERS, encoding_every_order),
        Shortcut("response_cache: one product", PRODUCT, asking_every_time),
    ]


@asynccontextmanager
async def application(settings: Settings) -> AsyncIterator[ASGIApp]:
    app = api.build_app(settings)
    async with LifespanManager(app):  # type: ignore[arg-type]
        yield app


async def answer(app: ASGIApp, path: str, token: str) -> int:
    """Return the length of the answer's body, which must be a 200."""
    statuses, length = [], 0
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [(b"host", b"127.0.0.1"), (b"authorization", f"Bearer {token}".encode())],
        "client": ("127.0.0.1", 40_000),
        "server": ("127.0.0.1", 8080),
        "extensions": {},
        "state": {},
    }

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        nonlocal length
        if message["type"] == "http.response.start":
            statuses.append(message["status"])
        else:
            length += len(message.get("body", b""))

    await app(scope, receive, send)  # type: ignore[arg-type]
    if statuses != [200]:
        raise SystemExit(f"{path} was answered {statuses}")
    return length


async def times_us(app: ASGIApp, path: str, token: str, requests: int) -> tuple[float, float]:
    """Return the CPU time and the clock's time of a request, in microseconds."""
    cpu, clock = time.process_time(), time.perf_counter()
    for _ in range(requests):
        await answer(app, path, token)
    return 1e6 * (time.process_time() - cpu) / requests, 1e6 * (time.perf_counter() - clock) / requests


def table_row(name: str, with_it: list[tuple[float, float]], without: list[tuple[float, float]]) -> str:
    """Return a line: both times in microseconds, and what part of each is saved, median of the rounds."""
    columns = []
    for index in (0, 1):
        pairs = [(one[index], other[index]) for one, other in zip(with_it, without, strict=True)]
        saved = median(1 - one / other for one, other in pairs)
        columns.append(f"{median(a for a, _ in pairs):9,.0f} {median(b for _, b in pairs):9,.0f} {saved:6.0%}")
    return f"{name:34}{columns[0]}   {columns[1]}"


async def measure(requests: int, rounds: int, say: Callable[[str], None]) -> None:
    async with durable_parts() as parts, AsyncExitStack() as stack:
        url = await new_database(parts)
        buyer = await party_with_orders(url)
        settings = settings_for(parts, url)
        token, _ = issue_token(settings.sign_in, buyer, now=utc_now())
        engine = open_engine(url, pool_size=5)
        stack.push_async_callback(engine.dispose)
        pool = await stack.enter_async_context(asyncpg.create_pool(plain_url(url), min_size=2, max_size=5))
        ours = await stack.enter_async_context(application(settings))
        say(f"microseconds for each {'':12}CPU with   without  saved  clock with   without  saved")
        for shortcut in shortcuts(engine, pool):
            with_it, without = [], []
            with shortcut.without():
                other = await stack.enter_async_context(application(settings))
            for number in range(rounds + 1):  # the first one warms up
                with_it.append(await times_us(ours, shortcut.path, token, requests))
                with shortcut.without():
                    without.append(await times_us(other, shortcut.path, token, requests))
                if number == 0:
                    with_it, without = [], []
            say(table_row(shortcut.name, with_it, without))
        say(table_row(f"bulk_insert: {ROWS:,} feed entries", *await insertions(engine, buyer.account_id, rounds)))


async def insertions(
    engine: AsyncEngine, account_id: int, rounds: int
) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
    """Return the times of a row by `insert_rows` and by SQLAlchemy, each with the commit."""
    with_it: list[tuple[float, float]] = []
    without: list[tuple[float, float]] = []
    rows = [
        {
            "account_id": account_id,
            "number": number,
            "name": "orderUpdate",
            "payload": {"orderId": number},
            "created_at": utc_now(),
        }
        for number in range(1, ROWS + 1)
    ]
    for number in range(2 * rounds + 2):
        async with sessions_of(engine).begin() as session:
            await session.execute(delete(FeedEntry))
        cpu, clock = time.process_time(), time.perf_counter()
        async with sessions_of(engine).begin() as session:
            if number % 2 == 0:
                await insert_rows(session, FeedEntry, rows)
            else:
                await session.execute(insert(FeedEntry), rows)
        taken = (1e6 * (time.process_time() - cpu) / ROWS, 1e6 * (time.perf_counter() - clock) / ROWS)
        if number > 1:
            (without if number % 2 else with_it).append(taken)
    return with_it, without


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=500, help="in a round")
    parser.add_argument("--rounds", type=int, default=9)
    given = parser.parse_args()
    configure_logs(log_format="json", level="WARNING", process="api")  # a line for each request would hide the rest
    asyncio.run(measure(given.requests, given.rounds, print))
