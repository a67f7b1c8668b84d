"""Define what became of a seller's orders, by what the final chain says: nobody's opinion, and nothing that can be
bought.
"""

from datetime import datetime
from typing import Annotated

import msgspec
from litestar import get
from litestar.params import PathParameter
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.accounts.addresses import canonical_address
from descrow.accounts.models import Account
from descrow.contract.order_status import OrderStatus
from descrow.kernel.http.access import Open
from descrow.kernel.http.dependencies import WithSessions
from descrow.orders.models import Order


class SellerRecord(msgspec.Struct, rename="camel"):
    """Orders that were paid, by how they ended; `underWay` are those that have not.

    `disputed` counts every order that ever was in dispute, however it ended.
    """

    address: str
    first_paid_at: datetime | None
    delivered: int
    refunded: int
    resolved: int
    disputed: int
    under_way: int
    median_seconds_to_ship: float | None


@get("/sellers/{address:str}", tags=["orders"], access=Open.ANYBODY, refusals=("address_not_valid",))
async def get_seller(sessions: WithSessions, address: Annotated[str, PathParameter(max_length=64)]) -> SellerRecord:
    """The record of a seller; of who never sold anything, zeros."""
    canonical = canonical_address(address)
    async with sessions() as session:
        return await record_of(session, canonical)


async def record_of(session: AsyncSession, address: str) -> SellerRecord:
    """One look at all orders of this seller that were ever paid."""
    ended = Order.status
    row = (
        await session.execute(
            select(
                func.min(Order.funded_at),
                func.count().filter(ended == OrderStatus.DELIVERED),
                func.count().filter(ended == OrderStatus.REFUNDED),
                func.count().filter(ended == OrderStatus.RESOLVED),
                func.count().filter(Order.disputed_at.is_not(None)),
                func.count().filter(Order.ended_at.is_(None)),
                func.percentile_cont(0.5)
                .within_group(func.extract("epoch", Order.shipped_at - Order.funded_at))
                .filter(Order.shipped_at.is_not(None)),
            )
            .join(Account, Account.id == Order.seller_id)
            .where(Account.address == address, Order.funded_at.is_not(None))
        )
    ).one()
    first_paid_at, delivered, refunded, resolved, disputed, under_way, seconds_to_ship = row
    return SellerRecord(
        address=address,
        first_paid_at=first_paid_at,
        delivered=delivered,
        refunded=refunded,
        resolved=resolved,
        disputed=disputed,
        under_way=under_way,
        median_seconds_to_ship=None if seconds_to_ship is None else float(seconds_to_ship),
    )
