"""Define what is in the shop of a new dev stack: somebody who looks after it, and something to buy."""

from sqlalchemy.ext.asyncio import AsyncSession

from descrow.accounts.models import Role
from descrow.accounts.sign_in import find_or_create_account
from descrow.app.devstack import mpesa
from descrow.app.devstack.stack import DevStackEndpoints
from descrow.catalog.metadata import metadata_of
from descrow.catalog.models import Category, Product
from descrow.catalog.schemas import CreateProductRequest
from descrow.catalog.service import draft, list_product
from descrow.chain.keys import Keypair
from descrow.content.block_stores import BlockStore, PostgresBlocks
from descrow.content.service import keep_document
from descrow.kernel.db import open_engine, sessions_of, utc_now
from descrow.kernel.money import parse_dot
from descrow.operations.role_changes import give_role

STAFF = {"//Guardian": Role.ADMIN, "//Arbiter": Role.ARBITER}
"""Accounts that everybody knows."""
SELLER = "//Achieng"

PRODUCTS = (
    CreateProductRequest(
        title="Kenyan AA coffee, 1 kg",
        description="Washed, medium roast, from Nyeri. Roasted on Mondays.",
        category=Category.FOOD,
        price_planck=str(parse_dot("2.4")),
        specifications={"Weight": "1 kg", "Roast": "medium", "Origin": "Nyeri"},
        stock=20,
    ),
    CreateProductRequest(
        title="Kitenge fabric, 6 yards",
        description="Wax print, cotton, in blue and ochre.",
        category=Category.TEXTILES,
        price_kes_cents="180000",
        specifications={"Length": "6 yards", "Material": "cotton"},
        stock=20,
    ),
    CreateProductRequest(
        title="Refurbished phone, 128 GB",
        description="New battery, one year of warranty, no scratches worth a photograph.",
        category=Category.PHONES,
        price_planck=str(parse_dot("28")),
        specifications={"Storage": "128 GB", "Warranty": "one year"},
        stock=20,
    ),
)


async def seed_demo_data(parts: DevStackEndpoints) -> None:
    """Give the roles, and list the products of a shop that has none: an empty one tells nobody anything."""
    engine = open_engine(parts.database_url, pool_size=2)
    sessions = sessions_of(engine)
    try:
        async with sessions.begin() as session:
            for name, role in STAFF.items():
                account = await find_or_create_account(session, Keypair.from_uri(name).public_key)
                await give_role(session, account, role, by="descrow up")
            if await session.get(Product, 1) is None:
                await _list_products(session, PostgresBlocks(sessions))
    finally:
        await engine.dispose()


async def _list_products(session: AsyncSession, blocks: BlockStore) -> None:
    seller = await find_or_create_account(session, Keypair.from_uri(SELLER).public_key)
    seller.mpesa_phone = mpesa.SELLERS_PHONE
    for wanted in PRODUCTS:
        product = draft(seller.id, wanted)
        metadata = await keep_document(blocks, metadata_of(product, seller.address), now=utc_now())
        await list_product(session, product, metadata)
