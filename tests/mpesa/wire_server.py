"""A Daraja made of a bare socket, so that it can break off, lie and fall silent at any byte."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Self

from tests.mpesa.recorded import shape


@dataclass
class ReceivedRequest:
    """A request as it came."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def fields(self) -> dict[str, Any]:
        read: dict[str, Any] = json.loads(self.body)
        return read


Reaction = Callable[[ReceivedRequest, asyncio.StreamWriter], Awaitable[None]]
"""What is done once a request was read. The connection is closed afterwards."""


def answer(status: int, body: bytes, *, content_type: str = "application/json", length: int | None = None) -> Reaction:
    """An HTTP answer; `length` promises another number of bytes than there are."""

    async def react(_received: ReceivedRequest, writer: asyncio.StreamWriter) -> None:
        head = (
            f"HTTP/1.1 {status} Said\r\nContent-Type: {content_type}\r\nContent-Length: {length or len(body)}\r\n\r\n"
        )
        writer.write(head.encode() + body)
        await writer.drain()

    return react


def error(status: int, code: str, message: str) -> Reaction:
    return answer(status, json.dumps({"requestId": "1-1-1", "errorCode": code, "errorMessage": message}).encode())


async def hang_up(_received: ReceivedRequest, writer: asyncio.StreamWriter) -> None:
    """The request was read; the connection ends without a byte."""
    writer.close()


async def reset(_received: ReceivedRequest, writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


async def say_nothing(_received: ReceivedRequest, _writer: asyncio.StreamWriter) -> None:
    """Longer than anybody waits."""
    await asyncio.Event().wait()


async def drip(_received: ReceivedRequest, writer: asyncio.StreamWriter) -> None:
    """A byte at a time, without end: no single read takes long."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    while True:
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.01)


@dataclass
class WireServer:
    """Gives tokens and knows the newest only, as Daraja does; `script` holds its reactions to the next calls."""

    script: list[Reaction] = field(default_factory=list)
    token_script: list[Reaction] = field(default_factory=list)
    received: list[ReceivedRequest] = field(default_factory=list)
    tokens_given: int = 0
    token: str = ""
    hang_up_before_reading: bool = False
    url: str = ""

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        host, port = self._server.sockets[0].getsockname()
        self.url = f"http://{host}:{port}"
        self._serving: set[asyncio.Task[None]] = set()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.stop_listening()
        for task in self._serving:
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)

    def stop_listening(self) -> None:
        self._server.close()

    def kill_token(self) -> None:
        """Another process fetched one: the token that was given is worth nothing from now on."""
        self.token = "replaced"

    @property
    def calls(self) -> list[ReceivedRequest]:
        """The requests that were not for a token."""
        return [received for received in self.received if not received.target.startswith("/oauth/")]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        try:
            if self.hang_up_before_reading:
                writer.transport.abort()
                return
            received = await _read(reader)
            self.received.append(received)
            await self._reaction_to(received)(received, writer)
        finally:
            self._serving.discard(task)
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    def _reaction_to(self, received: ReceivedRequest) -> Reaction:
        if received.target.startswith("/oauth/"):
            return self.token_script.pop(0) if self.token_script else self._give_token()
        if received.headers["authorization"] != f"Bearer {self.token}":
            return error(404, "404.001.03", "Invalid Access Token")
        return self.script.pop(0)

    def _give_token(self) -> Reaction:
        self.tokens_given += 1
        self.token = f"token-{self.tokens_given}"
        return answer(200, json.dumps({"access_token": self.token, "expires_in": "3599"}).encode())


async def _read(reader: asyncio.StreamReader) -> ReceivedRequest:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    first, *lines = head.strip().split("\r\n")
    method, target, _ = first.split(" ")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    return ReceivedRequest(method, target, headers, await reader.readexactly(int(headers.get("content-length", 0))))


def recorded(name: str) -> Reaction:
    return answer(200, shape(name))
