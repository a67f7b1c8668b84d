"""Orders whose time is over are settled without anybody asking: what the contract allows anyone, we do."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.db import Sessions, utc_now
from descrow.escrow.calls import queue_call
from descrow.orders.models import Order
from descrow.orders.moves import FINAL_STATUSES

SWEEP = 200


async def queue_due_settlements(sessions: Sessions) -> int:
    """Queue `settle_expired` for each order past its deadline, once per order and status; returns how many are past."""
    async with sessions.begin() as session:
        due = await _due_orders(session)
        for order in due:
            await queue_call(
                session,
                idempotency_key=f"settle_expired:{order.reference}:{order.status}",
                order_id=order.id,
                function="settle_expired",
                arguments=[[order.chain_order_id]],
            )
    return len(due)


async def _due_orders(session: AsyncSession) -> list[Order]:
    rows = await session.scalars(
        select(Order)
        .where(Order.chain_order_id.is_not(None), Order.status.not_in(FINAL_STATUSES), Order.deadline_at <= utc_now())
        .order_by(Order.deadline_at)
        .limit(SWEEP)
    )
    return list(rows)
