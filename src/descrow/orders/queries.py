"""The orders' SQL."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, ColumnExpressionArgument, Select, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from descrow.accounts.models import Account
from descrow.catalog.models import Product
from descrow.contract.order_status import OrderStatus
from descrow.contract.published_terms import terms_judged_by
from descrow.orders.models import Order, OrderTransition


@dataclass(frozen=True)
class OrderInFull:
    """An order with what its page shows besides."""

    order: Order
    product: Product
    buyer: Account
    seller: Account

    @property
    def product_title(self) -> str:
        """Return what the product was called when it was ordered, or is called now where the order does not say."""
        return self.product.title if self.order.product_title is None else self.order.product_title


_Buyer = aliased(Account)
_Seller = aliased(Account)


def _in_full(*conditions: ColumnElement[bool]) -> Select[Order, Product, Account, Account]:
    return (
        select(Order, Product, _Buyer, _Seller)
        .join(Product, Product.id == Order.product_id)
        .join(_Buyer, _Buyer.id == Order.buyer_id)
        .join(_Seller, _Seller.id == Order.seller_id)
        .where(*conditions)
    )


def _has_part(account_id: int) -> ColumnElement[bool]:
    return or_(Order.buyer_id == account_id, Order.seller_id == account_id)


def is_judged_by(account_id: int) -> ColumnElement[bool]:
    """Return whether the order is, or was, in a dispute that this account decides."""
    return and_(Order.disputed_at.is_not(None), Order.terms_id.in_(terms_judged_by(account_id)))


async def order_of_party(session: AsyncSession, order_id: int, account_id: int) -> OrderInFull | None:
    """The order, if this account is its buyer or seller."""
    return await _one(session, Order.id == order_id, _has_part(account_id))


async def order_of_party_or_arbiter(session: AsyncSession, order_id: int, account_id: int) -> OrderInFull | None:
    """The order, if this account is its buyer or seller, or the arbiter of its dispute."""
    return await _one(session, Order.id == order_id, or_(_has_part(account_id), is_judged_by(account_id)))


async def _one(session: AsyncSession, *conditions: ColumnElement[bool]) -> OrderInFull | None:
    row = (await session.execute(_in_full(*conditions))).one_or_none()
    return None if row is None else OrderInFull(row[0], row[1], row[2], row[3])


async def orders_by_ids(session: AsyncSession, ids: Sequence[int]) -> list[OrderInFull]:
    """These orders, whosever they are; the newest first."""
    return await orders_in_full(session, Order.id.in_(ids), order_by=(Order.id.desc(),), limit=len(ids))


async def orders_in_full(
    session: AsyncSession,
    *conditions: ColumnElement[bool],
    order_by: Sequence[ColumnExpressionArgument[object]],
    limit: int,
) -> list[OrderInFull]:
    rows = await session.execute(_in_full(*conditions).order_by(*order_by).limit(limit))
    return [OrderInFull(row[0], row[1], row[2], row[3]) for row in rows]


async def lock_order(session: AsyncSession, order: Order) -> None:
    """Read the order anew, for this transaction alone."""
    await session.refresh(order, with_for_update={"key_share": True})


async def count_unpaid_of(session: AsyncSession, buyer_id: int, *, since: datetime) -> int:
    """Return how many orders this buyer can still pay, or has made since then and not paid, cancelled ones included."""
    counted = await session.scalar(
        select(func.count())
        .select_from(Order)
        .where(
            Order.buyer_id == buyer_id,
            Order.funded_at.is_(None),
            or_(Order.status == OrderStatus.CREATED, Order.created_at > since),
        )
    )
    return counted or 0


async def product_cids(session: AsyncSession, *, since: datetime | None = None) -> list[str]:
    """The documents of what was ordered, since then if it is given, each once."""
    query = select(Order.product_cid).where(Order.product_cid.is_not(None)).distinct()
    rows = await session.scalars(query if since is None else query.where(Order.created_at >= since))
    return [cid for cid in rows if cid is not None]


async def has_paid(session: AsyncSession, buyer_id: int) -> bool:
    """Say if an order of this buyer was ever paid."""
    paid = select(Order.id).where(Order.buyer_id == buyer_id, Order.funded_at.is_not(None))
    return await session.scalar(paid.limit(1)) is not None


async def transitions_of(session: AsyncSession, order_id: int) -> list[OrderTransition]:
    """In the order in which they were applied: that of the chain, with what it took back in between."""
    rows = await session.scalars(
        select(OrderTransition).where(OrderTransition.order_id == order_id).order_by(OrderTransition.id)
    )
    return list(rows)
