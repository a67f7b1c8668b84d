"""What M-Pesa does when something happened to an order. Orders that are paid in DOT are the contract's alone."""

from sqlalchemy.ext.asyncio import AsyncSession

from descrow.contract.order_status import PaymentMode
from descrow.orders.events import OrderClosedUnpaid, OrderEnded, OrdersReverted
from descrow.orders.models import Order
from descrow.payments.mpesa import payables, reversals, service


async def pay_parties(session: AsyncSession, ended: OrderEnded) -> None:
    """Owe each party its part of an order that has ended."""
    if _is_ours(ended.order):
        await payables.pay_parties(session, ended.order, ended.division)


async def return_late_payment(session: AsyncSession, closed: OrderClosedUnpaid) -> None:
    """Return what was paid for an order that ended before the payment was recorded."""
    if _is_ours(closed.order):
        await service.release_after_expiry(session, closed.order)


async def hold_payouts(session: AsyncSession, reverted: OrdersReverted) -> None:
    """Hold what is owed because of blocks that were orphaned."""
    ours = [order.id for order in reverted.orders if _is_ours(order)]
    if ours:
        await reversals.hold_what_was_owed(session, ours)


def _is_ours(order: Order) -> bool:
    return order.payment_mode is PaymentMode.MPESA
