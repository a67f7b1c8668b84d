"""A node that lies: a proxy in front of a real one, which hands its answers on unless a test has told it how to lie."""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Any

from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from descrow.chain.rpc import RpcConnection
from tests.chain.nodes import LOOPBACK


@dataclass
class Exchange:
    """Something the real node says, and the line on which the liar may say something else."""

    liar: "Liar"
    line: ServerConnection
    request: dict[str, Any] | None
    """None for a notification."""
    reply: dict[str, Any]

    @property
    def truth(self) -> Any:
        """The result, or what the notification tells."""
        return self.reply["params"]["result"] if self.request is None else self.reply.get("result")

    @property
    def parameters(self) -> list[Any]:
        return [] if self.request is None else list(self.request["params"])

    async def say(self, text: str | bytes) -> None:
        await self.line.send(text)

    async def tell(self, result: Any) -> None:
        """The reply with another result."""
        if self.request is None:
            await self.say(json.dumps({**self.reply, "params": {**self.reply["params"], "result": result}}))
        else:
            await self.say(json.dumps({**self.reply, "result": result}))

    async def ask(self, method: str, *params: Any) -> Any:
        """Return what the real node says."""
        return await self.liar.real.call(method, *params)


Lie = Callable[[Exchange], Awaitable[None]]
"""Says what is said instead of the reply; nothing, perhaps."""


@dataclass
class Liar:
    url: str
    real: RpcConnection
    lie: Lie | None = None
    about: Collection[str] = ()
    """Methods; a notification goes by the name that the node gives it."""
    lies_told: int = 0
    methods: set[str] = field(default_factory=set)
    """What it was asked for so far."""

    def tell(self, lie: Lie, *, about: Collection[str]) -> None:
        """From now on lie like this about these methods."""
        self.lie, self.about = lie, about

    def be_honest(self) -> None:
        self.lie, self.about = None, ()

    async def was_asked_for(self, method: str) -> None:
        """Wait until it has been."""
        async with asyncio.timeout(10):
            while method not in self.methods:
                await asyncio.sleep(0.01)

    async def pass_on(self, exchange: Exchange) -> None:
        method = str((exchange.request or exchange.reply)["method"])
        self.methods.add(method)
        if self.lie is None or method not in self.about:
            await exchange.say(json.dumps(exchange.reply))
        else:
            self.lies_told += 1
            await self.lie(exchange)


@asynccontextmanager
async def a_liar(real_url: str) -> AsyncIterator[Liar]:
    """Honest at first."""
    real = await RpcConnection.open(real_url)

    async def serve_line(line: ServerConnection) -> None:
        asked: dict[int, dict[str, Any]] = {}
        async with connect(real_url, max_size=None, compression=None) as upstream:

            async def pass_requests_on() -> None:
                try:
                    async for text in line:
                        request = json.loads(text)
                        asked[request["id"]] = request
                        await upstream.send(text)
                finally:  # the client is gone, however it went
                    await upstream.close()

            passing = asyncio.create_task(pass_requests_on())
            try:
                async for text in upstream:
                    reply = json.loads(text)
                    request = asked.pop(reply["id"]) if "id" in reply else None
                    await liar.pass_on(Exchange(liar, line, request, reply))
            except ConnectionClosed:
                pass  # the client has had enough
            finally:
                passing.cancel()
                await asyncio.gather(passing, return_exceptions=True)

    async with serve(serve_line, LOOPBACK, 0, compression=None) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        liar = Liar(f"ws://{LOOPBACK}:{port}", real)
        yield liar
    await real.close()


def never_resting() -> Callable[[], float]:
    """A clock by which so much time passes between two looks that no node rests any more."""
    return itertools.count(step=1_000.0).__next__


# --- lies on the wire ---


def says(text: str | bytes) -> Lie:
    """The same words, whatever was asked."""

    async def lie(exchange: Exchange) -> None:
        await exchange.say(text)

    return lie


