"""From the chain into the log: final blocks are facts, best blocks are news, and neither has a hole.

Each step is one transaction: headers (the highest final one is the cursor), every event of our contract, and the end of
each transaction of ours. So after a crash the log continues where it was, without hole or double.
"""

import asyncio
import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NoReturn

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.chain.block_reader import Heads
from descrow.chain.blocks import Block
from descrow.chain.client import ChainClient
from descrow.chain.errors import ChainUnreachable, WrongChain
from descrow.chain.headers import Head
from descrow.contract import rollback
from descrow.contract.event_store import (
    blocks_above,
    cursor_of,
    end_own_transactions,
    final_hash_at,
    give_up_blocks,
    write_blocks,
)
from descrow.contract.events import UnfinalEventsRecorded, UnfinalEventsReverted
from descrow.contract.models import ChainBlock, ChainEvent, Deployment, Finality
from descrow.contract.witness_monitor import WitnessWatch
from descrow.incidents.alerts import clear_alert, raise_alert
from descrow.incidents.models import AlertKind
from descrow.kernel.db import Sessions, one_read
from descrow.kernel.events import bus

log = structlog.get_logger(__name__)

FETCH_AHEAD = 32
"""Final blocks fetched and written at once; the next ones are fetched while these are written."""

MOST_UNFINAL = 128
"""Blocks above the final one that are looked at. Where finality stalls for longer, the rest is no news yet."""


class NodesDisagree(ChainUnreachable):
    """Two nodes tell different final blocks, or different events of one. Neither is believed until they agree."""


@dataclass(frozen=True)
class _Place:
    """A block by its height and its hash."""

    number: int
    hash: str


