"""The shop in numbers, day by day, for charts."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
from sqlalchemy import Cast, Date, cast, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from descrow.contract.order_status import OrderStatus
from descrow.orders.models import Order, OrderTransition


class DayView(msgspec.Struct, rename="camel"):
    """Orders that were made on one day in UTC, and what has become of them. Amounts are of orders that were paid.

    `median_seconds_to_record` is the lag behind the chain: from the time of a block of that day until an order's row
    said what happened in it, which is never before the block is final.
    """

    day: date
    orders: int
    funded: int
    delivered: int
    refunded: int
    disputed: int
    volume_planck: str
    volume_kes_cents: str
    median_seconds_to_fund: float | None
    median_seconds_to_record: float | None


async def days(session: AsyncSession, *, now: datetime, count: int) -> list[DayView]:
    """The last `count` days, the oldest first; days without an order too."""
    today = now.date()
    first = today - timedelta(days=count - 1)
    lags = await _seconds_to_record(session, first)
    day = _day_of(Order.created_at)
    paid = Order.funded_at.is_not(None)
    seconds = func.extract("epoch", Order.funded_at - Order.created_at)
    rows = await session.execute(
        select(
            day.label("day"),
            func.count(),
            func.count().filter(paid),
            func.count().filter(Order.status == OrderStatus.DELIVERED),
            func.count().filter(Order.status == OrderStatus.REFUNDED),
            func.count().filter(Order.status.in_((OrderStatus.DISPUTED, OrderStatus.RESOLVED))),
            func.coalesce(func.sum(Order.amount_planck).filter(paid), 0),
            func.coalesce(func.sum(Order.amount_kes_cents).filter(paid), 0),
            func.percentile_cont(0.5).within_group(seconds).filter(paid),
        )
        .where(day >= first)
        .group_by(day)
    )
    known: dict[date, tuple[Any, ...]] = {row[0]: tuple(row[1:]) for row in rows}
    wanted = (first + timedelta(days=n) for n in range(count))
    return [_view(one, *known.get(one, (0, 0, 0, 0, 0, 0, 0, None)), lag_s=lags.get(one)) for one in wanted]


async def _seconds_to_record(session: AsyncSession, first: date) -> dict[date, float]:
    """The median lag of each day on which something happened on the chain."""
    day = _day_of(OrderTransition.happened_at)
    seconds = func.extract("epoch", OrderTransition.recorded_at - OrderTransition.happened_at)
    rows = await session.execute(
        select(day, func.percentile_cont(0.5).within_group(seconds)).where(day >= first).group_by(day)
    )
    return {row[0]: max(0.0, float(row[1])) for row in rows}  # below zero the chain's clock is ahead of ours


def _day_of(moment: InstrumentedAttribute[datetime]) -> Cast[date]:
    return cast(func.timezone("UTC", moment), Date)


def _view(
    day: date,
    orders: int,
    funded: int,
    delivered: int,
    refunded: int,
    disputed: int,
    volume_planck: Decimal | int,
    volume_kes_cents: Decimal | int,
    median_seconds_to_fund: float | None,
    *,
    lag_s: float | None,
) -> DayView:
    return DayView(
        day=day,
        orders=orders,
        funded=funded,
        delivered=delivered,
        refunded=refunded,
        disputed=disputed,
        volume_planck=str(int(volume_planck)),
        volume_kes_cents=str(int(volume_kes_cents)),
        median_seconds_to_fund=median_seconds_to_fund,
        median_seconds_to_record=lag_s,
    )
