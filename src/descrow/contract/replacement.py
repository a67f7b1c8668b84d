"""Several transactions with one nonce, signed one after the other for the same calls: a block takes one at most.

The newest is `signed`, and the calls are tied to it; those before it are `replaced`, and still count if a block takes
one of them: then it stands for the calls, and the newest is the one that came to nothing.
"""

from collections.abc import Collection

from sqlalchemy import Select, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.contract.calls import requeue
from descrow.contract.models import ChainTransaction, ContractCall, TransactionStatus
from descrow.kernel.db import utc_now


async def store_replacement(session: AsyncSession, stuck: ChainTransaction, replacement: ChainTransaction) -> bool:
    """Store the replacement and tie the calls to it; False, and nothing is stored, when `stuck` has ended meanwhile."""
    still = await session.get_one(ChainTransaction, stuck.id, with_for_update=True)
    if still.status is not TransactionStatus.SIGNED:
        return False
    still.status = TransactionStatus.REPLACED
    session.add(replacement)
    await session.flush()
    await _tie_calls(session, [still.id], to=replacement)
    return True


async def stand_for_calls(session: AsyncSession, taken: ChainTransaction) -> None:
    """A block has taken this one: the calls are its own now, and no other with its nonce is open any more."""
    rivals = (await session.scalars(_rivals_of(taken, TransactionStatus.SIGNED, TransactionStatus.REPLACED))).all()
    for rival in rivals:
        rival.status = TransactionStatus.REPLACED
    await _tie_calls(session, [rival.id for rival in rivals], to=taken)


async def give_up(
    session: AsyncSession, transaction: ChainTransaction, why: str, *, above: int, orphans: Collection[str] = ()
) -> None:
    """End a transaction that no block above this height can hold.

    Its calls go on with one that it had replaced, if a block still can hold that; otherwise back to the queue. One that
    began in an orphaned block never can be held.
    """
    transaction.status, transaction.ended_at = TransactionStatus.EXPIRED, utc_now()
    heir = await session.scalar(
        _rivals_of(transaction, TransactionStatus.REPLACED)
        .where(ChainTransaction.valid_until_block > above, ChainTransaction.birth_hash.not_in(orphans))
        .order_by(ChainTransaction.id.desc())
        .limit(1)
    )
    if heir is not None:
        heir.status = TransactionStatus.SIGNED
        await _tie_calls(session, [transaction.id], to=heir)
        return
    calls = await session.scalars(select(ContractCall).where(ContractCall.transaction_id == transaction.id))
    for call in calls.all():
        await requeue(session, call, why)


def _rivals_of(transaction: ChainTransaction, *statuses: TransactionStatus) -> Select[ChainTransaction]:
    return (
        select(ChainTransaction)
        .where(
            ChainTransaction.signer == transaction.signer,
            ChainTransaction.nonce == transaction.nonce,
            ChainTransaction.id != transaction.id,
            ChainTransaction.status.in_(statuses),
        )
        .with_for_update()
    )


async def _tie_calls(session: AsyncSession, transaction_ids: list[int], *, to: ChainTransaction) -> None:
    await session.execute(
        update(ContractCall).where(ContractCall.transaction_id.in_(transaction_ids)).values(transaction_id=to.id)
    )
