"""The catalogue's SQL."""

from collections.abc import Collection

from sqlalchemy import Select, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.accounts.models import Account
from descrow.catalog.models import Category, Product
from descrow.content.media_types import PICTURES
from descrow.content.models import Content

Offer = tuple[Product, Account]
"""A product and who sells it."""


def offers() -> Select[Product, Account]:
    return select(Product, Account).join(Account, Account.id == Product.seller_id)


async def product_with_seller(session: AsyncSession, product_id: int, *, lock: bool = False) -> Offer | None:
    query = offers().where(Product.id == product_id)
    if lock:
        query = query.with_for_update(of=Product, key_share=True)
    row = (await session.execute(query)).one_or_none()
    return None if row is None else (row[0], row[1])


async def products_of(session: AsyncSession, seller_id: int, *, before_id: int | None, limit: int) -> list[Offer]:
    """All that one seller ever listed, the newest first."""
    query = offers().where(Product.seller_id == seller_id)
    if before_id is not None:
        query = query.where(Product.id < before_id)
    rows = await session.execute(query.order_by(Product.id.desc()).limit(limit))
    return [(row[0], row[1]) for row in rows]


async def count_by_category(session: AsyncSession) -> dict[Category, int]:
    """Products for sale, by shelf; an empty shelf is not named."""
    rows = await session.execute(
        select(Product.category, func.count())
        .where(Product.withdrawn_at.is_(None), Product.stock > 0)
        .group_by(Product.category)
    )
    return {row[0]: row[1] for row in rows}


async def pictures_among(session: AsyncSession, cids: Collection[str]) -> dict[str, str | None]:
    """Those of these CIDs that are pictures kept here, with their thumbnails."""
    if not cids:
        return {}
    rows = await session.execute(
        select(Content.cid, Content.thumbnail_cid).where(Content.cid.in_(cids), Content.media_type.in_(PICTURES))
    )
    return {row[0]: row[1] for row in rows}


async def lock_pictures(session: AsyncSession, cids: Collection[str]) -> None:
    """Let nobody delete these files before the transaction ends."""
    await session.execute(select(Content.cid).where(Content.cid.in_(cids)).with_for_update(read=True, key_share=True))


async def picture_cids(session: AsyncSession) -> set[str]:
    """Those of all products."""
    return set(await session.scalars(select(func.unnest(Product.picture_cids)).distinct()))


async def is_picture_of_a_product(session: AsyncSession, cid: str) -> bool:
    found = select(Product.id).where(Product.picture_cids.contains([cid])).limit(1)
    return await session.scalar(found) is not None


async def take_piece(session: AsyncSession, product_id: int) -> bool:
    """Take one piece out of stock; False when there is none. The row stays locked until the transaction ends."""
    taken = await session.scalar(
        update(Product)
        .where(Product.id == product_id, Product.stock > 0, Product.withdrawn_at.is_(None))
        .values(stock=Product.stock - 1)
        .returning(Product.id)
    )
    return taken is not None


async def put_pieces_back(session: AsyncSession, product_id: int, pieces: int) -> None:
    await session.execute(update(Product).where(Product.id == product_id).values(stock=Product.stock + pieces))
