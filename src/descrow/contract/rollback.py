"""Revert what blocks did to our transactions and calls, when the chain gives up blocks that had been final.

This should never happen, so it raises an alert. It is handled all the same, since the chain is the authority: the
blocks are marked as orphaned, and transactions of ours in them are open again. Whoever applied the blocks' events
learns of it by `FinalEventsReverted`.
"""

from collections.abc import Sequence

import structlog
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.contract.event_store import blocks_above, give_up_blocks
from descrow.contract.events import FinalEventsReverted
from descrow.contract.models import (
    CallStatus,
    ChainBlock,
    ChainEvent,
    ChainTransaction,
    ContractCall,
    Finality,
    TransactionStatus,
)
from descrow.contract.replacement import give_up
from descrow.incidents.alerts import raise_alert
from descrow.incidents.models import AlertKind
from descrow.kernel.events import bus

log = structlog.get_logger(__name__)


async def revert_final_blocks(session: AsyncSession, ancestor: ChainBlock) -> int:
    """Go back to this block; returns how many final ones were given up."""
    orphaned = await blocks_above(session, ancestor.number)
    were_final = [block for block in orphaned if block.finality is Finality.FINALIZED]
    events = await give_up_blocks(session, orphaned)
    await _reopen_transactions(session, were_final, ancestor)
    applied = [event for event in events if event.applied_at is not None]
    await bus.publish(session, FinalEventsReverted(applied, ancestor))
    await session.execute(
        update(ChainEvent)
        .where(ChainEvent.block_hash.in_([block.hash for block in orphaned]))
        .values(applied_at=None, next_attempt_at=None, last_error=None)
    )
    await raise_alert(
        session,
        AlertKind.FINALITY_WENT_BACK,
        subject=f"block {ancestor.number + 1}",
        blocks=len(were_final),
        ancestor=ancestor.hash,
    )
    log.error("finality went back", to=ancestor.number, blocks=len(were_final), events=len(events))
    return len(were_final)


async def _reopen_transactions(session: AsyncSession, orphaned: Sequence[ChainBlock], ancestor: ChainBlock) -> None:
    """The same bytes are sent again, so that nothing takes effect twice; those that can never be valid are ended."""
    hashes = {block.hash for block in orphaned}
    transactions = await session.scalars(
        select(ChainTransaction)
        .where(
            ChainTransaction.block_hash.in_(hashes)
            | (ChainTransaction.birth_hash.in_(hashes) & (ChainTransaction.status == TransactionStatus.SIGNED))
        )
        .order_by(ChainTransaction.id)
        .with_for_update()
    )
    for transaction in transactions.all():
        transaction.block_number = transaction.block_hash = transaction.fee_planck = transaction.error = None
        transaction.status, transaction.ended_at = TransactionStatus.SIGNED, None
        await session.execute(
            update(ContractCall)
            .where(ContractCall.transaction_id == transaction.id)
            .values(status=CallStatus.SIGNED, ended_at=None)
        )
        if transaction.birth_hash in hashes:
            why = "the block that began the transaction's era was given up"
            await give_up(session, transaction, why, above=ancestor.number, orphans=hashes)
