"""What is for sale, and how much of it is left."""

from sqlalchemy.ext.asyncio import AsyncSession

from descrow.accounts.models import Account
from descrow.catalog import queries
from descrow.catalog.errors import ProductNotFound, ProductSoldOut
from descrow.catalog.models import Product
from descrow.catalog.schemas import CreateProductRequest


async def create_product(session: AsyncSession, seller_id: int, wanted: CreateProductRequest) -> Product:
    """List a product under its seller's name."""
    product = Product(
        seller_id=seller_id,
        title=wanted.title,
        description=wanted.description,
        category=wanted.category,
        price_planck=int(wanted.price_planck),
        stock=wanted.stock,
    )
    session.add(product)
    await session.flush()
    return product


async def get_product(session: AsyncSession, product_id: int) -> tuple[Product, Account]:
    """The product and who sells it. Raises ProductNotFound."""
    found = await queries.product_with_seller(session, product_id)
    if found is None:
        raise ProductNotFound(product_id)
    return found


async def reserve_piece(session: AsyncSession, product_id: int) -> None:
    """Keep one piece for an order. Raises ProductSoldOut; two buyers never get the same piece."""
    if not await queries.take_piece(session, product_id):
        raise ProductSoldOut(product_id)


async def return_pieces(session: AsyncSession, product_id: int, pieces: int = 1) -> None:
    """Orders ended without a sale: their pieces are for sale again. Call once per order."""
    await queries.put_pieces_back(session, product_id, pieces)
