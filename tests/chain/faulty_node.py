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
from tests.waiting import eventually

READING = (
    "chain_getBlock",
    "chain_getBlockHash",
    "chain_getFinalizedHead",
    "chain_getHeader",
    "state_call",
    "state_getRuntimeVersion",
    "state_getStorage",
)
"""Methods of the node that are asked to read the chain."""


@dataclass
class Exchange:
    """Something the real node says, and the line on which the node may say something else."""

    faulty_node: "FaultyNode"
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

    async def answer(self, result: Any) -> None:
        """The reply with another result."""
        if self.request is None:
            await self.say(json.dumps({**self.reply, "params": {**self.reply["params"], "result": result}}))
        else:
            await self.say(json.dumps({**self.reply, "result": result}))

    async def ask(self, method: str, *params: Any) -> Any:
        """Return what the real node says."""
        return await self.faulty_node.real.call(method, *params)


Fault = Callable[[Exchange], Awaitable[None]]
"""Says what is said instead of the reply; nothing, perhaps."""


@dataclass
class FaultyNode:
    url: str
    real: RpcConnection
    fault: Fault | None = None
    about: Collection[str] = ()
    """Methods; a notification goes by the name that the node gives it."""
    faults_shown: int = 0
    methods: set[str] = field(default_factory=set)
    """What it was asked for so far."""

    def show(self, fault: Fault, *, about: Collection[str]) -> None:
        """Show this fault in what is answered to these methods from now on."""
        self.fault, self.about = fault, about

    def be_honest(self) -> None:
        self.fault, self.about = None, ()

    async def was_asked_for(self, method: str) -> None:
        """Wait until it has been."""
        await eventually(lambda: method in self.methods)

    async def pass_on(self, exchange: Exchange) -> None:
        method = str((exchange.request or exchange.reply)["method"])
        self.methods.add(method)
        if self.fault is None or method not in self.about:
            await exchange.say(json.dumps(exchange.reply))
        else:
            self.faults_shown += 1
            await self.fault(exchange)


@asynccontextmanager
async def open_faulty_node(real_url: str) -> AsyncIterator[FaultyNode]:
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
                    await faulty_node.pass_on(Exchange(faulty_node, line, request, reply))
            except ConnectionClosed:
                pass  # the client has had enough
            finally:
                passing.cancel()
                await asyncio.gather(passing, return_exceptions=True)

    async with serve(serve_line, LOOPBACK, 0, compression=None) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        faulty_node = FaultyNode(f"ws://{LOOPBACK}:{port}", real)
        yield faulty_node
    await real.close()


def never_resting() -> Callable[[], float]:
    """A clock by which so much time passes between two looks that no node rests any more."""
    return itertools.count(step=1_000.0).__next__


# --- lies on the wire ---


def says(text: str | bytes) -> Fault:
    """The same words, whatever was asked."""

    async def fault(exchange: Exchange) -> None:
        await exchange.say(text)

    return fault


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


def refuses(error: Any) -> Fault:
    async def fault(exchange: Exchange) -> None:
        await exchange.say(json.dumps({"jsonrpc": "2.0", "id": exchange.reply["id"], "error": error}))

    return fault


async def answers_twice(exchange: Exchange) -> None:
    """The truth, and then something else under the same number."""
    await exchange.say(json.dumps(exchange.reply))
    await exchange.answer("0x" + "77" * 32)


async def sends_unasked_notifications(exchange: Exchange) -> None:
    events = {"jsonrpc": "2.0", "method": "chain_newHead", "params": {"subscription": "unknown", "result": {}}}
    await exchange.say(json.dumps(events))
    await exchange.say(json.dumps(exchange.reply))


# --- lies in results ---


def alters(result: Any) -> Fault:
    async def fault(exchange: Exchange) -> None:
        await exchange.answer(result)

    return fault


def answers_changed(change: Callable[[Any], Any]) -> Fault:
    """The true result, changed."""

    async def fault(exchange: Exchange) -> None:
        await exchange.answer(change(exchange.truth))

    return fault


async def answers_for_the_block_before(exchange: Exchange) -> None:
    """Return what is true of another block: the parent of the one that was asked for, or of the newest."""
    request = exchange.request
    if request is None:
        await exchange.answer(await exchange.ask("chain_getHeader", exchange.truth["parentHash"]))
    elif request["method"] == "chain_getBlockHash":
        (number,) = exchange.parameters
        await exchange.answer(await exchange.ask("chain_getBlockHash", max(0, number - 1)))
    else:
        *before, block_hash = exchange.parameters or [await exchange.ask("chain_getFinalizedHead")]
        parent_hash = (await exchange.ask("chain_getHeader", block_hash))["parentHash"]
        if request["method"] == "chain_getFinalizedHead":
            await exchange.answer(parent_hash)
        else:
            await exchange.answer(await exchange.ask(request["method"], *before, parent_hash))


async def answers_hashes_one_off_below_its_head(exchange: Exchange) -> None:
    """About chain_getBlockHash: a block's parent for the block, but for the first and the newest."""
    (number,) = exchange.parameters
    newest = int((await exchange.ask("chain_getHeader"))["number"], 16)
    is_between = 0 < number < newest
    await exchange.answer(await exchange.ask("chain_getBlockHash", number - 1) if is_between else exchange.truth)


async def answers_with_the_extrinsics_of_the_block_before(exchange: Exchange) -> None:
    block = exchange.truth["block"]
    before = await exchange.ask("chain_getBlock", block["header"]["parentHash"])
    await exchange.answer({**exchange.truth, "block": {**block, "extrinsics": before["block"]["extrinsics"]}})


async def answers_with_the_header_of_the_block_before(exchange: Exchange) -> None:
    block = exchange.truth["block"]
    header = await exchange.ask("chain_getHeader", block["header"]["parentHash"])
    await exchange.answer({**exchange.truth, "block": {**block, "header": header}})


def without_last_extrinsic(reported: Any) -> Any:
    block = reported["block"]
    return {**reported, "block": {**block, "extrinsics": block["extrinsics"][:-1]}}


def with_number(number: Callable[[int], Any]) -> Callable[[Any], Any]:
    """A header whose number is another."""
    return lambda header: {**header, "number": number(int(header["number"], 16))}


def flipped(reported: str, random: Random) -> str:
    """Hex digits with one bit of theirs the other way round."""
    encoded = bytearray.fromhex(reported.removeprefix("0x"))
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


def frozen_at(number: int) -> Fault:
    """A node that knows nothing above this height: an older head, and nothing false otherwise. About OF_HEADS."""

    async def fault(exchange: Exchange) -> None:
        if exchange.request is None:
            return
        head = await exchange.ask("chain_getBlockHash", number)
        method, parameters = exchange.request["method"], exchange.parameters
        if method == "chain_getFinalizedHead":
            await exchange.answer(head)
        elif method == "chain_getBlockHash" and parameters[0] > number:
            await exchange.answer(None)
        elif len(parameters) + 1 == _WITH_BLOCK.get(method):
            await exchange.answer(await exchange.ask(method, *parameters, head))
        else:
            await exchange.say(json.dumps(exchange.reply))

    return fault
