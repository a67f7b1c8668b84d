"""Our rows beside the contract's own state, at one final block: what differs, and what waits for too long.

Both sides are read at the block where the event log ends, so nothing that merely happens in between can differ.
Nothing is changed here.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Numeric, case, cast, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.accounts.models import Account
from descrow.contract.contract_state import ContractBooks, OrderOnContract, books_at, orders_at
from descrow.contract.escrow import EscrowContract
from descrow.contract.event_store import cursor_of
from descrow.contract.models import (
    CallStatus,
    ChainBlock,
    ChainEvent,
    ChainTransaction,
    ContractCall,
    Finality,
    TransactionStatus,
)
from descrow.contract.order_status import PaymentMode
from descrow.incidents.models import Case
from descrow.kernel.db import Sessions, utc_now
from descrow.kernel.money import Planck, Wei, wei_from_planck
from descrow.kernel.retry.policies import policies
from descrow.orders.models import Order
from descrow.orders.rebuild import LogIsEmpty, creations_of, owners_of
from descrow.orders.transitions import FINAL_STATUSES, HOLDING_STATUSES

RECENTLY = timedelta(days=2)
"""Orders that ended so short a time ago are still compared."""

TRANSACTION_MAY_WAIT = timedelta(minutes=30)
"""Twice what an era lasts on Polkadot's slower chains: by then it is final or expired."""


class Drift(StrEnum):
    """Describe what can differ; each becomes a case of the same name."""

    MISSING_ON_CHAIN = "missing_on_chain"
    """The contract has no order of the number that our row bears."""
    MISSING_HERE = "missing_here"
    """The contract has an order that no row of ours bears the number of."""
    STATE_DIFFERS = "state_differs"
    AMOUNT_DIFFERS = "amount_differs"
    PARTIES_DIFFER = "parties_differ"
    TERMS_DIFFER = "terms_differ"
    DEADLINE_DIFFERS = "deadline_differs"
    MONEY_DIFFERS = "money_differs"
    """The contract's books are not the sum of our orders and of the log's credits, or its coin does not cover them."""
    CALL_WAITS = "call_waits"
    """A queued call has not been sent for long."""
    TRANSACTION_WAITS = "transaction_waits"
    """A transaction of ours has neither become final nor expired for long."""


@dataclass(frozen=True)
class Found:
    """One thing that is not as it should be: `here` is what our rows say, `there` what the contract says."""

    drift: Drift
    subject: str
    here: str | None
    there: str | None
    order_id: int | None = None
    contract_order_id: int | None = None
    why: str | None = None
    """Where we know it: the error that keeps an order's events from being applied."""


@dataclass
class Comparison:
    """Describe what one look found, at which block. `left_out` names subjects that were just then on the move."""

    block: ChainBlock
    orders_compared: int = 0
    found: list[Found] = field(default_factory=list)
    left_out: set[str] = field(default_factory=set)


@dataclass
class _Rows:
    """Our side, at one moment."""

    cursor: ChainBlock
    orders: Sequence[Order]
    addresses: dict[int, str]
    """EVM addresses by account."""
    in_flight: set[int]
    """Numbers of orders with final events that nobody has tried to apply yet."""
    parked: dict[int, str]
    """Numbers of orders with an event that could not be applied, and why."""
    number_gaps: list[range]
    """Which numbers no row bears; the last range has no end but a very large one."""
    held: Wei
    credited: Wei
    waiting: list[Found]


async def compare_all(sessions: Sessions, contract: EscrowContract) -> Comparison:
    """Every open order, those that ended lately, the books, the queue. Raises LogIsEmpty."""
    rows = await _read_rows(sessions, None)
    books = await books_at(contract, block_hash=rows.cursor.hash)
    result = Comparison(rows.cursor, found=list(rows.waiting))
    await _compare_orders(result, rows, contract)
    await _find_missing(result, rows, books, sessions, contract)
    _compare_books(result, rows, books, contract)
    return result


async def compare_order(sessions: Sessions, contract: EscrowContract, order_id: int) -> Comparison:
    """One order. Raises LogIsEmpty."""
    rows = await _read_rows(sessions, order_id)
    result = Comparison(rows.cursor)
    await _compare_orders(result, rows, contract)
    async with sessions() as session:
        created = await creations_of(session, rows.orders)
    for number in created.keys() - {order.contract_order_id for order in rows.orders}:
        [on_contract] = (await orders_at(contract, [number], block_hash=rows.cursor.hash)).values()
        _note_missing(result, rows, number, order_id, on_contract)
    return result


# --- our side ---


