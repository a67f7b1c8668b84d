"""The chain's blocks read once more beside the log: what the log lacks, what it has besides, what it has otherwise.

The log is never rewritten. What it lacks can be put in, when somebody asks for it; everything else is for a person.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.chain.blocks import Block
from descrow.chain.client import ChainClient
from descrow.contract.event_store import cursor_of, event_row
from descrow.contract.models import ChainBlock, ChainEvent, Deployment, Finality
from descrow.incidents import audit
from descrow.kernel.db import Sessions, utc_now
from descrow.kernel.fastpath.bulk_insert import insert_rows
from descrow.orders.models import OrderTransition
from descrow.orders.rebuild import LogIsEmpty
from descrow.orders.transitions import STATUS_AFTER_EVENT

BLOCKS_AT_ONCE = 100
_COMPARED = ("name", "contract_order_id", "arguments", "extrinsic_index", "extrinsic_hash", "happened_at")


@dataclass(frozen=True)
class LogDifference:
    """`field` is `event` or `block` for one that only one side has; the chain's side is `there`."""

    block_number: int
    event_index: int | None
    field: str
    here: str | None
    there: str | None


@dataclass
class Replay:
    """Describe what one reading of blocks `first` to `last` found, and what the log lacks of them."""

    first: int
    last: int
    events: int = 0
    differences: list[LogDifference] = field(default_factory=list)
    missing_blocks: list[Block] = field(default_factory=list)
    missing_events: list[dict[str, object]] = field(default_factory=list)


async def replay(sessions: Sessions, chain: ChainClient, deployment: Deployment, *, first: int) -> Replay:
    """Read the blocks from `first` to the end of the log again, and compare event by event; nothing is changed.

    Raises LogIsEmpty, ChainUnreachable.
    """
    async with sessions() as session:
        cursor = await cursor_of(session)
    if cursor is None:
        raise LogIsEmpty
    result = Replay(max(first, deployment.block_number), min(cursor.number, await chain.finalized_number()))
    for start in range(result.first, result.last + 1, BLOCKS_AT_ONCE):
        numbers = range(start, min(result.last, start + BLOCKS_AT_ONCE - 1) + 1)
        async with sessions() as session:
            blocks, events = await _logged(session, numbers)
        for number in numbers:
            block = await chain.block(number)
            if _is_comparable(result, block, blocks.get(number)):
                _compare_events(result, block, events.get(block.hash, {}), deployment.contract_address)
    return result


async def put_in_missing(sessions: Sessions, found: Replay, *, actor: str, reason: str | None) -> int:
    """Put into the log what it lacks; returns how many events. A repeat changes nothing.

    An event whose effect is in its order's trail already counts as applied; the projection sees to the others.
    """
    async with sessions.begin() as session:
        blocks = [block for block in found.missing_blocks if await session.get(ChainBlock, block.hash) is None]
        session.add_all(
            ChainBlock(
                hash=block.hash,
                number=block.number,
                parent_hash=block.parent_hash,
                finality=Finality.FINALIZED,
                produced_at=block.produced_at,
            )
            for block in blocks
        )
        await session.flush()
        missing = await _still_missing(session, found.missing_events)
        for row in missing:
            row["applied_at"] = utc_now() if await _is_applied(session, row) else None
        await insert_rows(session, ChainEvent, missing)
        await audit.note(
            session,
            actor=actor,
            action="replay",
            subject=f"blocks {found.first} to {found.last}",
            reason=reason,
            blocks_added=[block.number for block in blocks],
            events_added=[[row["block_number"], row["event_index"], row["name"]] for row in missing],
        )
    return len(missing)


Events = dict[str, dict[int, ChainEvent]]
"""By block hash and place."""


async def _logged(session: AsyncSession, numbers: range) -> tuple[dict[int, ChainBlock], Events]:
    blocks = await session.scalars(
        select(ChainBlock).where(
            ChainBlock.number.between(numbers[0], numbers[-1]), ChainBlock.finality == Finality.FINALIZED
        )
    )
    rows = await session.scalars(
        select(ChainEvent).where(
            ChainEvent.block_number.between(numbers[0], numbers[-1]), ChainEvent.finality == Finality.FINALIZED
        )
    )
    events: Events = {}
    for row in rows:
        events.setdefault(row.block_hash, {})[row.event_index] = row
    return {block.number: block for block in blocks}, events


def _is_comparable(result: Replay, block: Block, logged: ChainBlock | None) -> bool:
    """Return whether the log has this block, or none at its height: another block's events are another matter."""
    if logged is None:
        result.missing_blocks.append(block)
        result.differences.append(LogDifference(block.number, None, "block", None, block.hash))
    elif logged.hash != block.hash:
        result.differences.append(LogDifference(block.number, None, "block", logged.hash, block.hash))
        return False
    return True


def _compare_events(result: Replay, block: Block, logged: dict[int, ChainEvent], contract_address: str) -> None:
    on_chain = {
        event.index: event_row(block, event, Finality.FINALIZED)
        for event in block.events
        if event.is_contract_event_of(contract_address)
    }
    result.events += len(on_chain)
    for index in sorted(on_chain.keys() | logged.keys()):
        if index not in logged:
            result.missing_events.append(on_chain[index])
            result.differences.append(LogDifference(block.number, index, "event", None, str(on_chain[index]["name"])))
        elif index not in on_chain:
            result.differences.append(LogDifference(block.number, index, "event", logged[index].name, None))
        else:
            result.differences += _differences(block.number, logged[index], on_chain[index])


def _differences(number: int, logged: ChainEvent, on_chain: dict[str, object]) -> Sequence[LogDifference]:
    pairs = ((name, getattr(logged, name), on_chain[name]) for name in _COMPARED)
    return [
        LogDifference(number, logged.event_index, name, str(here), str(there))
        for name, here, there in pairs
        if here != there
    ]


async def _still_missing(session: AsyncSession, rows: list[dict[str, object]]) -> list[dict[str, object]]:
    places = [(row["block_hash"], row["event_index"]) for row in rows]
    held = await session.execute(
        select(ChainEvent.block_hash, ChainEvent.event_index).where(
            tuple_(ChainEvent.block_hash, ChainEvent.event_index).in_(places)
        )
    )
    there = {(block_hash, index) for block_hash, index in held}
    return [row for row, place in zip(rows, places, strict=True) if place not in there]


async def _is_applied(session: AsyncSession, row: dict[str, object]) -> bool:
    """Return whether the order's trail tells of the event, or for one that moves no order, of what its transaction
    did.
    """
    step = select(OrderTransition.id).where(OrderTransition.block_hash == row["block_hash"])
    if row["name"] in STATUS_AFTER_EVENT:
        step = step.where(OrderTransition.event_index == row["event_index"])
    else:
        step = step.where(OrderTransition.extrinsic_hash == row["extrinsic_hash"])
    return await session.scalar(step.limit(1)) is not None
