"""Many people listen while the server is restarted: does each hear all, once and in order?

`uv run python -m bench.sockets --clients 2000 --seed 1`

Two API processes as `descrow api` runs them share one PostgreSQL and one Valkey. Each account has two windows open,
each at any of the processes. While somebody tells them things, in transactions of which some are rolled back, all
processes are killed and started again; then asked to stop, and started again. A window that loses its connection comes
back somewhere with the last number it has, as a browser does. At the end each must have heard its account's whole feed.
"""

import argparse
import asyncio
import os
import random
import signal
import socket
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field

import aiohttp
import socketio
from pydantic import SecretStr
from sqlalchemy import select
from tests.servers import until_it_answers
from tests.waiting import eventually

from bench.parts import START_TIMEOUT_S, durable_parts, new_database
from descrow.accounts.models import Account
from descrow.accounts.sign_in import find_or_create_account
from descrow.accounts.tokens import issue_token
from descrow.app.settings import Settings
from descrow.app.wiring import payment_methods, wire
from descrow.feed.service import FeedEvent, publish_to_feeds
from descrow.kernel.db import Sessions, open_engine, sessions_of, utc_now
from descrow.kernel.http.caller import Caller

PROCESSES = 2
WINDOWS_OF_AN_ACCOUNT = 2
ROLLED_BACK = 0.1
"""Part of the transactions that come to nothing; what they told must never be heard."""
LET_IN_WITHIN_S = 60
PATIENCE_S = 300

Reported = tuple[int, dict[str, object]]
"""A feed entry's number and payload."""


@dataclass
class ApiProcess:
    """`descrow api` on a port of its own, whichever process it is at the time."""

    settings: Settings
    port: int
    workers: int = 1
    pid: int = 0
    _process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        environment = os.environ | {
            "DESCROW_DATABASE_URL": self.settings.database_url.get_secret_value(),
            "DESCROW_VALKEY_URL": self.settings.valkey_url.get_secret_value(),
            "DESCROW_CHAIN_URL": self.settings.chain_url,
            "DESCROW_JWT_SECRET": self.settings.jwt_secret.get_secret_value(),
            "DESCROW_PORT": str(self.port),
            "DESCROW_RATE_LIMIT_FACTOR": str(self.settings.rate_limit_factor),
        }
        with tempfile.TemporaryFile() as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "descrow",
                "api",
                "--workers",
                str(self.workers),
                env=environment,
                stdout=log,
                stderr=log,
            )
        self.pid = self._process.pid
        await until_it_answers(f"{self.url}/health/live", within_s=START_TIMEOUT_S)

    async def end(self, how: signal.Signals) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(how)
            await self._process.wait()


@dataclass
class Window:
    """A browser's window: connected to one of the processes, and to another when that one is gone."""

    caller: Caller
    token: str
    received: list[Reported] = field(default_factory=list)
    connections: int = 0
    is_connected: bool = False

    @property
    def last_number(self) -> int:
        return self.received[-1][0] if self.received else 0

    async def listen(self, urls: Sequence[str], http: aiohttp.ClientSession, rng: random.Random) -> None:
        """For ever; after each loss of the connection with the last number heard."""
        while True:
            client = socketio.AsyncClient(reconnection=False, http_session=http)
            client.on("*", self._receive)
            try:
                await client.connect(
                    rng.choice(urls),
                    auth={"token": self.token, "after": self.last_number},
                    transports=["websocket"],
                    wait_timeout=LET_IN_WITHIN_S,
                )
                self.connections += 1
                self.is_connected = True
                await client.wait()
            except (socketio.exceptions.ConnectionError, aiohttp.ClientError, OSError):
                await asyncio.sleep(rng.uniform(0.1, 1))
            finally:
                self.is_connected = False
                await client.disconnect()

    async def _receive(self, _name: str, message: dict[str, object]) -> None:
        self.received.append((int(str(message.pop("feedNumber"))), message))


class Teller:
    """Tells people things in many small transactions, and remembers what was committed."""

    def __init__(self, sessions: Sessions, account_ids: Sequence[int], rng: random.Random) -> None:
        self._sessions = sessions
        self._account_ids = account_ids
        self._rng = rng
        self.published: defaultdict[int, list[dict[str, object]]] = defaultdict(list)
        self.count = 0
        self.has_received_all = asyncio.Event()

    async def run(self) -> None:
        """Until it has told all; not to be cancelled, since it would not know what was committed."""
        while not self.has_received_all.is_set():
            hearers = self._rng.sample(self._account_ids, k=min(len(self._account_ids), self._rng.randint(1, 40)))
            events = [
                FeedEvent(hearer, "orderUpdate", {"secret": self._rng.getrandbits(32)})
                for hearer in hearers
                for _ in range(self._rng.randint(1, 3))
            ]
            comes_to_nothing = self._rng.random() < ROLLED_BACK
            async with self._sessions() as session:
                await publish_to_feeds(session, events)
                await (session.rollback() if comes_to_nothing else session.commit())
            if not comes_to_nothing:
                self.count += len(events)
                for item in events:
                    self.published[item.account_id].append(item.payload)
            await asyncio.sleep(self._rng.uniform(0, 0.05))


@dataclass(frozen=True)
class Result:
    windows: Sequence[Window]
    published: int
    faults: Sequence[str]
    seconds: float