async def _read_rows(sessions: Sessions, order_id: int | None) -> _Rows:
    async with sessions() as session:
        await session.connection(execution_options={"isolation_level": "REPEATABLE READ"})  # one moment for all reads
        cursor = await cursor_of(session)
        if cursor is None:
            raise LogIsEmpty
        orders = await _orders(session, order_id)
        in_flight, parked = await _waiting_events(session)
        return _Rows(
            cursor=cursor,
            orders=orders,
            addresses=await _addresses(session, orders),
            in_flight=in_flight,
            parked=parked,
            number_gaps=await _number_gaps(session),
            held=await _held(session),
            credited=await _credited(session),
            waiting=[*await _calls_that_wait(session), *await _transactions_that_wait(session)],
        )


async def _orders(session: AsyncSession, order_id: int | None) -> Sequence[Order]:
    with_case = select(Case.order_id).where(Case.closed_at.is_(None), Case.order_id.is_not(None))
    wanted = (
        Order.id == order_id
        if order_id is not None
        else Order.contract_order_id.is_not(None)
        & or_(
            Order.status.not_in(FINAL_STATUSES),
            Order.ended_at.is_(None),
            Order.ended_at > utc_now() - RECENTLY,
            Order.id.in_(with_case),  # so that a case of an order that ended long ago is not taken for solved
        )
    )
    return (await session.scalars(select(Order).where(wanted).order_by(Order.contract_order_id))).all()


async def _addresses(session: AsyncSession, orders: Sequence[Order]) -> dict[int, str]:
    parties = {order.buyer_id for order in orders} | {order.seller_id for order in orders}
    rows = await session.execute(select(Account.id, Account.evm_address).where(Account.id.in_(parties)))
    return dict(rows.all())


async def _waiting_events(session: AsyncSession) -> tuple[set[int], dict[int, str]]:
    """Numbers whose events are only on their way, and those that could not be applied, with the reason."""
    rows = await session.execute(
        select(ChainEvent.contract_order_id, func.max(ChainEvent.last_error))
        .where(
            ChainEvent.finality == Finality.FINALIZED,
            ChainEvent.applied_at.is_(None),
            ChainEvent.contract_order_id.is_not(None),
        )
        .group_by(ChainEvent.contract_order_id)
    )
    errors = dict(rows.all())
    in_flight = {number for number, error in errors.items() if number is not None and error is None}
    return in_flight, {number: error for number, error in errors.items() if number is not None and error is not None}


async def _number_gaps(session: AsyncSession) -> list[range]:
    previous = func.lag(Order.contract_order_id, 1, 0).over(order_by=Order.contract_order_id)
    numbered = (
        select(previous.label("previous"), Order.contract_order_id.label("number"))
        .where(Order.contract_order_id.is_not(None))
        .subquery()
    )
    rows = await session.execute(
        select(numbered.c.previous, numbered.c.number).where(numbered.c.number > numbered.c.previous + 1)
    )
    highest = await session.scalar(select(func.max(Order.contract_order_id))) or 0
    return [*(range(previous + 1, number) for previous, number in rows), range(highest + 1, 2**63)]


async def _held(session: AsyncSession) -> Wei:
    """Return what the contract should hold by our rows; other orders have no amount in planck."""
    amount = await session.scalar(select(func.sum(Order.amount_planck)).where(Order.status.in_(HOLDING_STATUSES)))
    return wei_from_planck(Planck(int(amount or 0)))


async def _credited(session: AsyncSession) -> Wei:
    """Return what payees may still withdraw by the log."""
    amount = cast(ChainEvent.arguments["amount"].astext, Numeric)
    signed = case((ChainEvent.name == "Withdrawn", -amount), else_=amount)
    credited = await session.scalar(
        select(func.sum(signed)).where(
            ChainEvent.name.in_(("Credited", "Withdrawn")), ChainEvent.finality == Finality.FINALIZED
        )
    )
    return Wei(int(credited or 0))


async def _calls_that_wait(session: AsyncSession) -> list[Found]:
    may_wait = policies().contract_calls.escalate_after
    calls = await session.scalars(
        select(ContractCall)
        .where(ContractCall.status == CallStatus.QUEUED, ContractCall.created_at < utc_now() - may_wait)
        .order_by(ContractCall.id)
    )
    return [
        Found(
            Drift.CALL_WAITS,
            f"call {call.id}",
            f"{call.function} queued at {call.created_at.isoformat()}, tried {call.attempt_count} times",
            None,
            order_id=call.order_id,
            why=call.last_error,
        )
        for call in calls
    ]


async def _transactions_that_wait(session: AsyncSession) -> list[Found]:
    transactions = await session.scalars(
        select(ChainTransaction)
        .where(
            ChainTransaction.status == TransactionStatus.SIGNED,
            ChainTransaction.created_at < utc_now() - TRANSACTION_MAY_WAIT,
        )
        .order_by(ChainTransaction.id)
    )
    return [
        Found(
            Drift.TRANSACTION_WAITS,
            f"transaction {transaction.hash}",
            f"nonce {transaction.nonce}, signed at {transaction.created_at.isoformat()}",
            None,
            why=f"valid until block {transaction.valid_until_block}",
        )
        for transaction in transactions
    ]