async def says_half(exchange: Exchange) -> None:
    whole = json.dumps(exchange.reply)
    await exchange.say(whole[: len(whole) // 2])


async def says_nothing(_exchange: Exchange) -> None:
    """Silence."""


async def cuts_the_line(exchange: Exchange) -> None:
    exchange.line.transport.abort()


async def cuts_the_line_in_a_frame(exchange: Exchange) -> None:
    """A text frame of 4,096 bytes begins, and ends too early."""
    exchange.line.transport.write(b"\x81\x7e\x10\x00" + json.dumps(exchange.reply).encode()[:100])
    exchange.line.transport.close()


async def answers_somebody_else(exchange: Exchange) -> None:
    await exchange.say(json.dumps({**exchange.reply, "id": exchange.reply["id"] + 1_000}))


async def leaves_the_result_out(exchange: Exchange) -> None:
    await exchange.say(json.dumps({"jsonrpc": "2.0", "id": exchange.reply["id"]}))


def refuses(error: Any) -> Lie:
    async def lie(exchange: Exchange) -> None:
        await exchange.say(json.dumps({"jsonrpc": "2.0", "id": exchange.reply["id"], "error": error}))

    return lie


async def answers_twice(exchange: Exchange) -> None:
    """The truth, and then something else under the same number."""
    await exchange.say(json.dumps(exchange.reply))
    await exchange.tell("0x" + "77" * 32)


async def tells_news_nobody_asked_for(exchange: Exchange) -> None:
    news = {"jsonrpc": "2.0", "method": "chain_newHead", "params": {"subscription": "unknown", "result": {}}}
    await exchange.say(json.dumps(news))
    await exchange.say(json.dumps(exchange.reply))


# --- lies in results ---


def tells(result: Any) -> Lie:
    async def lie(exchange: Exchange) -> None:
        await exchange.tell(result)

    return lie


def tells_changed(change: Callable[[Any], Any]) -> Lie:
    """The true result, changed."""

    async def lie(exchange: Exchange) -> None:
        await exchange.tell(change(exchange.truth))

    return lie


async def tells_of_the_block_before(exchange: Exchange) -> None:
    """Return what is true of another block: the parent of the one that was asked for, or of the newest."""
    request = exchange.request
    if request is None:
        await exchange.tell(await exchange.ask("chain_getHeader", exchange.truth["parentHash"]))
    elif request["method"] == "chain_getBlockHash":
        (number,) = exchange.parameters
        await exchange.tell(await exchange.ask("chain_getBlockHash", max(0, number - 1)))
    else:
        *before, block_hash = exchange.parameters or [await exchange.ask("chain_getFinalizedHead")]
        parent_hash = (await exchange.ask("chain_getHeader", block_hash))["parentHash"]
        if request["method"] == "chain_getFinalizedHead":
            await exchange.tell(parent_hash)
        else:
            await exchange.tell(await exchange.ask(request["method"], *before, parent_hash))


async def tells_hashes_one_off_below_its_head(exchange: Exchange) -> None:
    """About chain_getBlockHash: a block's parent for the block, but for the first and the newest."""
    (number,) = exchange.parameters
    newest = int((await exchange.ask("chain_getHeader"))["number"], 16)
    is_between = 0 < number < newest
    await exchange.tell(await exchange.ask("chain_getBlockHash", number - 1) if is_between else exchange.truth)


async def tells_the_extrinsics_of_the_block_before(exchange: Exchange) -> None:
    block = exchange.truth["block"]
    before = await exchange.ask("chain_getBlock", block["header"]["parentHash"])
    await exchange.tell({**exchange.truth, "block": {**block, "extrinsics": before["block"]["extrinsics"]}})


async def tells_the_header_of_the_block_before(exchange: Exchange) -> None:
    block = exchange.truth["block"]
    header = await exchange.ask("chain_getHeader", block["header"]["parentHash"])
    await exchange.tell({**exchange.truth, "block": {**block, "header": header}})


def without_last_extrinsic(told: Any) -> Any:
    block = told["block"]
    return {**told, "block": {**block, "extrinsics": block["extrinsics"][:-1]}}


def with_number(number: Callable[[int], Any]) -> Callable[[Any], Any]:
    """A header whose number is another."""
    return lambda header: {**header, "number": number(int(header["number"], 16))}


def flipped(told: str, random: Random) -> str:
    """Hex digits with one bit of theirs the other way round."""
    encoded = bytearray.fromhex(told.removeprefix("0x"))
    encoded[random.randrange(len(encoded))] ^= 1 << random.randrange(8)
    return "0x" + encoded.hex()


_WITH_BLOCK = {"chain_getHeader": 1, "state_getRuntimeVersion": 1, "state_getStorage": 2, "state_call": 3}
"""How many parameters a question about a certain block has; with one fewer it is about the newest."""

OF_HEADS = {
    "chain_getFinalizedHead",
    "chain_getBlockHash",
    "chain_newHead",
    "chain_finalizedHead",
    *_WITH_BLOCK,
}
"""Whatever depends on which block is the newest."""


def frozen_at(number: int) -> Lie:
    """A node that knows nothing above this height: an older head, and nothing false otherwise. About OF_HEADS."""

    async def lie(exchange: Exchange) -> None:
        if exchange.request is None:
            return
        head = await exchange.ask("chain_getBlockHash", number)
        method, parameters = exchange.request["method"], exchange.parameters
        if method == "chain_getFinalizedHead":
            await exchange.tell(head)
        elif method == "chain_getBlockHash" and parameters[0] > number:
            await exchange.tell(None)
        elif len(parameters) + 1 == _WITH_BLOCK.get(method):
            await exchange.tell(await exchange.ask(method, *parameters, head))
        else:
            await exchange.say(json.dumps(exchange.reply))

    return lie
