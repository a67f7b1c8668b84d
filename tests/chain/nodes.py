"""A node that does what its test says: for what a good one never does."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from descrow.chain.headers import read_header

LOOPBACK = "127.0.0.1"

Answering = Callable[["Line", dict[str, Any]], Awaitable[None]]
"""What the node does with one request."""


@dataclass
class Line:
    """One client's connection, as the node sees it."""

    socket: ServerConnection
    asked: list[dict[str, Any]] = field(default_factory=list)

    async def say(self, text: str) -> None:
        await self.socket.send(text)

    async def answer(self, request: dict[str, Any], result: Any) -> None:
        await self.say(json.dumps({"jsonrpc": "2.0", "id": request["id"], "result": result}))

    async def refuse(self, request: dict[str, Any], error: Any) -> None:
        await self.say(json.dumps({"jsonrpc": "2.0", "id": request["id"], "error": error}))

    async def notify(self, subscription: Any, result: Any) -> None:
        params = {"subscription": subscription, "result": result}
        await self.say(json.dumps({"jsonrpc": "2.0", "method": "news", "params": params}))

    async def hang_up(self) -> None:
        await self.socket.close()

    def cut(self) -> None:
        """As when a cable is pulled: no closing handshake."""
        self.socket.transport.abort()


@dataclass
class Node:
    url: str
    lines: list[Line]


@asynccontextmanager
async def a_node(answering: Answering) -> AsyncIterator[Node]:
    lines: list[Line] = []

    async def serve_line(socket: ServerConnection) -> None:
        line = Line(socket)
        lines.append(line)
        try:
            async for text in socket:
                request = json.loads(text)
                line.asked.append(request)
                await answering(line, request)
        except ConnectionClosed:
            return

    async with serve(serve_line, LOOPBACK, 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        yield Node(f"ws://{LOOPBACK}:{port}", lines)


GENESIS = "0x" + "45" * 32


def a_header(number: int, *, parent_hash: str = "0x" + "11" * 32) -> dict[str, Any]:
    """A block's header as nodes tell it, with nothing in it."""
    empty = "0x" + "00" * 32
    return {
        "number": hex(number),
        "parentHash": parent_hash,
        "stateRoot": empty,
        "extrinsicsRoot": empty,
        "digest": {"logs": []},
    }


def reported_by_one_at(head: dict[str, Any], request: dict[str, Any]) -> Any:
    """Return what a node answers about its heads and its chain when this is its newest block."""
    match request["method"]:
        case "chain_getHeader":
            return head
        case "chain_getFinalizedHead":
            return read_header(head).hash
        case "chain_getBlockHash":
            return GENESIS
        case method:  # a subscription's name
            return method


async def never(_line: Line, _request: dict[str, Any]) -> None:
    """A node that hears and does not answer."""


async def echo(line: Line, request: dict[str, Any]) -> None:
    """A node whose answer is what it was asked with, but for its chain."""
    is_asked_for_chain = (request["method"], request["params"]) == ("chain_getBlockHash", [0])
    await line.answer(request, GENESIS if is_asked_for_chain else request["params"])


async def a_moment() -> None:
    """Long enough for what is on its way on the loopback."""
    await asyncio.sleep(0.05)
