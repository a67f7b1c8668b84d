"""Read what a node says, with another node to go to when it fails, and the runtime by which to read it."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from descrow.chain.errors import BadAnswer, CallNotPossible, ChainUnreachable, RpcRefused, WrongChain
from descrow.chain.headers import read_header
from descrow.chain.nodes import Nodes
from descrow.chain.rpc import RpcConnection
from descrow.chain.runtime import METADATA_VERSION, Runtime, load_runtime
from descrow.chain.scale import decode_compact, hex_bytes

METADATA_TIMEOUT_S = 30.0
"""A runtime describes itself anew for each that asks, in half a megabyte: slower than anything else, by nature."""


class NodeReader:
    """Connects at its first use, and again after a lost connection. Methods raise ChainUnreachable.

    Given several nodes of one chain, it leaves one that fails, answers nonsense or is too slow for the next; that is
    then BadAnswer or ChainUnreachable, and asking again asks the next.
    """

    def __init__(self, *urls: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._nodes = Nodes(list(urls), clock)
        self._runtimes: dict[int, Runtime] = {}
        self._runtimes_by: RpcConnection | None = None
        self._loading = asyncio.Lock()

    @property
    def url(self) -> str:
        """The node in use."""
        return self._nodes.url

    async def close(self) -> None:
        await self._nodes.close()

    async def genesis_hash(self) -> str:
        """Return which chain this is."""
        return await self._nodes.genesis_hash()

    async def is_development(self) -> bool:
        """Return whether the chain says that it is for development, or for tests on one machine: its keys are no
        secret.
        """
        async with self.reading("the kind of chain"):
            return await self._call("system_chainType") in ("Development", "Local")

    async def expect(self, genesis_hash: str) -> None:
        """From now on use nodes of this chain only. Raises WrongChain when there is none."""
        await self._nodes.expect(genesis_hash)

    async def try_another_node(self, error: ChainUnreachable) -> None:
        """Leave the node in use for this reason, where there is another."""
        if self._nodes.are_several:
            await self._nodes.leave(await self._nodes.connected(), error)

    async def leave_if_behind(self, final_number: int) -> None:
        """Leave the node in use, whose newest final block this is, if another has one above. Then ChainUnreachable."""
        connection = await self._nodes.connected()
        highest = max(await self._nodes.ask_others(_final_number), default=0)
        if highest > final_number:
            error = ChainUnreachable(f"its final block is {final_number}, another node's is {highest}")
            await self._nodes.leave(connection, error)
            raise error

    async def leave_if_another_has(self, number: int, block_hash: str) -> None:
        """Leave the node in use, which has not this block at this height, if another one has it. Then BadAnswer."""
        async with self.reading(f"block {number}"):
            if block_hash in await self._nodes.ask_others(lambda node: node.call("chain_getBlockHash", number)):
                raise ValueError(f"it is not {block_hash}, which another node has")

    @asynccontextmanager
    async def reading(self, what: str) -> AsyncIterator[None]:
        """Whatever breaks while answers are read and compared, the node is to blame: BadAnswer, and on to another one.

        A refusal is a broken answer too: what is read here, every good node can tell.
        """
        connection = self._nodes.connection
        try:
            yield
        except (CallNotPossible, ChainUnreachable, WrongChain):
            raise
        except Exception as error:  # the codec has no common base for what it raises
            broken = BadAnswer(f"{what}: {error if isinstance(error, (RpcRefused, ValueError)) else repr(error)}")
            await self._nodes.leave(connection or self._nodes.connection, broken)
            raise broken from error

    async def _call(self, method: str, *params: Any, timeout_s: float | None = None) -> Any:
        return await self._nodes.call(method, *params, timeout_s=timeout_s)

    async def _call_api(self, method: str, *arguments: Any, at: str | None = None) -> Any:
        """Return what the runtime's API answers in the newest block, or in `at`; to be read within `reading`."""
        runtime = await self._runtime(at)
        encoded = runtime.encode_api_arguments(method, *arguments)
        block = [] if at is None else [at]
        reported = hex_bytes(await self._call("state_call", method, "0x" + encoded.hex(), *block))
        return runtime.decode_api_result(method, reported)

    async def _runtime(self, block_hash: str | None = None) -> Runtime:
        """The runtime that makes the next block after this one, or after the newest.

        It is loaded once per version and connection: what a node said of it is forgotten when the node is left, or one
        lie would spoil what the others say.
        """
        at = [] if block_hash is None else [block_hash]
        async with self.reading("the runtime"):
            version = await self._call("state_getRuntimeVersion", *at)
            spec_version = int(version["specVersion"])
            async with self._loading:
                if self._runtimes_by is not self._nodes.connection:
                    self._runtimes_by, self._runtimes = self._nodes.connection, {}
                if spec_version not in self._runtimes:
                    self._runtimes[spec_version] = load_runtime(
                        await self._metadata(at),
                        spec_version=spec_version,
                        transaction_version=int(version["transactionVersion"]),
                        genesis_hash=await self._nodes.genesis_hash(),
                    )
                return self._runtimes[spec_version]

    async def _metadata(self, at: list[str]) -> bytes:
        argument = "0x" + METADATA_VERSION.to_bytes(4, "little").hex()
        parameters = ("Metadata_metadata_at_version", argument, *at)
        optional = hex_bytes(await self._call("state_call", *parameters, timeout_s=METADATA_TIMEOUT_S))
        length, prefix = decode_compact(optional[1:])
        return optional[1 + prefix : 1 + prefix + length]


async def _final_number(node: RpcConnection) -> int:
    return read_header(await node.call("chain_getHeader", await node.call("chain_getFinalizedHead"))).number
