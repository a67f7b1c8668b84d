"""The log of blocks and of our contract's events in them: what is best, what is final, what was given up.

Every function works within the caller's transaction, so that a block, its events and its effects on our own
transactions are there whole or not at all.
"""

from collections.abc import Collection, Sequence
from typing import Any

import structlog
from sqlalchemy import Boolean, bindparam, delete, func, literal_column, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.chain.blocks import Block
from descrow.chain.events import BlockEvent
from descrow.contract.abi import escrow_interface, to_json
from descrow.contract.calls import requeue
from descrow.contract.models import (
    CallStatus,
    ChainBlock,
    ChainEvent,
    ChainTransaction,
    ContractCall,
    Finality,
    TransactionStatus,
)
from descrow.contract.replacement import stand_for_calls
from descrow.kernel.db import utc_now
from descrow.kernel.fastpath.bulk_insert import as_lists, insert_rows, insertion_of

log = structlog.get_logger(__name__)

_CURSOR = (
    select(ChainBlock).where(ChainBlock.finality == Finality.FINALIZED).order_by(ChainBlock.number.desc()).limit(1)
)
_ABOVE = (
    select(ChainBlock)
    .where(ChainBlock.number > bindparam("height"), ChainBlock.finality != Finality.ORPHANED)
    .order_by(ChainBlock.number)
)
_NEW_BLOCKS = insertion_of(ChainBlock, "hash", "number", "parent_hash", "finality", "produced_at", "recorded_at")
_WRITE_BLOCKS = _NEW_BLOCKS.on_conflict_do_update(
    index_elements=[ChainBlock.hash], set_={"finality": _NEW_BLOCKS.excluded.finality, "orphaned_at": None}
).returning(ChainBlock.hash, literal_column("xmax = 0", Boolean))
"""PostgreSQL notes in `xmax` who changed a row that was there before; a new row has nobody."""


async def cursor_of(session: AsyncSession) -> ChainBlock | None:
    """The newest final block in the log."""
    return (await session.scalars(_CURSOR)).one_or_none()


async def blocks_above(session: AsyncSession, number: int) -> list[ChainBlock]:
    """The blocks that stand above this height, lowest first."""
    return list(await session.scalars(_ABOVE, {"height": number}))


async def final_hash_at(session: AsyncSession, number: int) -> str | None:
    """The final block at this height; None above the cursor."""
    return await session.scalar(
        select(ChainBlock.hash).where(ChainBlock.number == number, ChainBlock.finality == Finality.FINALIZED)
    )


async def write_blocks(
    session: AsyncSession, blocks: Sequence[Block], finality: Finality, *, contract_address: str
) -> list[dict[str, Any]]:
    """Log blocks with their events, or give those logged before this standing; returns the rows of their events.

    Nothing else may stand at their heights. Events read now replace those that were read of the same block while it
    was not final, perhaps from a node that lied.
    """
    written = await session.execute(
        _WRITE_BLOCKS,
        as_lists(
            [
                {
                    "hash": block.hash,
                    "number": block.number,
                    "parent_hash": block.parent_hash,
                    "finality": finality,
                    "produced_at": block.produced_at,
                    "recorded_at": utc_now(),
                }
                for block in blocks
            ]
        ),
    )
    if known := [block_hash for block_hash, is_new in written if not is_new]:
        await session.execute(delete(ChainEvent).where(ChainEvent.block_hash.in_(known)))
    events = [
        event_row(block, event, finality)
        for block in blocks
        for event in block.events
        if event.is_contract_event_of(contract_address)
    ]
    await insert_rows(session, ChainEvent, events)
    return events


async def events_in(session: AsyncSession, block_hashes: Collection[str]) -> list[ChainEvent]:
    """The events of ours in these blocks, oldest first."""
    rows = await session.scalars(
        select(ChainEvent)
        .where(ChainEvent.block_hash.in_(block_hashes))
        .order_by(ChainEvent.block_number, ChainEvent.event_index)
    )
    return list(rows)


async def give_up_blocks(session: AsyncSession, blocks: Collection[ChainBlock]) -> list[ChainEvent]:
    """Mark blocks as orphaned; returns the events of ours that they held. Their rows stay, to be looked at."""
    hashes = [block.hash for block in blocks]
    if not hashes:
        return []
    await session.execute(
        update(ChainBlock).where(ChainBlock.hash.in_(hashes)).values(finality=Finality.ORPHANED, orphaned_at=utc_now())
    )
    events = await events_in(session, hashes)
    await session.execute(
        update(ChainEvent).where(ChainEvent.block_hash.in_(hashes)).values(finality=Finality.ORPHANED)
    )
    log.warning("blocks given up", count=len(hashes), lowest=min(b.number for b in blocks), events=len(events))
    return events


async def end_own_transactions(session: AsyncSession, blocks: Sequence[Block]) -> bool:
    """Transactions of ours in these blocks are final: note fee and outcome, end or requeue each of their calls."""
    holders = {extrinsic_hash: block for block in blocks for extrinsic_hash in block.extrinsic_hashes}
    lowest = min((block.number for block in blocks), default=0)
    watched = (ChainTransaction.status == TransactionStatus.SIGNED) | (
        (ChainTransaction.status == TransactionStatus.REPLACED) & (ChainTransaction.valid_until_block >= lowest)
    )
    open_transactions = await session.scalars(select(ChainTransaction).where(watched).with_for_update())
    ended = False
    for transaction in open_transactions.all():
        block = holders.get(transaction.hash)
        if block is None:
            continue
        await stand_for_calls(session, transaction)
        outcome = block.outcome_of(block.extrinsic_hashes.index(transaction.hash))
        transaction.status = TransactionStatus.FINALIZED
        transaction.block_number, transaction.block_hash = block.number, block.hash
        transaction.fee_planck = outcome.fee
        transaction.error = outcome.error
        transaction.ended_at = utc_now()
        calls = (
            await session.scalars(
                select(ContractCall).where(ContractCall.transaction_id == transaction.id).order_by(ContractCall.place)
            )
        ).all()
        for call in calls:
            item_error = outcome.error_of_item(call.place or 0)
            if item_error is None:
                call.status, call.ended_at, call.last_error = CallStatus.SUCCEEDED, utc_now(), None
            else:
                await requeue(session, call, item_error)
        log.info("transaction final", hash=transaction.hash, block=block.number, calls=len(calls), error=outcome.error)
        ended = True
    return ended


async def newest_best_number(session: AsyncSession) -> int | None:
    """Return how far the chain as it stands has come."""
    return await session.scalar(select(func.max(ChainBlock.number)).where(ChainBlock.finality != Finality.ORPHANED))


def event_row(block: Block, event: BlockEvent, finality: Finality) -> dict[str, Any]:
    """An event of our contract as the log has it, not applied yet."""
    decoded = escrow_interface().decode_event(*event.contract_log())
    return {
        "block_hash": block.hash,
        "event_index": event.index,
        "block_number": block.number,
        "finality": finality,
        "extrinsic_index": event.extrinsic_index,
        "extrinsic_hash": None if event.extrinsic_index is None else block.extrinsic_hashes[event.extrinsic_index],
        "name": decoded.name,
        "contract_order_id": decoded.arguments.get("order_id"),
        "arguments": {name: to_json(value) for name, value in decoded.arguments.items()},
        "happened_at": block.produced_at,
        "attempt_count": 0,
    }
