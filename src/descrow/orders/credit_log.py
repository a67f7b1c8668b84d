"""Credits: what the contract keeps for a payee it could not pay, read from the log of its events.

A payee has a credit of an order until it withdraws, which always takes all that it has.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from sqlalchemy import literal_column, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.contract.dependencies import GetContract
from descrow.contract.models import ChainEvent, Finality
from descrow.kernel.errors import DescrowError
from descrow.kernel.money import Planck, Wei, planck_from_wei
from descrow.orders.models import Order

log = structlog.get_logger(__name__)

NODE_MAY_TAKE_S = 2.0
"""An order's page does not wait longer for what it can do without."""

_payee = ChainEvent.arguments["payee"].astext
# As the index on them is written, which PostgreSQL uses only where it recognises its own words.
_IS_ABOUT_CREDIT = ChainEvent.name.in_((literal_column("'Credited'"), literal_column("'Withdrawn'")))
_IS_FINAL = ChainEvent.finality == Finality.FINALIZED
_PLACE = tuple_(ChainEvent.block_number, ChainEvent.event_index)


@dataclass(frozen=True)
class Credit:
    """Hold what waits for a payee of one order."""

    order_id: int
    amount: Planck


async def credits_of(session: AsyncSession, evm_address: str) -> list[Credit]:
    """Return what the payee may withdraw, by order, oldest first. Orders that are not ours are left out."""
    of_payee = (_IS_ABOUT_CREDIT, _IS_FINAL, _payee == evm_address)
    withdrawal = (
        select(ChainEvent.block_number, ChainEvent.event_index)
        .where(*of_payee, ChainEvent.name == "Withdrawn")
        .order_by(ChainEvent.block_number.desc(), ChainEvent.event_index.desc())
        .limit(1)
    )
    last = (await session.execute(withdrawal)).one_or_none()
    since = () if last is None else (tuple_(*last) < _PLACE,)
    rows = await session.execute(
        select(Order.id, ChainEvent.arguments["amount"].astext)
        .join(Order, Order.contract_order_id == ChainEvent.contract_order_id)
        .where(*of_payee, ChainEvent.name == "Credited", *since)
        .order_by(ChainEvent.block_number, ChainEvent.event_index)
    )
    return [Credit(order_id, planck_from_wei(Wei(int(amount)))) for order_id, amount in rows]


async def credit_of_order(session: AsyncSession, order: Order, evm_address: str) -> Planck | None:
    """Return what of this order waits for the payee, None if nothing does."""
    if order.amount_planck is None or order.ended_at is None:
        return None
    waiting = [credit.amount for credit in await credits_of(session, evm_address) if credit.order_id == order.id]
    return Planck(sum(waiting)) if waiting else None


async def accounts_exist(get_contract: GetContract, account_ids: Sequence[bytes]) -> list[bool | None]:
    """Say of each account if coin would reach it. None where the node does not answer: nobody knows then."""
    try:
        async with asyncio.timeout(NODE_MAY_TAKE_S):
            chain = (await get_contract()).chain
            return list(await asyncio.gather(*(chain.account_exists(account_id) for account_id in account_ids)))
    except (DescrowError, TimeoutError) as error:
        log.info("accounts not looked up", error=str(error))
        return [None for _ in account_ids]
