"""Steps of orders that are in a block but not final yet: what a page shows as "confirming"."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.contract.event_store import cursor_of, newest_best_number
from descrow.contract.models import ChainEvent, Finality
from descrow.contract.order_status import OrderStatus
from descrow.orders.models import Order
from descrow.orders.rebuild import creations_of
from descrow.orders.transitions import STATUS_AFTER_EVENT


@dataclass(frozen=True)
class UnfinalStep:
    """A step that becomes a fact once `confirmations` reach what is `required`, unless the chain gives its block up."""

    cause: str
    status_after: OrderStatus
    block_number: int
    confirmations: int
    required: int


def confirmations_of(block_number: int, *, best: int, final: int) -> tuple[int, int]:
    """Return how many blocks confirm this one, itself included, and with how many a block is final just now."""
    return best - block_number + 1, best - final + 1


async def unfinal_steps(session: AsyncSession, orders: Sequence[Order]) -> dict[int, list[UnfinalStep]]:
    """By our id, oldest first; empty lists for orders with none."""
    numbers = {order.contract_order_id: order.id for order in orders if order.contract_order_id is not None}
    unmade = [order for order in orders if order.contract_order_id is None]
    numbers |= await creations_of(session, unmade, finality=Finality.BEST) if unmade else {}
    events = await session.scalars(
        select(ChainEvent)
        .where(
            ChainEvent.contract_order_id.in_(numbers),
            ChainEvent.finality == Finality.BEST,
            ChainEvent.name.in_(STATUS_AFTER_EVENT),
        )
        .order_by(ChainEvent.block_number, ChainEvent.event_index)
    )
    steps: dict[int, list[UnfinalStep]] = defaultdict(list)
    coming = events.all()
    if not coming:
        return steps
    cursor, best = await cursor_of(session), await newest_best_number(session)
    for event in coming:
        confirmations, required = confirmations_of(
            event.block_number, best=best or event.block_number, final=0 if cursor is None else cursor.number
        )
        steps[numbers[event.contract_order_id or 0]].append(
            UnfinalStep(event.name, STATUS_AFTER_EVENT[event.name], event.block_number, confirmations, required)
        )
    return steps
