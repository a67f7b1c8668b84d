"""From the chain into the event log: every finalized block, in order, each in one transaction.

That transaction writes the block's header (the highest one is the cursor), every event of our contract in it, and the
end of each transaction of ours that it holds. So after a crash the log continues where it was, without hole or double.
"""

import asyncio

import structlog
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.chain.blocks import Block, BlockEvent
from descrow.chain.client import ChainClient
from descrow.chain.errors import WrongChain
from descrow.db import Sessions, utc_now
from descrow.escrow.abi import escrow_interface, to_json
from descrow.escrow.calls import requeue
from descrow.escrow.models import (
    CallStatus,
    ChainBlock,
    ChainEvent,
    ChainTransaction,
    ContractCall,
    Deployment,
    TransactionStatus,
)

log = structlog.get_logger()

FETCH_AHEAD = 16
"""Blocks asked for at once while catching up; they are applied one after the other."""


class FinalityWentBack(Exception):
    """The node's final block is not a child of ours: one of the two is on an abandoned branch. A person must look."""


async def follow(sessions: Sessions, chain: ChainClient, deployment: Deployment, news: asyncio.Event) -> None:
    """Keep the log up with the chain until the connection is lost; set `news` after each block that held something.

    Raises ChainUnreachable, to be called again; WrongChain or FinalityWentBack, which calling again does not mend.
    """
    if await chain.genesis_hash() != deployment.genesis_hash:
        raise WrongChain(f"the node's genesis is {await chain.genesis_hash()}, ours {deployment.genesis_hash}")

    async with chain.finalized_numbers() as finalized:
        async for newest in finalized:
            await catch_up(sessions, chain, deployment, newest, news)


async def catch_up(
    sessions: Sessions, chain: ChainClient, deployment: Deployment, newest: int, news: asyncio.Event
) -> None:
    """Bring the log from where it is up to block `newest`: blocks are fetched several at a time, applied in order."""
    async with sessions() as session:
        cursor = await cursor_of(session)
    next_number = deployment.block_number if cursor is None else cursor.number + 1
    while next_number <= newest:
        numbers = range(next_number, min(newest, next_number + FETCH_AHEAD - 1) + 1)
        for block in await asyncio.gather(*(chain.block(number) for number in numbers)):
            async with sessions.begin() as session:
                held_something = await apply_block(session, block, contract_address=deployment.contract_address)
            if held_something:
                news.set()
        next_number = numbers[-1] + 1


async def cursor_of(session: AsyncSession) -> ChainBlock | None:
    """The newest block in the log."""
    return (await session.scalars(select(ChainBlock).order_by(ChainBlock.number.desc()).limit(1))).one_or_none()


async def apply_block(session: AsyncSession, block: Block, *, contract_address: str) -> bool:
    """Write one block into the log; True when it held an event or a transaction of ours.

    Raises FinalityWentBack when it does not continue the log.
    """
    cursor = await cursor_of(session)
    if cursor is not None and (block.number != cursor.number + 1 or block.parent_hash != cursor.hash):
        raise FinalityWentBack(
            f"block {block.number} {block.hash} has parent {block.parent_hash}, ours is {cursor.number} {cursor.hash}"
        )

    session.add(
        ChainBlock(number=block.number, hash=block.hash, parent_hash=block.parent_hash, produced_at=block.produced_at)
    )
    await session.flush()
    rows = [_event_row(block, event) for event in block.events if event.is_contract_event_of(contract_address)]
    if rows:
        await session.execute(insert(ChainEvent), rows)
    ended = await _end_own_transactions(session, block)
    return bool(rows) or ended


def _event_row(block: Block, event: BlockEvent) -> dict[str, object]:
    decoded = escrow_interface().decode_event(*event.contract_log())
    order_id = decoded.arguments.get("order_id")
    return {
        "block_number": block.number,
        "event_index": event.index,
        "block_hash": block.hash,
        "extrinsic_index": event.extrinsic_index,
        "extrinsic_hash": None if event.extrinsic_index is None else block.extrinsic_hashes[event.extrinsic_index],
        "name": decoded.name,
        "chain_order_id": order_id,
        "arguments": {name: to_json(value) for name, value in decoded.arguments.items()},
        "happened_at": block.produced_at,
        "applied_at": utc_now() if order_id is None else None,  # only orders have something to apply to
    }


async def _end_own_transactions(session: AsyncSession, block: Block) -> bool:
    """Transactions of ours in this block are final now: note fee and outcome, end or requeue each of their calls."""
    open_transactions = await session.scalars(
        select(ChainTransaction)
        .where(ChainTransaction.status == TransactionStatus.SIGNED, ChainTransaction.hash.in_(block.extrinsic_hashes))
        .with_for_update()
    )
    ended = False
    for transaction in open_transactions:
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
        for call, item_error in zip(calls, outcome.batch_items(len(calls)), strict=True):
            if item_error is None:
                call.status, call.ended_at, call.last_error = CallStatus.SUCCEEDED, utc_now(), None
            else:
                await requeue(session, call, item_error)
        log.info("transaction final", hash=transaction.hash, block=block.number, calls=len(calls), error=outcome.error)
        ended = True
    return ended
