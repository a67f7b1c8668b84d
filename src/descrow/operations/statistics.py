"""The shop in numbers, day by day, for charts."""

from datetime import date, datetime, timedelta

import msgspec
from sqlalchemy import Date, cast, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.orders.models import Order
from descrow.orders.moves import OrderStatus


class DayView(msgspec.Struct, rename="camel"):
    """Orders that were made on one day in UTC, and what has become of them. Amounts are of orders that were paid."""

    day: date
    orders: int
    funded: int
    delivered: int
    refunded: int
    disputed: int
    volume_planck: str
    volume_kes_cents: str
    median_seconds_to_fund: float | None


async def days(session: AsyncSession, *, now: datetime, count: int) -> list[DayView]:
    """The last `count` days, the oldest first; days without an order too."""
    today = now.date()
    first = today - timedelta(days=count - 1)
    day = cast(func.timezone("UTC", Order.created_at), Date).label("day")
    paid = Order.funded_at.is_not(None)
    seconds = func.extract("epoch", Order.funded_at - Order.created_at)
    rows = await session.execute(
        select(
            day,
            func.count(),
            func.count().filter(paid),
            func.count().filter(Order.status == OrderStatus.DELIVERED),
            func.count().filter(Order.status == OrderStatus.REFUNDED),
            func.count().filter(Order.status.in_((OrderStatus.DISPUTED, OrderStatus.RESOLVED))),
            func.coalesce(func.sum(Order.amount_planck).filter(paid), 0),
            func.coalesce(func.sum(Order.amount_kes_cents).filter(paid), 0),
            func.percentile_cont(0.5).within_group(seconds).filter(paid),
        )
        .where(cast(func.timezone("UTC", Order.created_at), Date) >= first)
        .group_by(day)
    )
    known = {row[0]: _view(*row) for row in rows}
    wanted = (first + timedelta(days=n) for n in range(count))
    return [known.get(one, _view(one, 0, 0, 0, 0, 0, 0, 0, None)) for one in wanted]


def _view(
    day: date,
    orders: int,
    funded: int,
    delivered: int,
    refunded: int,
    disputed: int,
    volume_planck: int,
    volume_kes_cents: int,
    median_seconds_to_fund: float | None,
) -> DayView:
    return DayView(
        day=day,
        orders=orders,
        funded=funded,
        delivered=delivered,
        refunded=refunded,
        disputed=disputed,
        volume_planck=str(volume_planck),
        volume_kes_cents=str(volume_kes_cents),
        median_seconds_to_fund=median_seconds_to_fund,
    )
