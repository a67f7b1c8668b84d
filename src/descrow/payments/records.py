"""The record of a payment that was made outside of the chain: the oracle writes it into the contract.

For every way to pay whose mode is `PaymentMode.RECORD`.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.contract import calls
from descrow.contract.escrow import EscrowContract
from descrow.contract.models import CallPriority, CallStatus, ContractCall, SignerRole, SignerState
from descrow.contract.spending import SpendingLimits, spent_on_day
from descrow.kernel.days import start_of_day
from descrow.kernel.db import lock_until_commit
from descrow.kernel.money import NO_CENTS, NOTHING, KesCents, Planck
from descrow.orders.models import Order
from descrow.orders.transitions import Action
from descrow.payments.errors import OracleIsAtItsLimit, PaymentNotRecordable

MOST_FOR_A_RECORD = Planck(300_000_000)
"""What the record of one payment may cost, deposit included: the measured cost is 0.024 DOT (contracts/README)."""
SEEN_IS_GOOD_FOR = timedelta(minutes=10)
"""A signer that no worker has seen for longer signs nothing."""


@dataclass(frozen=True)
class WaitingRecords:
    """Payments that are asked for, or have come, and are not on the chain: each may still need the oracle."""

    count: int = 0
    amount: KesCents = NO_CENTS


async def check_caps(contract: EscrowContract, order: Order, waiting: WaitingRecords) -> None:
    """Refuse to ask for money that the contract would not let the oracle record. Raises OracleIsAtItsLimit."""
    per_order, per_day = await contract.read("oracle_caps")
    recorded = await contract.read("recorded_today")
    if order.contract_amount > per_order or recorded + waiting.amount + order.contract_amount > per_day:
        raise OracleIsAtItsLimit(order.id)


async def lock_records(session: AsyncSession) -> None:
    """Count what waits for the oracle one after the other: two payments must not be promised the same room."""
    await lock_until_commit(session, "records of payments")


async def check_oracle_can_record(
    session: AsyncSession, order: Order, waiting: WaitingRecords, *, now: datetime
) -> None:
    """Refuse to ask for money that the oracle could not record now, after all that waits for it.

    Raises OracleIsAtItsLimit where the contract's caps or the day's budget are used up. Raises PaymentNotRecordable
    where no worker has the oracle's key, its balance is too low, or a record is held back.
    """
    oracle = await session.get(SignerState, SignerRole.ORACLE)
    needed = Planck(MOST_FOR_A_RECORD * (waiting.count + 1))
    if oracle is None or now - oracle.seen_at > SEEN_IS_GOOD_FOR or oracle.free_planck < needed:
        raise PaymentNotRecordable(order.id)
    if await _is_a_record_held_back(session):
        raise PaymentNotRecordable(order.id)
    if not await _is_within_caps(session, oracle, order, waiting, now):
        raise OracleIsAtItsLimit(order.id)
    per_day = None if oracle.per_day_planck is None else Planck(oracle.per_day_planck)
    for_records = SpendingLimits(NOTHING, NOTHING, per_day).for_day(CallPriority.MONEY)
    if for_records is None:
        return
    if await spent_on_day(session, oracle.address, now) + needed > for_records:
        raise OracleIsAtItsLimit(order.id)


async def _is_within_caps(
    session: AsyncSession, oracle: SignerState, order: Order, waiting: WaitingRecords, now: datetime
) -> bool:
    """Compare with the caps that the worker has read. The contract counts what it recorded since midnight in UTC."""
    recorded = await session.scalar(
        select(func.coalesce(func.sum(Order.amount_kes_cents), 0)).where(Order.funded_at >= start_of_day(now))
    )
    wanted = order.contract_amount
    return wanted <= (oracle.cap_per_order_kes_cents or 0) and (
        int(recorded or 0) + waiting.amount + wanted <= (oracle.cap_per_day_kes_cents or 0)
    )


async def _is_a_record_held_back(session: AsyncSession) -> bool:
    """Say if a record of received money already waits because of what it would cost."""
    held_back = select(ContractCall.id).where(
        ContractCall.function == Action.RECORD,
        ContractCall.status == CallStatus.QUEUED,
        ContractCall.held_back.is_not(None),
    )
    return await session.scalar(held_back.limit(1)) is not None


async def record_payment(session: AsyncSession, order: Order, payment_id: int, *, receipt_digest: bytes) -> None:
    """Queue the record of a payment of the whole amount, in the caller's transaction. A repeat changes nothing.

    `receipt_digest` is 32 bytes that the contract takes once, and that buyer and operator can show.
    """
    await calls.queue_call(
        session,
        idempotency_key=f"record_payment:{payment_id}:{order.reference}",
        order_id=order.id,
        function=Action.RECORD,
        arguments=[order.contract_order_id or 0, order.contract_amount, receipt_digest],
        asked_by=order.buyer_id,
        priority=CallPriority.MONEY,
        signer_role=SignerRole.ORACLE,
    )
