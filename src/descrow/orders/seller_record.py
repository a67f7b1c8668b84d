"""Define what became of a seller's orders, by what the final chain says: nobody's opinion.

Somebody can sell to themselves under another name. It costs the fee each time, since an order without one is left out;
and the record says how many buyers there were, and what they paid.
"""

from datetime import datetime
from typing import Annotated

import msgspec
from litestar import get
from litestar.params import PathParameter
from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.accounts.addresses import canonical_address
from descrow.accounts.models import Account
from descrow.contract.order_status import OrderStatus
from descrow.kernel.http.access import Open
from descrow.kernel.http.dependencies import WithSessions
from descrow.kernel.money import CENTS_PER_SHILLING
from descrow.orders.models import Order
from descrow.orders.settlements import WHOLE_BPS

_PAYS_A_FEE = or_(
    Order.fee_bps == 0,  # a shop that takes no fee: its sellers have a record all the same
    Order.amount_planck * Order.fee_bps >= WHOLE_BPS,
    Order.amount_kes_cents * Order.fee_bps >= WHOLE_BPS * CENTS_PER_SHILLING,
)
"""Whether the release of an order pays at least a planck or a shilling: what is less is rounded to nothing."""


class SellerRecord(msgspec.Struct, rename="camel"):
    """Orders that were paid, by how they ended; `underWay` are those that have not.

    `disputed` counts every order that ever was in dispute, however it ended. `buyers` counts those who bought, each
    once, of all these orders; `deliveredPlanck` and `deliveredKesCents` add up what the delivered ones were worth.
    Orders too small to pay a fee do not count.
    """

    address: str
    first_paid_at: datetime | None
    delivered: int
    refunded: int
    resolved: int
    disputed: int
    under_way: int
    buyers: int
    delivered_planck: str
    delivered_kes_cents: str
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
                func.count(Order.buyer_id.distinct()),
                func.coalesce(func.sum(Order.amount_planck).filter(ended == OrderStatus.DELIVERED), 0),
                func.coalesce(func.sum(Order.amount_kes_cents).filter(ended == OrderStatus.DELIVERED), 0),
                func.percentile_cont(0.5)
                .within_group(func.extract("epoch", Order.shipped_at - Order.funded_at))
                .filter(Order.shipped_at.is_not(None)),
            )
            .join(Account, Account.id == Order.seller_id)
            .where(Account.address == address, Order.funded_at.is_not(None), _PAYS_A_FEE)
        )
    ).one()
    first_paid_at, delivered, refunded, resolved, disputed, under_way, buyers, planck, kes_cents, seconds_to_ship = row
    return SellerRecord(
        address=address,
        first_paid_at=first_paid_at,
        delivered=delivered,
        refunded=refunded,
        resolved=resolved,
        disputed=disputed,
        under_way=under_way,
        buyers=buyers,
        delivered_planck=str(int(planck)),
        delivered_kes_cents=str(int(kes_cents)),
        median_seconds_to_ship=None if seconds_to_ship is None else float(seconds_to_ship),
    )
