"""Orders whose time is over are settled without anybody asking: what the contract allows anyone, we do."""

from datetime import timedelta

from sqlalchemy import ColumnElement, Exists, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.contract.calls import queue_call
from descrow.contract.models import CallPriority, CallStatus, ContractCall
from descrow.contract.order_status import OrderStatus
from descrow.kernel.db import Sessions, utc_now
from descrow.orders.models import Order
from descrow.orders.transitions import FINAL_STATUSES, Action

SWEEP = 200
RELAY_MAY_TAKE = timedelta(hours=1)
"""So long an accepted receipt or extension keeps an order from being settled. The contract may find it too late."""
_PRIORITIES = {
    OrderStatus.DISPUTED: CallPriority.DISPUTE,
    OrderStatus.FUNDED: CallPriority.MONEY,
    OrderStatus.SHIPPED: CallPriority.MONEY,
    OrderStatus.RECEIVED: CallPriority.MONEY,
}
"""How urgent the settlement is by what the order holds; of an unpaid order nobody waits for it."""


async def queue_due_settlements(sessions: Sessions) -> int:
    """Queue `settle_expired` for orders past their deadline, once per order and status; returns for how many."""
    async with sessions.begin() as session:
        due = await _due_orders(session)
        for order in due:
            await queue_call(
                session,
                idempotency_key=settlement_key(order),
                order_id=order.id,
                function="settle_expired",
                arguments=[[order.contract_order_id]],
                priority=_PRIORITIES.get(order.status, CallPriority.UNPAID),
            )
    return len(due)


def settlement_key(order: Order) -> str:
    """Return the key under which an order is settled at most once in each status."""
    return f"settle_expired:{order.reference}:{order.status}"


async def is_settlement_queued(session: AsyncSession, order: Order) -> bool:
    """Say if the order's settlement in its present status is asked for."""
    return bool(await session.scalar(select(exists().where(ContractCall.idempotency_key == settlement_key(order)))))


async def has_waiting_dispute(session: AsyncSession, order: Order) -> bool:
    """Say if the shop has accepted a dispute of this order that no final block holds yet."""
    return bool(await session.scalar(select(_waiting(Action.DISPUTE, of_order=ContractCall.order_id == order.id))))


def _waiting(*functions: Action, of_order: ColumnElement[bool]) -> Exists:
    return exists().where(
        of_order,
        ContractCall.function.in_(functions),
        ContractCall.status.in_((CallStatus.QUEUED, CallStatus.SIGNED)),
    )


async def _due_orders(session: AsyncSession) -> list[Order]:
    """Those past their deadline whose settlement nobody has asked for yet, locked.

    A dispute that the shop has accepted counts from that moment: silence does not pay the seller while it waits. The
    same is true of a receipt and of an extension, for a while.
    """
    of_this = ContractCall.order_id == Order.id
    now = utc_now()
    key = func.concat("settle_expired:", Order.reference, ":", Order.status)  # `settlement_key` in SQL
    is_asked_for = exists().where(ContractCall.idempotency_key == key)
    rows = await session.scalars(
        select(Order)
        .where(
            Order.contract_order_id.is_not(None),
            Order.status.not_in(FINAL_STATUSES),
            Order.deadline_at <= now,
            ~is_asked_for,
            ~_waiting(Action.DISPUTE, of_order=of_this),
            or_(
                Order.deadline_at <= now - RELAY_MAY_TAKE,
                ~_waiting(Action.CONFIRM_RECEIPT, Action.EXTEND_TRANSIT, of_order=of_this),
            ),
        )
        .order_by(Order.deadline_at)
        .limit(SWEEP)
        .with_for_update(key_share=True, skip_locked=True)
    )
    return list(rows)
