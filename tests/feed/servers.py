"""The application behind a real server on a loopback port, and a browser that listens to it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import socketio

from descrow.accounts.tokens import issue_token
from descrow.app.server import listen_at, serving
from descrow.app.settings import Settings
from descrow.kernel.db import utc_now
from descrow.kernel.http.caller import Caller
from descrow.kernel.http.server import LOOPBACK
from tests.application import open_application
from tests.servers import until_it_answers
from tests.waiting import eventually


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
    """An application as `descrow api` serves it."""
    listening = listen_at(LOOPBACK, 0)
    url = f"http://{LOOPBACK}:{listening.getsockname()[1]}"
    with open_application(settings) as application:
        async with serving(application, listening, rate_limit_factor=settings.rate_limit_factor):
            await until_it_answers(f"{url}/health/live")
            yield Server(url, settings)


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
