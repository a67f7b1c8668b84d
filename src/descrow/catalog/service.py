"""Define what is for sale, and how much of it is left."""

from msgspec import UNSET
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.catalog import queries
from descrow.catalog.errors import (
    NotYourProduct,
    PictureNotKnown,
    PriceNotClear,
    ProductChangedMeanwhile,
    ProductNotFound,
    ProductSoldOut,
)
from descrow.catalog.metadata import metadata_of
from descrow.catalog.models import Product
from descrow.catalog.queries import Offer
from descrow.catalog.schemas import ChangeProductRequest, CreateProductRequest
from descrow.content.models import Content
from descrow.content.service import keep_contents
from descrow.kernel.db import utc_now


async def get_product(session: AsyncSession, product_id: int, *, lock: bool = False) -> Offer:
    """The product and who sells it. Raises ProductNotFound."""
    found = await queries.product_with_seller(session, product_id, lock=lock)
    if found is None:
        raise ProductNotFound(product_id)
    return found


async def get_own_product(session: AsyncSession, product_id: int, account_id: int, *, lock: bool = False) -> Offer:
    """The same, for its seller to change. Raises ProductNotFound or NotYourProduct."""
    product, seller = await get_product(session, product_id, lock=lock)
    if seller.id != account_id:
        raise NotYourProduct(product_id)
    return product, seller


def draft(seller_id: int, wanted: CreateProductRequest) -> Product:
    """The product as it would be listed; nothing is stored yet. Raises PriceNotClear."""
    product = Product(
        seller_id=seller_id,
        title=wanted.title,
        description=wanted.description,
        category=wanted.category,
        price_planck=_amount(wanted.price_planck),
        price_kes_cents=_amount(wanted.price_kes_cents),
        specifications=wanted.specifications,
        picture_cids=wanted.picture_cids,
        stock=wanted.stock,
    )
    _check_price(product)
    return product


async def list_product(session: AsyncSession, product: Product, metadata: Content) -> None:
    """List a drafted product whose document is in the block store. Raises PictureNotKnown."""
    await _check_pictures(session, product)
    await keep_contents(session, [metadata])
    session.add(product)
    await session.flush()


def change(product: Product, wanted: ChangeProductRequest) -> None:
    """Make the product what its seller wants. A new price takes the place of the old one, in whatever currency.

    Raises PriceNotClear for two prices at once.
    """
    if wanted.price_planck is not UNSET and wanted.price_kes_cents is not UNSET:
        raise PriceNotClear
    if wanted.price_planck is not UNSET:
        product.price_planck, product.price_kes_cents = int(wanted.price_planck), None
    if wanted.price_kes_cents is not UNSET:
        product.price_planck, product.price_kes_cents = None, int(wanted.price_kes_cents)
    for name in ("title", "description", "category", "specifications", "picture_cids", "stock"):
        value = getattr(wanted, name)
        if value is not UNSET:
            setattr(product, name, value)


async def change_product(
    session: AsyncSession, product_id: int, account_id: int, wanted: ChangeProductRequest, metadata: Content
) -> Offer:
    """Change a listed product; `metadata` is the document of what it becomes, which is in the block store.

    Raises as `get_own_product` and `change`, PictureNotKnown, or ProductChangedMeanwhile where it becomes something
    else than the document says.
    """
    product, seller = await get_own_product(session, product_id, account_id, lock=True)
    change(product, wanted)
    product.changed_at = utc_now()
    await _check_pictures(session, product)
    if metadata.cid != str(metadata_of(product, seller.address).cid):
        raise ProductChangedMeanwhile(product_id)
    await keep_contents(session, [metadata])
    return product, seller


async def withdraw_product(session: AsyncSession, product_id: int, account_id: int) -> None:
    """Take a product out of the shop; its orders go on. A repeat changes nothing. Raises as `get_own_product`."""
    product, _ = await get_own_product(session, product_id, account_id, lock=True)
    product.withdrawn_at = product.withdrawn_at or utc_now()


async def offer_again(session: AsyncSession, product_id: int, account_id: int) -> None:
    """Put a withdrawn product back into the shop. A repeat changes nothing. Raises as `get_own_product`."""
    product, _ = await get_own_product(session, product_id, account_id, lock=True)
    product.withdrawn_at = None


async def reserve_piece(session: AsyncSession, product_id: int) -> None:
    """Keep one piece for an order. Raises ProductSoldOut; two buyers never get the same piece."""
    if not await queries.take_piece(session, product_id):
        raise ProductSoldOut(product_id)


async def return_pieces(session: AsyncSession, product_id: int, pieces: int = 1) -> None:
    """Orders ended without a sale: their pieces are for sale again. Call once per order."""
    await queries.put_pieces_back(session, product_id, pieces)


def _check_price(product: Product) -> None:
    if (product.price_planck is None) == (product.price_kes_cents is None):
        raise PriceNotClear


async def _check_pictures(session: AsyncSession, product: Product) -> None:
    await queries.lock_pictures(session, product.picture_cids)
    known = await queries.pictures_among(session, product.picture_cids)
    for cid in product.picture_cids:
        if cid not in known:
            raise PictureNotKnown(cid)


def _amount(digits: str | None) -> int | None:
    return None if digits is None else int(digits)
