"""The application behind a real server on a loopback port, and a browser that listens to it."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import httpx
import socketio
from granian.constants import Interfaces
from granian.server.embed import Server as Granian

from descrow.accounts.tokens import issue_token
from descrow.app.settings import Settings
from descrow.kernel.db import utc_now
from descrow.kernel.http.caller import Caller
from tests.application import open_application
from tests.waiting import eventually

LOOPBACK = "127.0.0.1"


@dataclass
class Server:
    url: str
    settings: Settings

    def token_of(self, caller: Caller) -> str:
        return issue_token(self.settings.sign_in, caller, now=utc_now())[0]


@dataclass
class Browser:
    """Describe what one connection hears: numbers of feed entries, and the whole messages by event."""

    socket: socketio.AsyncClient
    received: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    @property
    def numbers(self) -> list[int]:
        return [message["feedNumber"] for _, message in self.received]

    async def receives(self, count: int) -> list[int]:
        """The numbers heard so far, once there are `count` of them."""
        await eventually(lambda: len(self.received) >= count, within_s=10)
        return self.numbers


@asynccontextmanager
async def a_server(settings: Settings) -> AsyncIterator[Server]:
    with socket.socket() as chosen:
        chosen.bind((LOOPBACK, 0))
        port = chosen.getsockname()[1]
    with open_application(settings) as application:
        granian = Granian(application, address=LOOPBACK, port=port, interface=Interfaces.ASGI, log_enabled=False)
        serving = asyncio.create_task(granian.serve())
        try:
            await _answers(f"http://{LOOPBACK}:{port}/health/live")
            yield Server(f"http://{LOOPBACK}:{port}", settings)
        finally:
            granian.stop()  # type: ignore[no-untyped-call]
            await serving


async def _answers(url: str) -> None:
    async with asyncio.timeout(10), httpx.AsyncClient() as http:
        while True:
            try:
                await http.get(url)
            except httpx.TransportError:
                await asyncio.sleep(0.02)
            else:
                return


@asynccontextmanager
async def a_browser(server: Server, auth: object) -> AsyncIterator[Browser]:
    """Raises socketio's ConnectionError when it is not let in."""
    async with aiohttp.ClientSession() as session:
        browser = Browser(socketio.AsyncClient(reconnection=False, http_session=session))

        async def receive(event: str, message: dict[str, Any]) -> None:
            browser.received.append((event, message))

        browser.socket.on("*", receive)
        try:
            await browser.socket.connect(server.url, auth=auth, transports=["websocket"])
            yield browser
        finally:
            await browser.socket.disconnect()
