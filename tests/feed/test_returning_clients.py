"""Check that clients with their libraries' defaults come back by themselves, and miss nothing.

Each listens to a real API process, which is asked to stop, killed, or ends the client's token.
"""

import asyncio
import json
import signal
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol

import aiohttp
import jwt
import pytest
import socketio
from bench.sockets import ApiProcess

from descrow.accounts.tokens import issue_token
from descrow.app.devstack.chain import node_folder
from descrow.app.settings import Settings
from descrow.feed.service import FeedEvent, publish_to_feeds
from descrow.kernel.db import Sessions, utc_now
from descrow.kernel.http.caller import Caller
from tests.servers import free_port
from tests.waiting import eventually

BACK_WITHIN_S = 15
WEB = Path(__file__).parents[2] / "web"

SCRIPT = """
import { createInterface } from 'node:readline'
import { io } from 'socket.io-client'
let auth = {}
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()
const next = async () => JSON.parse((await lines.next()).value)
auth = await next()
let last = 0
const socket = io(auth.url, { ...auth.options, auth: send => send({ token: auth.token, after: last }) })
socket.onAny((name, payload) => {
  last = payload.feedNumber
  console.log(JSON.stringify([name, last]))
})
socket.on('connect', () => console.log(JSON.stringify(['connected', 0])))
for (;;) auth = await next()
"""


class Client(Protocol):
    received: list[str]
    connections: int

    async def renew(self, token: str) -> None:
        """From now on show this token."""


class PythonClient:
    def __init__(self) -> None:
        self.received: list[str] = []
        self.connections = 0
        self.last = 0
        self.token = ""

    @classmethod
    @asynccontextmanager
    async def open(cls, url: str, token: str, transports: list[str] | None) -> AsyncIterator["PythonClient"]:
        client = cls()
        client.token = token
        async with aiohttp.ClientSession() as http:
            socket = socketio.AsyncClient(http_session=http)
            socket.on("connect", client._connected)
            socket.on("*", client._receive)
            await socket.connect(url, auth=client._auth, transports=transports)
            try:
                yield client
            finally:
                await socket.shutdown()

    async def renew(self, token: str) -> None:
        self.token = token

    def _auth(self) -> dict[str, object]:
        return {"token": self.token, "after": self.last}

    async def _connected(self) -> None:
        self.connections += 1

    async def _receive(self, name: str, message: dict[str, Any]) -> None:
        self.last = message["feedNumber"]
        self.received.append(name)