# --- beside the contract's ---


async def _compare_orders(result: Comparison, rows: _Rows, contract: EscrowContract) -> None:
    numbered = {order.contract_order_id: order for order in rows.orders if order.contract_order_id is not None}
    on_contract = await orders_at(contract, numbered.keys() - rows.in_flight, block_hash=rows.cursor.hash)
    result.left_out |= {f"order {numbered[number].id}" for number in rows.in_flight & numbered.keys()}
    result.orders_compared = len(on_contract)
    for number, there in on_contract.items():
        order = numbered[number]
        for drift, here, said in _differences(order, rows.addresses, there):
            result.found.append(
                Found(drift, f"order {order.id}", here, said, order.id, number, why=rows.parked.get(number))
            )


def _differences(
    order: Order, addresses: dict[int, str], there: OrderOnContract | None
) -> Iterator[tuple[Drift, str | None, str | None]]:
    if there is None:
        yield Drift.MISSING_ON_CHAIN, str(order.status), None
        return
    parties = addresses[order.buyer_id], addresses[order.seller_id]
    if parties != (there.buyer, there.seller):
        yield Drift.PARTIES_DIFFER, _of(*parties), _of(there.buyer, there.seller)
    if order.contract_amount != there.amount:
        yield Drift.AMOUNT_DIFFERS, _amount(order, order.contract_amount), _amount(order, there.amount)
    if (order.terms_id, order.payment_mode) != (there.terms_id, there.payment_mode):
        yield Drift.TERMS_DIFFER, _terms(order), _terms(there)
    if order.status != there.status:
        yield Drift.STATE_DIFFERS, str(order.status), str(there.status)
    if order.deadline_at != there.deadline_at:
        yield Drift.DEADLINE_DIFFERS, _time(order.deadline_at), _time(there.deadline_at)


async def _find_missing(
    result: Comparison, rows: _Rows, books: ContractBooks, sessions: Sessions, contract: EscrowContract
) -> None:
    """Walk the contract's numbers for those that no row of ours bears."""
    every = range(1, books.orders + 1)
    missing = {number for gap in rows.number_gaps for number in range(gap.start, min(gap.stop, every.stop))}
    if not missing:
        return
    async with sessions() as session:
        owners = await owners_of(session, missing)
    on_contract = await orders_at(contract, missing - rows.in_flight, block_hash=rows.cursor.hash)
    result.left_out |= {f"contract order {number}" for number in missing & rows.in_flight}
    for number, there in on_contract.items():
        _note_missing(result, rows, number, owners.get(number), there)


def _note_missing(
    result: Comparison, rows: _Rows, number: int, order_id: int | None, there: OrderOnContract | None
) -> None:
    subject = f"contract order {number}"
    if number in rows.in_flight:
        result.left_out.add(subject)
    elif there is not None:
        said = f"{there.status}, {_wei(there.amount)}, {_of(there.buyer, there.seller)}"
        result.found.append(
            Found(Drift.MISSING_HERE, subject, None, said, order_id, number, why=rows.parked.get(number))
        )


def _compare_books(result: Comparison, rows: _Rows, books: ContractBooks, contract: EscrowContract) -> None:
    """Left out while orders are on the move, since their money then is too."""
    subject = f"contract {contract.address}"
    if rows.in_flight:
        result.left_out.add(subject)
        return
    if (rows.held, rows.credited) != (books.held, books.credited):
        here, there = ((_sums(side.held, side.credited)) for side in (rows, books))
        result.found.append(Found(Drift.MONEY_DIFFERS, subject, here, there))
    elif books.balance < books.held + books.credited:
        owed, coin = f"owes {_wei(Wei(books.held + books.credited))}", f"has {_wei(books.balance)}"
        result.found.append(Found(Drift.MONEY_DIFFERS, subject, owed, coin))


def _sums(held: Wei, credited: Wei) -> str:
    return f"held {_wei(held)}, credited {_wei(credited)}"


def _of(buyer: str, seller: str) -> str:
    return f"buyer {buyer}, seller {seller}"


def _terms(order: Order | OrderOnContract) -> str:
    return f"terms {order.terms_id}, paid in {order.payment_mode}"


def _wei(amount: Wei) -> str:
    return f"{amount} wei"


def _amount(order: Order, amount: int) -> str:
    return f"{amount} {'wei' if order.payment_mode is PaymentMode.COIN else 'KES cents'}"


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
