"""Keep pieces of the stock for orders that nobody has paid yet: for minutes, until the buyer shows the intent to pay.

An order can be paid until its deadline all the same. Then it takes a piece again, if there is one.
"""

from collections import Counter
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.catalog import service as catalog
from descrow.catalog.errors import ProductSoldOut
from descrow.contract.order_status import OrderStatus
from descrow.incidents.cases import open_case
from descrow.incidents.models import CaseKind
from descrow.kernel.db import Sessions, utc_now
from descrow.orders.models import Order

SWEEP = 200
KEPT_AFTER_INTENT = timedelta(minutes=15)
"""For a buyer who has a payment to sign, or whose payment has just failed."""


async def keep_piece(session: AsyncSession, order: Order, *, until: datetime | None) -> None:
    """Keep a piece for the order until then, or without `until` for as long as the order can be paid.

    The order's row must be locked. Raises ProductSoldOut where its piece was given back and sold.
    """
    if not order.holds_piece:
        await catalog.reserve_piece(session, order.product_id)
        order.holds_piece = True
    order.reserved_until = until


async def keep_piece_or_ask(session: AsyncSession, order: Order) -> None:
    """Keep a piece for an order that cannot be refused any more. Where there is none left, a person has to look."""
    try:
        await keep_piece(session, order, until=None)
    except ProductSoldOut:
        await open_case(session, CaseKind.OVERSOLD, subject=f"order {order.id}", order_id=order.id)


async def release_pieces(sessions: Sessions) -> int:
    """Give back the pieces of unpaid orders whose time is over. Returns how many were given back."""
    async with sessions.begin() as session:
        orders = (
            await session.scalars(
                select(Order)
                .where(Order.status == OrderStatus.CREATED, Order.holds_piece, Order.reserved_until <= utc_now())
                .order_by(Order.id)
                .limit(SWEEP)
                .with_for_update(key_share=True, skip_locked=True)
            )
        ).all()
        for order in orders:
            order.holds_piece, order.reserved_until = False, None
        for product_id, pieces in sorted(Counter(order.product_id for order in orders).items()):
            await catalog.return_pieces(session, product_id, pieces)
    return len(orders)
