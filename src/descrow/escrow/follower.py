"""From the chain into the log: final blocks are facts, best blocks are news, and neither has a hole.

Each step is one transaction: headers (the highest final one is the cursor), every event of our contract, and the end of
each transaction of ours. So after a crash the log continues where it was, without hole or double.
"""

import asyncio
import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.chain.blocks import Block
from descrow.chain.client import ChainClient, Heads
from descrow.chain.errors import ChainUnreachable, WrongChain
from descrow.chain.headers import Head
from descrow.db import Sessions
from descrow.escrow import notices, rollback
from descrow.escrow.chain_log import (
    blocks_above,
    cursor_of,
    end_own_transactions,
    events_in,
    give_up_blocks,
    hashes_between,
    write_blocks,
)
from descrow.escrow.models import ChainBlock, Deployment, Standing
from descrow.operations.alerts import clear_alert, raise_alert
from descrow.operations.models import AlertKind

log = structlog.get_logger()

FETCH_AHEAD = 32
"""Final blocks fetched and written at once; the next ones are fetched while these are written."""

MOST_UNFINAL = 128
"""Blocks above the final one that are looked at. Where finality stalls for longer, the rest is no news yet."""


class NodesDisagree(ChainUnreachable):
    """Two nodes tell different final blocks. Neither is believed until they agree."""


