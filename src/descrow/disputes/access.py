"""Decide who may read a dispute, and who may show a file for an order.

Parties read their own dispute, staff with `see_disputes` any. Which orders an arbiter sees, and since when, is decided
by `orders.queries.is_judged_by`.
"""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from descrow.accounts.roles import Permission, has_permission
from descrow.contract.published_terms import PublishedTerms, published_terms
from descrow.disputes import queries
from descrow.disputes.errors import DisputeNotFound, ThreadClosed
from descrow.kernel.http.caller import Caller
from descrow.orders import service as orders
from descrow.orders.errors import OrderNotFound
from descrow.orders.models import Order
from descrow.orders.queries import OrderInFull
from descrow.orders.transitions import Action, Party


@dataclass(frozen=True)
class SeenDispute:
    """A disputed order, and what somebody who may see it is in it: `role` is None for who looks after the shop."""

    found: OrderInFull
    role: Party | None


async def see_dispute(session: AsyncSession, order_id: int, account_id: int) -> SeenDispute:
    """Return the order whose dispute this account may read. Raises OrderNotFound for a stranger, or DisputeNotFound.

    A buyer may have shown files before disputing, so that the dispute can name them.
    """
    try:
        found = await orders.see_order(session, order_id, account_id)
    except OrderNotFound:
        staff = (
            await queries.disputed_order(session, order_id)
            if await has_permission(session, account_id, Permission.SEE_DISPUTES)
            else None
        )
        if staff is None:
            raise
        return SeenDispute(staff, role=None)
    if found.order.disputed_at is None and await queries.newest_entry(session, order_id) is None:
        raise DisputeNotFound(order_id)
    return SeenDispute(found, orders.role_of(found, account_id))


async def order_to_show_for(session: AsyncSession, order_id: int, caller: Caller) -> OrderInFull:
    """Return the order that the caller may show a file for: in a dispute, or before raising one.

    Raises OrderNotFound or ThreadClosed.
    """
    found = await orders.see_order(session, order_id, caller.account_id)
    open_now = orders.actions_open(found, caller.account_id, None)
    if Action.ADD_EVIDENCE not in open_now and Action.DISPUTE not in open_now:
        raise ThreadClosed(order_id, found.order.status)
    return found


async def readers_of(session: AsyncSession, found: OrderInFull) -> list[str]:
    """Return who may read what is shown, as EVM addresses: both parties, and the arbiter of the order's terms."""
    terms = await terms_of(session, found.order)
    return [found.buyer.evm_address, found.seller.evm_address, terms.arbiter]


async def terms_of(session: AsyncSession, order: Order) -> PublishedTerms:
    """Return the terms that the order was made under."""
    return (await published_terms(session, [order.terms_id]))[order.terms_id]