class NodeClient:
    def __init__(self, process: asyncio.subprocess.Process, url: str, transports: list[str] | None) -> None:
        self._process = process
        self._url = url
        self._options = {} if transports is None else {"transports": transports}
        self.received: list[str] = []
        self.connections = 0

    @classmethod
    @asynccontextmanager
    async def open(cls, url: str, token: str, transports: list[str] | None) -> AsyncIterator["NodeClient"]:
        process = await asyncio.create_subprocess_exec(
            node_folder() / "bin" / "node", "--input-type=module", "--eval", SCRIPT,
            cwd=WEB, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        client = cls(process, url, transports)
        await client.renew(token)
        reading = asyncio.create_task(client._read())
        try:
            yield client
        finally:
            reading.cancel()
            process.kill()
            await process.wait()

    async def renew(self, token: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(
            json.dumps({"url": self._url, "token": token, "options": self._options}).encode() + b"\n"
        )
        await self._process.stdin.drain()

    async def _read(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            name, _ = json.loads(line)
            if name == "connected":
                self.connections += 1
            else:
                self.received.append(name)


CLIENTS: dict[str, tuple[Any, list[str] | None]] = {
    "python-socketio": (PythonClient, None),
    "python-socketio, websocket only": (PythonClient, ["websocket"]),
    "python-socketio, polling only": (PythonClient, ["polling"]),
    "socket.io-client": (NodeClient, None),
    "socket.io-client, websocket only": (NodeClient, ["websocket"]),
    "socket.io-client, polling only": (NodeClient, ["polling"]),
}
"""Each with its library's own ways, and with the one way that a network may leave it."""
NEEDS_PACKAGES = not (WEB / "node_modules" / "socket.io-client").is_dir()


@asynccontextmanager
async def all_clients(url: str, token: str) -> AsyncIterator[dict[str, Client]]:
    if NEEDS_PACKAGES:
        pytest.skip("the web app's packages are not installed")
    async with AsyncExitStack() as stack:
        clients: dict[str, Client] = {
            name: await stack.enter_async_context(kind.open(url, token, transports))
            for name, (kind, transports) in CLIENTS.items()
        }
        await eventually(lambda: all(client.connections == 1 for client in clients.values()), within_s=BACK_WITHIN_S)
        yield clients


async def all_receive(clients: dict[str, Client], *names: str, within_s: float = BACK_WITHIN_S) -> None:
    """Fail, and say who did not, where one of them has not received exactly these in time."""
    with suppress(TimeoutError):
        await eventually(lambda: all(client.received == [*names] for client in clients.values()), within_s=within_s)
    assert {name: client.received for name, client in clients.items()} == {name: [*names] for name in clients}


@pytest.fixture
async def api(settings: Settings) -> AsyncIterator[ApiProcess]:
    process = ApiProcess(settings, free_port())
    await process.start()
    yield process
    await process.end(signal.SIGKILL)


def token_of(settings: Settings, caller: Caller, *, lasts_s: float) -> str:
    token, _ = issue_token(settings.sign_in, caller, now=utc_now())
    claims = jwt.decode(token, options={"verify_signature": False})
    claims["exp"] = int((utc_now() + timedelta(seconds=lasts_s)).timestamp())
    return jwt.encode(claims, settings.jwt_secret.get_secret_value(), algorithm="HS256")


async def publish(sessions: Sessions, caller: Caller, name: str) -> None:
    async with sessions.begin() as session:
        await publish_to_feeds(session, [FeedEvent(caller.account_id, name, {})])


@pytest.mark.takes(15)
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
async def test_clients_are_back_after_the_server_was_started_again(
    api: ApiProcess, settings: Settings, sessions: Sessions, accounts: dict[str, Caller], how: signal.Signals
) -> None:
    buyer = accounts["buyer"]
    async with all_clients(api.url, token_of(settings, buyer, lasts_s=600)) as clients:
        await publish(sessions, buyer, "before")
        await all_receive(clients, "before")

        await api.end(how)
        await publish(sessions, buyer, "meanwhile")
        await api.start()
        began = time.monotonic()
        await all_receive(clients, "before", "meanwhile", within_s=2 * BACK_WITHIN_S)

        assert time.monotonic() - began < BACK_WITHIN_S
        await publish(sessions, buyer, "after")
        await all_receive(clients, "before", "meanwhile", "after")


@pytest.mark.takes(15)
async def test_clients_are_back_after_their_token_has_ended(
    api: ApiProcess, settings: Settings, sessions: Sessions, accounts: dict[str, Caller]
) -> None:
    buyer = accounts["buyer"]
    async with all_clients(api.url, token_of(settings, buyer, lasts_s=10)) as clients:
        for client in clients.values():
            await client.renew(token_of(settings, buyer, lasts_s=600))
        await eventually(
            lambda: all(client.connections == 2 for client in clients.values()), within_s=10 + BACK_WITHIN_S
        )

        await publish(sessions, buyer, "after")
        await all_receive(clients, "after")


async def test_who_shows_no_token_is_told_why_and_then_sent_away(api: ApiProcess) -> None:
    async with aiohttp.ClientSession() as http:
        socket = socketio.AsyncClient(http_session=http, reconnection=False)
        reasons = list[object]()
        socket.on("connect_error", reasons.append)
        with pytest.raises(socketio.exceptions.ConnectionError):
            await socket.connect(api.url, auth={}, wait_timeout=5)
        await socket.shutdown()

    assert "unauthenticated" in str(reasons)
