"""The catalogue's SQL."""

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.accounts.models import Account
from descrow.catalog.models import Product


async def product_with_seller(session: AsyncSession, product_id: int) -> tuple[Product, Account] | None:
    row = (
        await session.execute(
            select(Product, Account).join(Account, Account.id == Product.seller_id).where(Product.id == product_id)
        )
    ).one_or_none()
    return None if row is None else (row[0], row[1])


async def newest_products(session: AsyncSession, *, before_id: int | None, limit: int) -> list[tuple[Product, Account]]:
    query = select(Product, Account).join(Account, Account.id == Product.seller_id)
    if before_id is not None:
        query = query.where(Product.id < before_id)
    rows = await session.execute(query.order_by(Product.id.desc()).limit(limit))
    return [(row[0], row[1]) for row in rows]


async def take_piece(session: AsyncSession, product_id: int) -> bool:
    """Take one piece out of stock; False when there is none. The row stays locked until the transaction ends."""
    taken = await session.scalar(
        update(Product)
        .where(Product.id == product_id, Product.stock > 0)
        .values(stock=Product.stock - 1)
        .returning(Product.id)
    )
    return taken is not None


async def put_pieces_back(session: AsyncSession, product_id: int, pieces: int) -> None:
    await session.execute(update(Product).where(Product.id == product_id).values(stock=Product.stock + pieces))
