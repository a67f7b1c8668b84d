"""The whole life of one order: its row, what the contract says, its trail, events, calls, news and cases."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.accounts.models import Account
from descrow.chain.errors import ChainUnreachable
from descrow.contract.contract_state import orders_at
from descrow.contract.escrow import EscrowContract
from descrow.contract.models import ChainEvent, ChainTransaction, ContractCall, Finality
from descrow.contract.order_status import OrderStatus, PaymentMode
from descrow.feed.models import FeedEntry
from descrow.incidents.models import Case
from descrow.kernel.errors import NotFound
from descrow.operations.rows import CallLine, CaseLine, EventLine, FeedEventLine, StepLine, TransactionLine, lines_of
from descrow.orders.models import Order, OrderTransition
from descrow.orders.payment_methods import PaymentLine, PaymentMethods, PayoutLine
from descrow.orders.rebuild import creations_of
from descrow.orders.reconciliation import numbers_of
from descrow.orders.schemas import MethodName


class NoSuchOrder(NotFound):
    code: ClassVar[str] = "order_not_found"

    def __init__(self, wanted: str) -> None:
        super().__init__(
            f"There is no order {wanted}. Give our id (17), its reference, or `contract:9` for the contract's number."
        )


@dataclass(frozen=True)
class NamedOrder:
    """Describe what an operator's words name: an order of ours, or only numbers of the contract that no row of ours
    bears.
    """

    order: Order | None
    numbers: set[int]

    @property
    def subject(self) -> str:
        return f"order {self.order.id}" if self.order is not None else f"contract order {min(self.numbers)}"


async def find_order(session: AsyncSession, wanted: str) -> NamedOrder:
    """By our id, by reference, or by `contract:` and the contract's number. Raises NoSuchOrder."""
    kind, _, number = wanted.rpartition(":")
    if kind == "contract" and number.isdecimal():
        return await _by_number(session, int(number), wanted)
    if wanted.isdecimal():
        order = await session.get(Order, int(wanted))
    else:
        order = await session.scalar(select(Order).where(Order.reference == _reference(wanted)))
    if order is None:
        raise NoSuchOrder(wanted)
    return NamedOrder(order, await numbers_of(session, order))


async def _by_number(session: AsyncSession, number: int, wanted: str) -> NamedOrder:
    order = await session.scalar(select(Order).where(Order.contract_order_id == number))
    if order is not None:
        return NamedOrder(order, {number, *await numbers_of(session, order)})
    if await session.scalar(select(ChainEvent.name).where(ChainEvent.contract_order_id == number).limit(1)) is None:
        raise NoSuchOrder(wanted)
    return NamedOrder(None, {number})


