"""Read heads and blocks with their events."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NoReturn

from descrow.chain.blocks import Block, moment_in
from descrow.chain.errors import BadAnswer, ChainUnreachable, RpcRefused
from descrow.chain.headers import Head, hash_of, read_hash, read_header
from descrow.chain.node_reader import NodeReader
from descrow.chain.rpc import RpcConnection
from descrow.chain.runtime import Runtime, extrinsic_hash, storage_key
from descrow.chain.scale import hex_bytes
from descrow.chain.trie import is_root_of

POLL_S = 12
"""How long to wait for a head before asking for it: a subscription can fall silent without an error."""

_BEFORE_THE_CHAIN = datetime.fromtimestamp(0, UTC)
"""The genesis block's time, which says none."""


@dataclass(frozen=True)
class Heads:
    """The newest block of the chain as it stands, and the newest one that cannot be undone."""

    best: Head
    final: Head


class BlockReader(NodeReader):
    """Follows the chain as it stands, and proves of each block what its hash can prove."""

    async def finalized_number(self) -> int:
        """Number of the newest final block."""
        return (await self.final_head()).number

    async def final_head(self) -> Head:
        async with self.reading("the final head"):
            return await self.head(read_hash(await self._call("chain_getFinalizedHead")))

    async def best_head(self) -> Head:
        async with self.reading("the best head"):
            return read_header(await self._call("chain_getHeader"))

    async def head(self, block_hash: str) -> Head:
        """The head of this block, which is checked."""
        async with self.reading(f"header {block_hash}"):
            head = read_header(await self._call("chain_getHeader", block_hash))
            if head.hash != block_hash:
                raise ValueError(f"it is that of {head.hash}")
            return head

    @asynccontextmanager
    async def heads(self) -> AsyncIterator[AsyncIterator[Heads]]:
        """The heads as they move, the present ones first. Who is slow misses some, never the newest.

        A subscription can fall silent without an error, so after a while the node is asked; and when it then has
        nothing new, so are the others.
        """
        connection = await self._nodes.connected()
        moved = asyncio.Event()
        newest: dict[str, Head] = {}
        async with AsyncExitStack() as stack:
            try:
                best = await stack.enter_async_context(
                    connection.subscribe("chain_subscribeNewHeads", unsubscribe="chain_unsubscribeNewHeads")
                )
                final = await stack.enter_async_context(
                    connection.subscribe("chain_subscribeFinalizedHeads", unsubscribe="chain_unsubscribeFinalizedHeads")
                )
            except (ChainUnreachable, RpcRefused) as error:
                await self._abandon(connection, error)
            watches = [
                asyncio.create_task(_watch(name, heads, newest, moved))
                for name, heads in (("best", best), ("final", final))
            ]

            async def pairs() -> AsyncIterator[Heads]:
                reported: Heads | None = None
                while True:
                    has_moved = moved.is_set()
                    moved.clear()  # before looking: what moves while we ask is told next time
                    if has_moved and len(newest) == 2:
                        reported = Heads(newest["best"], newest["final"])
                    else:
                        before, reported = reported, Heads(await self.best_head(), await self.final_head())
                        if reported == before:
                            await self.leave_if_behind(reported.final.number)
                    yield reported
                    still = asyncio.ensure_future(moved.wait())
                    try:
                        await asyncio.wait([*watches, still], timeout=POLL_S, return_when=asyncio.FIRST_COMPLETED)
                    finally:
                        still.cancel()
                    for watch in watches:
                        if watch.done():
                            await self._abandon(connection, watch.exception())

            try:
                yield pairs()
            finally:
                for watch in watches:
                    watch.cancel()
                await asyncio.gather(*watches, return_exceptions=True)

    async def block_hash(self, number: int) -> str | None:
        """The hash at this height of the chain as it stands; None above its head."""
        async with self.reading(f"the hash of block {number}"):
            reported = await self._call("chain_getBlockHash", number)
            return None if reported is None else read_hash(reported)

    async def block(self, number: int) -> Block:
        """The block at this height of the chain as it stands. Raises ChainUnreachable if the node has none."""
        block_hash = await self.block_hash(number)
        if block_hash is None:
            raise ChainUnreachable(f"the node has no block {number} yet")
        async with self.reading(f"block {number}"):
            block = await self.block_by_hash(block_hash)
            if block.number != number:
                raise ValueError(f"it says that it is block {block.number}")
            return block

    async def block_by_hash(self, block_hash: str) -> Block:
        """The block of this hash. Its place, its extrinsics and its time are proven by it.

        Its events are believed if there is one outcome for each extrinsic: for more, let another node confirm
        `events_hash` and `metadata_hash`. Raises BadAnswer if the node does not have the block, or not whole.
        """
        async with self.reading(f"block {block_hash}"):
            (head, extrinsics, runtime), reported_events = await asyncio.gather(
                self._body_and_runtime(block_hash),
                self._call("state_getStorage", storage_key("System", "Events"), block_hash),
            )
            produced_at = moment_in(extrinsics, runtime.timestamp_set)
            if produced_at is None and head.number > 0:
                raise ValueError("it does not say when it was made")
            events = None if reported_events is None else hex_bytes(reported_events)
            block = Block(
                number=head.number,
                hash=head.hash,
                parent_hash=head.parent_hash,
                produced_at=produced_at or _BEFORE_THE_CHAIN,
                extrinsic_hashes=[extrinsic_hash(extrinsic) for extrinsic in extrinsics],
                events=[] if events is None else runtime.decode_events(events),
                events_hash=None if events is None else hash_of(events),
                metadata_hash=runtime.metadata_hash,
            )
            if missing := block.missing_outcome():
                raise ValueError(missing)
            return block

    async def extrinsic_hashes(self, block_hash: str) -> list[str]:
        """Return the block's extrinsics, proven by its hash; cheaper than the block with its events."""
        async with self.reading(f"the extrinsics of block {block_hash}"):
            _, extrinsics = await self._body(block_hash)
            return [extrinsic_hash(extrinsic) for extrinsic in extrinsics]

    async def events_hash(self, block_hash: str) -> str | None:
        """Return what this node says that the hash of a block's events is: a few bytes, to confirm what another one
        told.
        """
        async with self.reading(f"the hash of the events of {block_hash}"):
            reported = await self._call("state_getStorageHash", storage_key("System", "Events"), block_hash)
            return None if reported is None else read_hash(reported)

    async def metadata_hash(self, block: Block) -> str:
        """Return what this node says that the hash of the metadata is, by which the block is to be read."""
        return (await self._runtime_that_made(block)).metadata_hash

    async def _body(self, block_hash: str) -> tuple[Head, list[bytes]]:
        """A block's place and its extrinsics; to be read within `reading`."""
        reported = await self._call("chain_getBlock", block_hash)
        if reported is None:
            raise ValueError("it is not known")
        head = read_header(reported["block"]["header"])
        if head.hash != block_hash:
            raise ValueError(f"its header is that of {head.hash}")
        extrinsics = [hex_bytes(extrinsic) for extrinsic in reported["block"]["extrinsics"]]
        if not is_root_of(hex_bytes(reported["block"]["header"]["extrinsicsRoot"]), extrinsics):
            raise ValueError(f"these {len(extrinsics)} extrinsics are not its own")
        return head, extrinsics

    async def _body_and_runtime(self, block_hash: str) -> tuple[Head, list[bytes], Runtime]:
        head, extrinsics = await self._body(block_hash)
        return head, extrinsics, await self._runtime_that_made(head)

    async def _abandon(self, connection: RpcConnection, error: BaseException | None) -> NoReturn:
        """No subscription, a head that cannot be read, or the end of the connection: on to another node."""
        unreachable = error if isinstance(error, ChainUnreachable) else BadAnswer(f"heads: {error}")
        await self._nodes.leave(connection, unreachable)
        raise unreachable from error

    async def _runtime_that_made(self, block: Head | Block) -> Runtime:
        """The parent's: a block that brings a new runtime was itself made by the old one."""
        return await self._runtime(block.parent_hash if block.number > 0 else block.hash)


async def _watch(name: str, heads: AsyncIterator[Any], newest: dict[str, Head], moved: asyncio.Event) -> None:
    async for header in heads:
        newest[name] = read_header(header)
        moved.set()