@dataclass
class Follower:
    """Keeps the log up with the chain; sets `news` after each step that held something of ours.

    `witnesses` are further nodes that must tell the same hash before a block counts as final.
    """

    sessions: Sessions
    chain: ChainClient
    deployment: Deployment
    witnesses: Sequence[ChainClient] = ()
    news: asyncio.Event = field(default_factory=asyncio.Event)
    _unfinal: dict[str, Block] = field(default_factory=dict)
    """Blocks read while they were not final, by hash."""

    async def run(self) -> None:
        """Follow until the connection is lost.

        Raises ChainUnreachable, to be called again; WrongChain, which calling again does not mend.
        """
        for node in (self.chain, *self.witnesses):
            await node.expect(self.deployment.genesis_hash)
        async with self.chain.heads() as heads:
            async for now in heads:
                await self.advance(now)

    async def catch_up(self) -> None:
        """Bring the log up to what the node says now."""
        await self.advance(Heads(await self.chain.best_head(), await self.chain.final_head()))

    async def advance(self, now: Heads) -> None:
        """Bring the log from wherever it is to these heads."""
        await self._follow_final(now.final)
        await self._follow_best(now)

    # --- facts ---

    async def _follow_final(self, final: Head) -> None:
        async with self.sessions() as session:
            cursor = await cursor_of(session)
        if cursor is not None and final.number <= cursor.number:
            if await self._hash_at(final.number) != await self._logged_hash(final.number):
                await self._go_back(final.number)
            elif final.number < cursor.number:
                log.info("node is behind", final=final.number, cursor=cursor.number)
                return
            else:
                return
        while True:
            try:
                await self._write_final_up_to(final.number)
                return
            except _DoesNotContinue as break_:
                await self._go_back(break_.number)

    async def _write_final_up_to(self, last: int) -> None:
        """Blocks are read some way ahead of those being written, and written in order."""
        async with self.sessions() as session:
            cursor = await cursor_of(session)
        first = self.deployment.block_number if cursor is None else cursor.number + 1
        chunks = [range(n, min(last, n + FETCH_AHEAD - 1) + 1) for n in range(first, last + 1, FETCH_AHEAD)]
        reading = asyncio.ensure_future(self._read(chunks[0])) if chunks else None
        try:
            for following in [*chunks[1:], None]:
                if reading is None:
                    return
                blocks = await reading
                reading = asyncio.ensure_future(self._read(following)) if following is not None else None
                await self._write_final(blocks)
        finally:
            if reading is not None:
                reading.cancel()
                await asyncio.gather(reading, return_exceptions=True)

    async def _read(self, numbers: range) -> list[Block]:
        return list(await asyncio.gather(*(self._read_final(number) for number in numbers)))

    async def _read_final(self, number: int) -> Block:
        block_hash = await self._hash_at(number)
        if block_hash is None:
            raise ChainUnreachable(f"the node has no block {number} yet")
        return self._unfinal.get(block_hash) or await self.chain.block_by_hash(block_hash)

    async def _hash_at(self, number: int) -> str | None:
        """The hash at this height, which every witness must confirm. Raises NodesDisagree."""
        told = await asyncio.gather(*(node.block_hash(number) for node in (self.chain, *self.witnesses)))
        if len(set(told)) > 1:
            async with self.sessions.begin() as session:
                await raise_alert(session, AlertKind.NODES_DISAGREE, subject="final blocks", block=number)
            raise NodesDisagree(f"block {number} is {' or '.join(map(str, told))}")
        return told[0]

    async def _write_final(self, blocks: list[Block]) -> None:
        async with self.sessions.begin() as session:
            cursor = await cursor_of(session)
            _check_continues(cursor, blocks)
            held_something = await self._write_final_in(session, blocks)
        for block in blocks:
            self._unfinal.pop(block.hash, None)
        if held_something:
            self.news.set()

    async def _write_final_in(self, session: AsyncSession, blocks: list[Block]) -> bool:
        now_final = {block.number: block.hash for block in blocks}
        standing = await blocks_above(session, blocks[0].number - 1)
        beaten = next((b.number for b in standing if now_final.get(b.number, b.hash) != b.hash), None)
        if beaten is not None:
            undone = await give_up_blocks(session, [block for block in standing if block.number >= beaten])
            await notices.tell_of_undone(session, undone)
        held_events = await write_blocks(
            session, blocks, Standing.FINALIZED, contract_address=self.deployment.contract_address
        )
        held_transactions = await end_own_transactions(session, blocks)
        if self.witnesses:
            await clear_alert(session, AlertKind.NODES_DISAGREE, subject="final blocks")
        return held_events or held_transactions

    async def _go_back(self, from_number: int) -> None:
        """The chain's final blocks are not ours from some height on: give ours up from there, as the chain did."""
        ancestor = await self._common_ancestor(from_number)
        async with self.sessions.begin() as session:
            await rollback.undo_final_blocks(session, ancestor)
        self._unfinal.clear()
        self.news.set()

    async def _common_ancestor(self, from_number: int) -> ChainBlock:
        for number in range(from_number, self.deployment.block_number - 1, -1):
            if await self._hash_at(number) == await self._logged_hash(number):
                async with self.sessions() as session:
                    return await session.get_one(ChainBlock, await self._logged_hash(number))
        raise WrongChain(f"the contract's block {self.deployment.block_number} is not on the node's chain")

    async def _logged_hash(self, number: int) -> str | None:
        async with self.sessions() as session:
            return (await hashes_between(session, number, number)).get(number)

    # --- news ---

    async def _follow_best(self, now: Heads) -> None:
        """Log what stands above the final block, and tell of it; what no longer stands is given up, and told too."""
        branch = await self._branch(now)
        if branch is None:
            return
        stands = {block.hash for block in branch}
        async with self.sessions.begin() as session:
            logged = await blocks_above(session, now.final.number)
            gone = [block for block in logged if block.hash not in stands]
            new = [block for block in branch if block.hash not in {row.hash for row in logged}]
            if not gone and not new:
                return
            undone = await give_up_blocks(session, gone)
            await notices.tell_of_undone(session, undone)
            if new:
                await write_blocks(session, new, Standing.BEST, contract_address=self.deployment.contract_address)
                await notices.tell_of_coming(session, await events_in(session, [block.hash for block in new]))
        self._unfinal = {block.hash: block for block in branch}

    async def _branch(self, now: Heads) -> list[Block] | None:
        """From the child of the final block to the best one; None when the best is on another branch, which passes."""
        height = min(now.best.number, now.final.number + MOST_UNFINAL)
        if height < now.final.number:
            return None
        if height == now.final.number:
            return []
        block_hash = now.best.hash if height == now.best.number else await self.chain.block_hash(height)
        branch: list[Block] = []
        while block_hash is not None and height > now.final.number:
            block = self._unfinal.get(block_hash) or await self.chain.block_by_hash(block_hash)
            branch.append(block)
            block_hash, height = block.parent_hash, height - 1
        return branch[::-1] if block_hash == now.final.hash else None


class _DoesNotContinue(Exception):
    """The node's next final block is no child of our newest one."""

    def __init__(self, number: int) -> None:
        super().__init__(f"the block after {number} has another parent")
        self.number = number


def _check_continues(cursor: ChainBlock | None, blocks: Sequence[Block]) -> None:
    """Raises _DoesNotContinue, or ChainUnreachable when the node's own blocks do not hang together."""
    for parent, child in itertools.pairwise(blocks):
        if child.parent_hash != parent.hash:
            raise ChainUnreachable(f"the node's block {child.number} is no child of its block {parent.number}")
    if cursor is None:
        return
    if blocks[0].number != cursor.number + 1:
        raise ChainUnreachable(f"another process has written the log up to {cursor.number}")
    if blocks[0].parent_hash != cursor.hash:
        raise _DoesNotContinue(cursor.number)