@dataclass
class Indexer:
    """Keep the event store up with the chain; set `has_events` after each step that held an event of ours.

    `witnesses` are further nodes. A block counts as final once it is final for each of them too, and each tells the
    same hash and the same events.
    """

    sessions: Sessions
    chain: ChainClient
    deployment: Deployment
    witnesses: Sequence[ChainClient] = ()
    has_events: asyncio.Event = field(default_factory=asyncio.Event)
    _unfinal: dict[str, Block] = field(default_factory=dict)
    """Blocks read while they were not final, by hash."""
    _witness_watch: WitnessWatch = field(default_factory=WitnessWatch)

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
        try:
            newest_final = await self._follow_final(now.final)
        except NodesDisagree as error:  # nobody can say who is right, but perhaps another node agrees
            await self.chain.try_another_node(error)
            raise
        if newest_final is not None:
            await self._follow_best(now.best, newest_final)

    # --- facts ---

    async def _follow_final(self, final: Head) -> _Place | None:
        """The newest final block in the log when all is done; None before there is one."""
        newest = await self._confirmed(final)
        cursor = await self._cursor()
        if cursor is not None and cursor != newest and cursor.number >= newest.number:
            if await self._logged_hash(newest.number) not in (None, newest.hash):
                await self._go_back(newest)
                cursor = await self._cursor()
            elif final.number < cursor.number:
                await self.chain.leave_if_behind(final.number)
                log.info("node is behind", final=final.number, cursor=cursor.number)
                return cursor
        while True:
            try:
                return await self._write_final_up_to(newest, cursor)
            except _DoesNotContinue as break_:
                await self._go_back(break_.parent)
                cursor = await self._cursor()

    async def _confirmed(self, final: Head) -> _Place:
        """The newest block that is final for this node and for every witness."""
        seen = await asyncio.gather(*(witness.finalized_number() for witness in self.witnesses))
        number = min([final.number, *seen])
        if self.witnesses:
            async with self.sessions.begin() as session:
                await self._witness_watch.look(session, seen, final=final.number)
        async with self.chain.reading(f"final block {final.number}"):
            if await self.chain.block_hash(final.number) != final.hash:
                raise ValueError(f"it is not {final.hash}")
            block_hash = final.hash if number == final.number else await self.chain.block_hash(number)
            if block_hash is None:
                raise ValueError(f"below it is no block {number}")
        return _Place(number, block_hash)

    async def _write_final_up_to(self, last: _Place, cursor: _Place | None) -> _Place | None:
        """From the cursor on; blocks are read some way ahead of those being written, and written in order.

        The cursor as it is then.
        """
        first = self.deployment.block_number if cursor is None else cursor.number + 1
        chunks = [
            range(n, min(last.number, n + FETCH_AHEAD - 1) + 1) for n in range(first, last.number + 1, FETCH_AHEAD)
        ]
        reading = asyncio.ensure_future(self._read(chunks[0], last)) if chunks else None
        try:
            for following in [*chunks[1:], None]:
                if reading is None:
                    return cursor
                blocks = await reading
                reading = asyncio.ensure_future(self._read(following, last)) if following is not None else None
                await self._write_final(blocks)
            return last
        finally:
            if reading is not None:
                reading.cancel()
                await asyncio.gather(reading, return_exceptions=True)

    async def _read(self, numbers: range, last: _Place) -> list[Block]:
        try:
            async with asyncio.TaskGroup() as tasks:
                reading = [tasks.create_task(self._read_final(number, last)) for number in numbers]
        except ExceptionGroup as failures:  # the others have been stopped: one cause is enough
            raise failures.exceptions[0] from failures
        blocks = [task.result() for task in reading]
        async with self.chain.reading(f"blocks {numbers[0]} to {numbers[-1]}"):
            for parent, child in itertools.pairwise(blocks):
                if child.parent_hash != parent.hash:
                    raise ValueError(f"{child.number} is no child of {parent.number}")
        return blocks

    async def _read_final(self, number: int, last: _Place) -> Block:
        async with self.chain.reading(f"final block {number}"):
            block_hash = last.hash if number == last.number else await self.chain.block_hash(number)
            if block_hash is None:
                raise ValueError("it is not there, but a later one is")
            block = self._unfinal.get(block_hash) or await self.chain.block_by_hash(block_hash)
            if block.number != number:
                raise ValueError(f"it says that it is block {block.number}")
        await asyncio.gather(*(self._confirm(block, witness) for witness in self.witnesses))
        return block

    async def _confirm(self, block: Block, witness: ChainClient) -> None:
        """Raises NodesDisagree unless the witness has this block at its height, with these events, read in this way."""
        reported = await witness.block_hash(block.number)
        if reported != block.hash:
            await self._disagree(block.number, f"block {block.number} is {block.hash} or {reported}")
        reported = await witness.events_hash(block.hash)
        if reported != block.events_hash:
            await self._disagree(block.number, f"block {block.number} has events {block.events_hash} or {reported}")
        reported = await witness.metadata_hash(block)
        if reported != block.metadata_hash:
            await self._disagree(block.number, f"block {block.number} has metadata {block.metadata_hash} or {reported}")

    async def _disagree(self, number: int, why: str) -> NoReturn:
        async with self.sessions.begin() as session:
            await raise_alert(session, AlertKind.NODES_DISAGREE, subject="final blocks", block=number)
        self._unfinal.clear()
        raise NodesDisagree(why)

    async def _write_final(self, blocks: list[Block]) -> None:
        async with self.sessions.begin() as session:
            cursor = await cursor_of(session)
            _check_continues(cursor, blocks[0])
            held_something = await self._write_final_in(session, blocks)
        for block in blocks:
            self._unfinal.pop(block.hash, None)
        if held_something:
            self.has_events.set()

    async def _write_final_in(self, session: AsyncSession, blocks: list[Block]) -> bool:
        now_final = {block.number: block.hash for block in blocks}
        finality = await blocks_above(session, blocks[0].number - 1)
        beaten = next((b.number for b in finality if now_final.get(b.number, b.hash) != b.hash), None)
        if beaten is not None:
            reverted = await give_up_blocks(session, [block for block in finality if block.number >= beaten])
            await bus.publish(session, UnfinalEventsReverted(reverted))
        events = await write_blocks(
            session, blocks, Finality.FINALIZED, contract_address=self.deployment.contract_address
        )
        held_transactions = await end_own_transactions(session, blocks)
        if self.witnesses:
            await clear_alert(session, AlertKind.NODES_DISAGREE, subject="final blocks")
        return bool(events) or held_transactions

    async def _go_back(self, reported: _Place) -> None:
        """This final block of the chain is not ours: give ours up from where they part, if nobody else has them."""
        ancestor = await self._common_ancestor(reported)
        first, kept = ancestor.number + 1, str(await self._logged_hash(ancestor.number + 1))
        for witness in self.witnesses:
            if await witness.block_hash(first) == kept:
                await self._disagree(first, f"block {first} is no longer {kept}, but a witness still has it")
        await self.chain.leave_if_another_has(first, kept)
        async with self.sessions.begin() as session:
            await rollback.revert_final_blocks(session, ancestor)
        self._unfinal.clear()
        self.has_events.set()

    async def _common_ancestor(self, reported: _Place) -> ChainBlock:
        """The newest final block in the log that this block descends from, header by header."""
        block_hash = reported.hash
        for height in range(reported.number, self.deployment.block_number - 1, -1):
            if await self._logged_hash(height) == block_hash:
                async with self.sessions() as session:
                    return await session.get_one(ChainBlock, block_hash)
            async with self.chain.reading(f"block {height} of another branch"):
                head = await self.chain.head(block_hash)
                if head.number != height:
                    raise ValueError(f"it says that it is block {head.number}")
            block_hash = head.parent_hash
        raise WrongChain(f"the contract's block {self.deployment.block_number} is not on it")

    async def _cursor(self) -> _Place | None:
        async with one_read(self.sessions) as session:
            cursor = await cursor_of(session)
        return None if cursor is None else _Place(cursor.number, cursor.hash)

    async def _logged_hash(self, number: int) -> str | None:
        async with one_read(self.sessions) as session:
            return await final_hash_at(session, number)

    # --- news ---

    async def _follow_best(self, best: Head, final: _Place) -> None:
        """Log what stands above the final block, and tell of it; what no longer stands is given up, and told too."""
        branch = await self._branch(best, final)
        if branch is None:
            return
        stands = {block.hash for block in branch}
        async with one_read(self.sessions) as session:
            logged = await blocks_above(session, final.number)
        gone = [block for block in logged if block.hash not in stands]
        new = [block for block in branch if block.hash not in {row.hash for row in logged}]
        if not gone and not new:
            return
        async with self.sessions.begin() as session:
            await bus.publish(session, UnfinalEventsReverted(await give_up_blocks(session, gone)))
            if new:
                events = await write_blocks(
                    session, new, Finality.BEST, contract_address=self.deployment.contract_address
                )
                await bus.publish(session, UnfinalEventsRecorded([ChainEvent(**event) for event in events]))
        self._unfinal = {block.hash: block for block in branch}

    async def _branch(self, best: Head, final: _Place) -> list[Block] | None:
        """From the child of the final block to the best one; None when the best is on another branch, which passes."""
        height = min(best.number, final.number + MOST_UNFINAL)
        block_hash = best.hash if height == best.number else await self.chain.block_hash(height)
        branch: list[Block] = []
        while block_hash is not None and height > final.number:
            block = self._unfinal.get(block_hash) or await self.chain.block_by_hash(block_hash)
            branch.append(block)
            block_hash, height = block.parent_hash, height - 1
        return branch[::-1] if block_hash == final.hash else None


class _DoesNotContinue(Exception):
    """The node's next final block is no child of our newest one."""

    def __init__(self, parent: _Place) -> None:
        super().__init__(f"block {parent.number} is not {parent.hash}, the parent of the next one")
        self.parent = parent


def _check_continues(cursor: ChainBlock | None, first: Block) -> None:
    """Raises _DoesNotContinue, or ChainUnreachable when the log has moved meanwhile."""
    if cursor is None:
        return
    if first.number != cursor.number + 1:
        raise ChainUnreachable(f"another process has written the log up to {cursor.number}")
    if first.parent_hash != cursor.hash:
        raise _DoesNotContinue(_Place(cursor.number, first.parent_hash))
