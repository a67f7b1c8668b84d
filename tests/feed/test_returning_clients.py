"""Check that clients with their libraries' defaults come back by themselves, and miss nothing.

Each listens to a real API process, which is asked to stop, killed, or ends the client's token.
"""

import asyncio
import json
import signal
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
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
const socket = io(auth.url, { transports: ['websocket'], auth: send => send({ token: auth.token, after: last }) })
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
    async def open(cls, url: str, token: str) -> AsyncIterator["PythonClient"]:
        client = cls()
        client.token = token
        async with aiohttp.ClientSession() as http:
            socket = socketio.AsyncClient(http_session=http)
            socket.on("connect", client._connected)
            socket.on("*", client._receive)
            await socket.connect(url, auth=client._auth, transports=["websocket"])
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
    def __init__(self, process: asyncio.subprocess.Process, url: str) -> None:
        self._process = process
        self._url = url
        self.received: list[str] = []
        self.connections = 0

    @classmethod
    @asynccontextmanager
    async def open(cls, url: str, token: str) -> AsyncIterator["NodeClient"]:
        process = await asyncio.create_subprocess_exec(
            node_folder() / "bin" / "node", "--input-type=module", "--eval", SCRIPT,
            cwd=WEB, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        client = cls(process, url)
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
        self._process.stdin.write(json.dumps({"url": self._url, "token": token}).encode() + b"\n")
        await self._process.stdin.drain()

    async def _read(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            name, _ = json.loads(line)
            if name == "connected":
                self.connections += 1
            else:
                self.received.append(name)


CLIENTS: dict[str, Callable[[str, str], Any]] = {
    "python-socketio": PythonClient.open,
    "socket.io-client": NodeClient.open,
}


@pytest.fixture(params=CLIENTS)
def opened(request: pytest.FixtureRequest) -> Callable[[str, str], Any]:
    if request.param == "socket.io-client" and not (WEB / "node_modules" / "socket.io-client").is_dir():
        pytest.skip("the web app's packages are not installed")
    return CLIENTS[request.param]


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
async def test_a_client_is_back_after_the_server_was_started_again(
    api: ApiProcess,
    opened: Any,
    settings: Settings,
    sessions: Sessions,
    accounts: dict[str, Caller],
    how: signal.Signals,
) -> None:
    buyer = accounts["buyer"]
    async with opened(api.url, token_of(settings, buyer, lasts_s=600)) as client:
        await publish(sessions, buyer, "before")
        await eventually(lambda: client.received == ["before"])

        await api.end(how)
        await publish(sessions, buyer, "meanwhile")
        await api.start()
        began = time.monotonic()
        await eventually(lambda: client.received == ["before", "meanwhile"], within_s=2 * BACK_WITHIN_S)

        assert time.monotonic() - began < BACK_WITHIN_S
        await publish(sessions, buyer, "after")
        await eventually(lambda: client.received == ["before", "meanwhile", "after"])


@pytest.mark.takes(10)
async def test_a_client_is_back_after_its_token_has_ended(
    api: ApiProcess, opened: Any, settings: Settings, sessions: Sessions, accounts: dict[str, Caller]
) -> None:
    buyer = accounts["buyer"]
    async with opened(api.url, token_of(settings, buyer, lasts_s=4)) as client:
        await eventually(lambda: client.connections == 1)
        await client.renew(token_of(settings, buyer, lasts_s=600))
        await eventually(lambda: client.connections == 2, within_s=4 + BACK_WITHIN_S)

        await publish(sessions, buyer, "after")
        await eventually(lambda: client.received == ["after"])
