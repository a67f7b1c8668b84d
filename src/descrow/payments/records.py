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
from descrow.payments.errors import OracleIsAtItsLimit, PaymentNotRecordable, TryAgainLater

MOST_FOR_A_RECORD = Planck(300_000_000)
"""What the record of one payment may cost, deposit included: the measured cost is 0.024 DOT (contracts/README)."""
NEWCOMERS_PERCENT = 50
"""Of what the oracle may still record today: so much at most is kept for payments that newcomers were asked for."""
NEWCOMER_WAITS_S = 120
"""By then a prompt that nobody answered holds nothing any more, as a rule."""
SEEN_IS_GOOD_FOR = timedelta(minutes=10)
"""A signer that no worker has seen for longer signs nothing."""


@dataclass(frozen=True)
class WaitingRecords:
    """Payments that are asked for, or have come, and are not on the chain: each may still need the oracle.

    Those of newcomers among them are asked for only, of buyers who have never paid.
    """

    count: int = 0
    amount: KesCents = NO_CENTS
    newcomers_count: int = 0
    newcomers_amount: KesCents = NO_CENTS


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
    session: AsyncSession, order: Order, waiting: WaitingRecords, *, now: datetime, is_newcomer: bool = False
) -> None:
    """Refuse to ask for money that the oracle could not record now, after all that waits for it.

    Raises OracleIsAtItsLimit where the contract's caps or the day's budget are used up. Raises PaymentNotRecordable
    where no worker has the oracle's key, its balance is too low, or a record is held back. Raises TryAgainLater where
    prompts that other newcomers have not answered keep all that newcomers may.
    """
    oracle = await session.get(SignerState, SignerRole.ORACLE)
    needed = Planck(MOST_FOR_A_RECORD * (waiting.count + 1))
    if oracle is None or now - oracle.seen_at > SEEN_IS_GOOD_FOR or oracle.free_planck < needed:
        raise PaymentNotRecordable(order.id)
    if await _is_a_record_held_back(session):
        raise PaymentNotRecordable(order.id)
    wanted, left = order.contract_amount, await _left_to_record(session, oracle, now)
    if wanted > (oracle.cap_per_order_kes_cents or 0) or waiting.amount + wanted > left:
        raise OracleIsAtItsLimit(order.id)
    left_to_spend = await _left_to_spend(session, oracle, now)
    if left_to_spend is not None and needed > left_to_spend:
        raise OracleIsAtItsLimit(order.id)
    if is_newcomer and waiting.newcomers_count > 0:
        needed_for_newcomers = MOST_FOR_A_RECORD * (waiting.newcomers_count + 1)
        has_room = waiting.newcomers_amount + wanted <= _part_of_newcomers(left) and (
            left_to_spend is None or needed_for_newcomers <= _part_of_newcomers(left_to_spend)
        )
        if not has_room:
            raise TryAgainLater(order.id, NEWCOMER_WAITS_S)


async def _left_to_record(session: AsyncSession, oracle: SignerState, now: datetime) -> int:
    """Return what the contract will still let the oracle record today, in cents, by the cap that the worker has read.

    The contract counts what it recorded since midnight in UTC.
    """
    recorded = await session.scalar(
        select(func.coalesce(func.sum(Order.amount_kes_cents), 0)).where(Order.funded_at >= start_of_day(now))
    )
    return (oracle.cap_per_day_kes_cents or 0) - int(recorded or 0)


async def _left_to_spend(session: AsyncSession, oracle: SignerState, now: datetime) -> int | None:
    """Return what the oracle may still spend on records today, in planck; None where nothing limits it."""
    per_day = None if oracle.per_day_planck is None else Planck(oracle.per_day_planck)
    for_records = SpendingLimits(NOTHING, NOTHING, per_day).for_day(CallPriority.MONEY)
    return None if for_records is None else for_records - await spent_on_day(session, oracle.address, now)


def _part_of_newcomers(left: int) -> int:
    return left * NEWCOMERS_PERCENT // 100


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
