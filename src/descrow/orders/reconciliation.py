"""Keeping our rows at what the contract says: compare, mend from the log, put the rest before a person.

Rows are mended from the chain, never the reverse, and in one way only: made anew from the event log, where that gives
what the contract holds. Whatever is left becomes a case, which closes by itself when a later comparison finds nothing.
"""

from collections.abc import Collection
from dataclasses import asdict, dataclass

import structlog
from sqlalchemy import update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.contract.contract_state import OrderOnContract, orders_at
from descrow.contract.escrow import EscrowContract
from descrow.contract.models import ChainEvent, Finality
from descrow.incidents.cases import close_case, open_case, open_cases
from descrow.incidents.models import Case, CaseKind
from descrow.kernel.db import Sessions, is_database_away, utc_now
from descrow.orders import projector
from descrow.orders.comparison import Comparison, Drift, Found, compare_all, compare_order
from descrow.orders.models import Order, ReconciliationRun
from descrow.orders.order_state import OrderState
from descrow.orders.rebuild import creations_of, remake, repair

log = structlog.get_logger(__name__)

RECONCILER = "reconciler"
ROUNDS = 3
"""An order that is mended may give up a number that another has been waiting for."""


@dataclass(frozen=True)
class Reconciled:
    """Describe what was compared, which orders were mended, and what is left."""

    block_number: int
    orders_compared: int
    repaired: list[int]
    left: list[Found]


async def reconcile(sessions: Sessions, contract: EscrowContract, *, actor: str = RECONCILER) -> Reconciled:
    """Compare everything, mend what can be, open and close cases, and keep the result. A repeat changes nothing.

    `actor` is who asked for it: what is mended is noted in that name.

    Raises LogIsEmpty.
    """
    await projector.apply_pending(sessions)
    comparison = await compare_all(sessions, contract)
    repaired: set[int] = set()
    for _ in range(ROUNDS):
        newly = await _repair(sessions, contract, comparison, actor)
        if not newly:
            break
        repaired |= newly
        comparison = await compare_all(sessions, contract)
    result = _reconciled(comparison, repaired)
    async with sessions.begin() as session:
        await _bring_cases_up_to_date(session, comparison, await open_cases(session))
        session.add(
            ReconciliationRun(
                block_number=result.block_number,
                orders_compared=result.orders_compared,
                orders_repaired=len(result.repaired),
                differences=[asdict(found) for found in result.left],
            )
        )
    log.info(
        "reconciled",
        block=result.block_number,
        orders=result.orders_compared,
        repaired=result.repaired,
        differences=len(result.left),
    )
    return result


async def reconcile_order(
    sessions: Sessions, contract: EscrowContract, order_id: int, *, actor: str = RECONCILER
) -> Reconciled:
    """The same for one order, whose events that could not be applied are tried again now. Raises as `reconcile`."""
    async with sessions.begin() as session:
        await retry_events(session, await numbers_of(session, await session.get_one(Order, order_id)))
    await projector.apply_pending(sessions)
    comparison = await compare_order(sessions, contract, order_id)
    repaired = await _repair(sessions, contract, comparison, actor)
    if repaired:
        comparison = await compare_order(sessions, contract, order_id)
    async with sessions.begin() as session:
        of_order = [case for case in await open_cases(session) if case.order_id == order_id]
        await _bring_cases_up_to_date(session, comparison, of_order)
    return _reconciled(comparison, repaired)


async def numbers_of(session: AsyncSession, order: Order) -> set[int]:
    """The order's number on the contract, by its row and by the log, where the two may differ."""
    return {order.contract_order_id, *await creations_of(session, [order])} - {None}  # type: ignore[return-value]


async def retry_events(session: AsyncSession, numbers: Collection[int]) -> int:
    """Events of these orders of the contract that could not be applied are due now; returns how many they are."""
    due = await session.scalars(
        update(ChainEvent)
        .where(
            ChainEvent.contract_order_id.in_(numbers),
            ChainEvent.finality == Finality.FINALIZED,
            ChainEvent.applied_at.is_(None),
            ChainEvent.last_error.is_not(None),
        )
        .values(next_attempt_at=utc_now())
        .returning(ChainEvent.event_index)
    )
    return len(due.all())


def _reconciled(comparison: Comparison, repaired: set[int]) -> Reconciled:
    return Reconciled(comparison.block.number, comparison.orders_compared, sorted(repaired), comparison.found)


# --- mending ---

_REPAIRABLE = frozenset({Drift.STATE_DIFFERS, Drift.DEADLINE_DIFFERS, Drift.MISSING_ON_CHAIN, Drift.MISSING_HERE})
"""What the log alone decides of a row; amount, parties and terms were ours to say, and only a person can."""


async def _repair(sessions: Sessions, contract: EscrowContract, comparison: Comparison, actor: str) -> set[int]:
    """Make orders anew from the log where that gives what the contract holds; returns those that were changed."""
    suspects = {
        found.order_id for found in comparison.found if found.drift in _REPAIRABLE and found.order_id is not None
    }
    async with sessions() as session:
        orders = [order for order_id in sorted(suspects) if (order := await session.get(Order, order_id))]
        state = {remade.order.id: remade.state for remade in await remake(session, orders) if remade.wrong_state}
    numbers = {one.contract_order_id for one in state.values() if one is not None and one.contract_order_id is not None}
    on_contract = await orders_at(contract, numbers, block_hash=comparison.block.hash)
    certain = [order_id for order_id, one in state.items() if one is not None and _agrees(one, on_contract)]
    return await _repair_certain(sessions, certain, actor) if certain else set()


async def _repair_certain(sessions: Sessions, order_ids: list[int], actor: str) -> set[int]:
    """All in one transaction; if PostgreSQL refuses one of them, each in a transaction of its own."""
    try:
        async with sessions.begin() as session:
            remade = await repair(session, order_ids, actor=actor, reason="the row was not what log and contract say")
    except DBAPIError as error:  # such as: another order holds the number, by a mistake that the log does not explain
        if is_database_away(error):
            raise
        if len(order_ids) == 1:
            log.warning("order not mended", order_id=order_ids[0], error=str(error.orig))
            return set()
        return set().union(*[await _repair_certain(sessions, [order_id], actor) for order_id in order_ids])
    return {one.order.id for one in remade}


def _agrees(state: OrderState, on_contract: dict[int, OrderOnContract | None]) -> bool:
    if state.contract_order_id is None:
        return True  # the log is read to the end, and the contract never made the order
    there = on_contract[state.contract_order_id]
    return there is not None and (state.status, state.deadline_at) == (there.status, there.deadline_at)


# --- cases ---


async def _bring_cases_up_to_date(session: AsyncSession, comparison: Comparison, opened: list[Case]) -> None:
    """A case for each thing found; those among `opened` that were looked at and not found are over."""
    for found in comparison.found:
        await open_case(
            session,
            CaseKind(found.drift),
            subject=found.subject,
            order_id=found.order_id,
            here=found.here,
            there=found.there,
            why=found.why,
            contract_order_id=found.contract_order_id,
            block=comparison.block.number,
        )
    still = {(found.drift.value, found.subject) for found in comparison.found}
    for case in opened:
        if (
            case.kind.value in set(Drift)
            and (case.kind.value, case.subject) not in still
            and case.subject not in comparison.left_out
        ):
            await close_case(
                session, case, by=RECONCILER, resolution=f"not found any more at block {comparison.block.number}"
            )