def _reference(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise NoSuchOrder(text) from error


class OrderRow(msgspec.Struct, rename="camel"):
    """The order as our row has it."""

    id: int
    reference: UUID
    contract_order_id: int | None
    status: OrderStatus
    deadline_at: datetime | None
    amount_planck: str | None
    amount_kes_cents: str | None
    fee_bps: int
    terms_id: int
    payment_method: MethodName = msgspec.field(name="paymentMode")
    product_id: int
    buyer_id: int
    seller_id: int
    tracking: str | None
    created_at: datetime
    funded_at: datetime | None
    shipped_at: datetime | None
    transit_extended_at: datetime | None
    received_at: datetime | None
    delivered_at: datetime | None
    ended_at: datetime | None


class ContractOrderLine(msgspec.Struct, rename="camel"):
    """An order as the contract's newest block has it. A number stands for what this version has no word for."""

    block: int
    buyer: str
    seller: str
    amount_wei: str
    terms_id: int
    payment_mode: PaymentMode | int
    status: OrderStatus | int
    deadline_at: datetime | None


class OrderReport(msgspec.Struct, rename="camel"):
    """`onContract` is null where the contract has no such order, or its node does not answer."""

    order: OrderRow
    buyer_address: str
    seller_address: str
    on_contract: ContractOrderLine | None
    chain_trouble: str | None
    timeline: list[StepLine]
    events: list[EventLine]
    calls: list[CallLine]
    transactions: list[TransactionLine]
    payments: list[PaymentLine]
    payouts: list[PayoutLine]
    feed_events: list[FeedEventLine]
    cases: list[CaseLine]


async def order_report(
    session: AsyncSession, contract: EscrowContract, methods: PaymentMethods, order: Order, numbers: set[int]
) -> OrderReport:
    """Everything that is known of this order; a chain that does not answer is part of it."""
    buyer, seller = await session.get_one(Account, order.buyer_id), await session.get_one(Account, order.seller_id)
    method = methods.of(order.payment_method)
    on_contract, trouble = await _on_contract(contract, order.contract_order_id)
    calls = (
        await session.scalars(select(ContractCall).where(ContractCall.order_id == order.id).order_by(ContractCall.id))
    ).all()
    return OrderReport(
        order=lines_of([order], OrderRow)[0],
        buyer_address=buyer.address,
        seller_address=seller.address,
        on_contract=on_contract,
        chain_trouble=trouble,
        timeline=lines_of(await _timeline(session, order), StepLine),
        events=lines_of(await events_of(session, order, numbers), EventLine),
        calls=lines_of(calls, CallLine),
        transactions=lines_of(await _transactions(session, calls), TransactionLine),
        payments=await method.payments(session, order_id=order.id),
        payouts=await method.payouts(session, order_id=order.id),
        feed_events=lines_of(await _feed_events(session, order), FeedEventLine),
        cases=lines_of(await _cases(session, order), CaseLine),
    )


async def events_of(session: AsyncSession, order: Order | None, numbers: set[int]) -> list[ChainEvent]:
    """Every event of these numbers, also those that are not final or were given up."""
    unfinal = set() if order is None else set(await creations_of(session, [order], finality=Finality.BEST))
    rows = await session.scalars(
        select(ChainEvent)
        .where(ChainEvent.contract_order_id.in_(numbers | unfinal))
        .order_by(ChainEvent.block_number, ChainEvent.event_index, ChainEvent.block_hash)
    )
    return list(rows)


async def _on_contract(contract: EscrowContract, number: int | None) -> tuple[ContractOrderLine | None, str | None]:
    if number is None:
        return None, None
    try:
        async with asyncio.timeout(10):
            best = await contract.chain.best_head()
            [there] = (await orders_at(contract, [number], block_hash=best.hash)).values()
    except (ChainUnreachable, TimeoutError) as error:
        return None, str(error)
    if there is None:
        return None, None
    line = ContractOrderLine(
        block=best.number,
        buyer=there.buyer,
        seller=there.seller,
        amount_wei=str(there.amount),
        terms_id=there.terms_id,
        payment_mode=there.payment_mode,
        status=there.status,
        deadline_at=there.deadline_at,
    )
    return line, None


async def _timeline(session: AsyncSession, order: Order) -> list[OrderTransition]:
    rows = await session.scalars(
        select(OrderTransition).where(OrderTransition.order_id == order.id).order_by(OrderTransition.id)
    )
    return list(rows)


async def _transactions(session: AsyncSession, calls: Sequence[ContractCall]) -> list[ChainTransaction]:
    wanted = {call.transaction_id for call in calls if call.transaction_id is not None}
    rows = await session.scalars(
        select(ChainTransaction).where(ChainTransaction.id.in_(wanted)).order_by(ChainTransaction.id)
    )
    return list(rows)


async def _feed_events(session: AsyncSession, order: Order) -> list[FeedEntry]:
    rows = await session.scalars(
        select(FeedEntry)
        .where(
            FeedEntry.account_id.in_((order.buyer_id, order.seller_id)),
            FeedEntry.payload["orderId"].as_integer() == order.id,
        )
        .order_by(FeedEntry.created_at, FeedEntry.account_id, FeedEntry.number)
    )
    return list(rows)


async def _cases(session: AsyncSession, order: Order) -> list[Case]:
    return list(await session.scalars(select(Case).where(Case.order_id == order.id).order_by(Case.id)))