def faults_of(window: Window, published: Sequence[dict[str, object]], newest: int) -> list[str]:
    """Return what is wrong with what a window heard, when its account was told this and its feed's newest number is
    that.
    """
    numbers = [number for number, _ in window.received]
    faults = []
    if newest != len(published):
        faults.append(f"the feed has {newest} entries where {len(published)} were told")
    if numbers != list(range(1, newest + 1)):
        missing = sorted(set(range(1, newest + 1)) - set(numbers))
        faults.append(f"heard {len(numbers)} of {newest}; missing {missing[:5]}, or doubled, or out of order")
    elif [message for _, message in window.received] != list(published[:newest]):
        faults.append("heard something else than was told")
    return [f"account {window.caller.account_id}: {fault}" for fault in faults]


async def drill(settings: Settings, *, clients: int, seed: int, entries_between: int) -> Result:
    """Restart the server twice under `clients` windows, with so many entries told before, between and after."""
    wire(payment_methods(None))
    rng = random.Random(seed)  # noqa: S311 it is to come out the same again
    began = time.monotonic()
    engine = open_engine(settings.database_url.get_secret_value(), pool_size=5)
    sessions = sessions_of(engine)
    windows = await _windows(sessions, settings, clients)
    teller = Teller(sessions, sorted({window.caller.account_id for window in windows}), rng)

    async with AsyncExitStack() as cleanup:
        cleanup.push_async_callback(engine.dispose)
        servers = await cleanup.enter_async_context(_servers(settings))
        http = await cleanup.enter_async_context(aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)))
        urls = [server.url for server in servers]
        await cleanup.enter_async_context(_running(*(window.listen(urls, http, rng) for window in windows)))
        await _all_connected(windows)
        telling = asyncio.create_task(teller.run())
        for how in (signal.SIGKILL, signal.SIGTERM):
            await _until_all_received(teller, telling, teller.count + entries_between)
            await asyncio.gather(*(server.end(how) for server in servers))
            await asyncio.gather(*(server.start() for server in servers))
            await _all_connected(windows)
        await _until_all_received(teller, telling, teller.count + entries_between)
        teller.has_received_all.set()
        await telling

        async with sessions() as session:
            rows = await session.execute(select(Account.id, Account.last_feed_number))
            newest = dict(rows.all())
        await _all_received(windows, newest)

    faults = [
        fault
        for window in windows
        for fault in faults_of(window, teller.published[window.caller.account_id], newest[window.caller.account_id])
    ]
    return Result(windows, teller.count, faults, time.monotonic() - began)


async def _windows(sessions: Sessions, settings: Settings, clients: int) -> list[Window]:
    long_lived = settings.model_copy(update={"access_token_minutes": 24 * 60})
    windows: list[Window] = []
    while len(windows) < clients:
        async with sessions.begin() as session:
            account = await find_or_create_account(session, len(windows).to_bytes(32, "big"))
        caller = Caller(account.id, account.address, account.evm_address)
        token, _ = issue_token(long_lived.sign_in, caller, now=utc_now())
        windows += [Window(caller, token) for _ in range(min(WINDOWS_OF_AN_ACCOUNT, clients - len(windows)))]
    return windows


@asynccontextmanager
async def _servers(settings: Settings) -> AsyncIterator[list[ApiProcess]]:
    servers = [ApiProcess(settings, port) for port in _free_ports(PROCESSES)]
    try:
        await asyncio.gather(*(server.start() for server in servers))
        yield servers
    finally:
        for server in servers:
            await server.end(signal.SIGKILL)


def _free_ports(count: int) -> list[int]:
    with ExitStack() as held:
        probes = [held.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [probe.getsockname()[1] for probe in probes]


@asynccontextmanager
async def _running(*works: Coroutine[None, None, None]) -> AsyncIterator[None]:
    """The works go on inside; they are ended at the end."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _until_all_received(teller: Teller, telling: asyncio.Task[None], count: int) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while teller.count < count:
            if telling.done():
                await telling  # raises what ended it
            await asyncio.sleep(0.05)


async def _all_connected(windows: Sequence[Window]) -> None:
    await eventually(lambda: all(window.is_connected for window in windows), within_s=PATIENCE_S, every_s=0.1)


async def _all_received(windows: Sequence[Window], newest: dict[int, int]) -> None:
    """Returns too when they do not: what is missing then is a fault."""
    with suppress(TimeoutError):
        await eventually(
            lambda: all(window.last_number >= newest[window.caller.account_id] for window in windows),
            within_s=PATIENCE_S,
            every_s=0.1,
        )


async def measure(*, clients: int, seed: int, entries_between: int) -> None:
    async with durable_parts() as parts:
        settings = Settings(
            database_url=SecretStr(await new_database(parts)),
            valkey_url=SecretStr(parts.valkey_url),
            chain_url=parts.chain_url,
            jwt_secret=SecretStr("the drill's secret for access tokens"),
        )
        result = await drill(settings, clients=clients, seed=seed, entries_between=entries_between)
    received = sum(len(window.received) for window in result.windows)
    connections = sum(window.connections for window in result.windows)
    print(
        f"{clients} windows at {PROCESSES} processes, restarted twice: {connections} connections, "
        f"{result.published} entries told, {received} heard, {len(result.faults)} faults, {result.seconds:.0f} s"
    )
    for fault in result.faults[:20]:
        print(fault)
    if result.faults:
        sys.exit(1)
    print("every window heard its whole feed: once, in order, without a gap")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--entries-between", type=int, default=5000, help="told before, between and after the restarts")
    chosen = parser.parse_args()
    asyncio.run(measure(clients=chosen.clients, seed=chosen.seed, entries_between=chosen.entries_between))


if __name__ == "__main__":
    main()
