"""The catalogue over HTTP."""

from collections.abc import Sequence
from typing import Annotated

from litestar import Controller, Response, delete, get, post, put
from litestar.params import HeaderParameter, JSONBody, PathParameter, QueryParameter
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.accounts.addresses import canonical_address
from descrow.catalog import queries, service
from descrow.catalog.dependencies import WithCatalogCache, WithMpesaOffered, WithRates
from descrow.catalog.errors import RateNotAvailable
from descrow.catalog.metadata import metadata_of
from descrow.catalog.models import Category
from descrow.catalog.queries import Offer
from descrow.catalog.rates import RateSource
from descrow.catalog.schemas import CategoryView, ChangeProductRequest, CreateProductRequest, PictureView, ProductView
from descrow.catalog.search import Search, Sort, find_products
from descrow.content.dependencies import WithBlocks
from descrow.content.service import keep_document
from descrow.kernel.db import LARGEST_ID, utc_now
from descrow.kernel.fastpath.response_cache import response_of
from descrow.kernel.http.access import Open
from descrow.kernel.http.caller import CallerRequest
from descrow.kernel.http.dependencies import WithSessions
from descrow.kernel.idempotency import IdempotencyKey, answer_once
from descrow.kernel.money import digits_of
from descrow.kernel.pages import After, Limit, Page, SearchPage

ProductId = Annotated[int, PathParameter(ge=1, le=LARGEST_ID)]
Words = Annotated[str, QueryParameter(max_length=200, description="What it is called; misspelt words find it too.")]
Cursor = Annotated[str | None, QueryParameter(max_length=200, description="`next` of the page before.")]
IfNoneMatch = Annotated[str | None, HeaderParameter(name="If-None-Match", description="An ETag that you have.")]
SellerAddress = Annotated[str | None, QueryParameter(max_length=64, description="Of this seller only.")]


class ProductController(Controller):
    path = "/products"
    tags = ("catalog",)

    @get(access=Open.ANYBODY, refusals=("address_not_valid", "cursor_not_valid"), not_modified=True)
    async def list_products(
        self,
        sessions: WithSessions,
        catalog_cache: WithCatalogCache,
        rates: WithRates,
        mpesa_offered: WithMpesaOffered,
        q: Words = "",
        category: Annotated[Category | None, QueryParameter(description="Of this shelf only.")] = None,
        seller: SellerAddress = None,
        in_stock: Annotated[bool, QueryParameter(name="inStock", description="Without what is sold out.")] = False,
        sort: Annotated[Sort, QueryParameter(description="What comes first.")] = Sort.BEST,
        after: Cursor = None,
        limit: Limit = 20,
        if_none_match: IfNoneMatch = None,
    ) -> Response[SearchPage[ProductView]]:
        """Products that fit; the newest first where nothing else is asked for."""
        seller_address = None if seller is None else canonical_address(seller)
        search = Search(q.strip(), category, seller_address, in_stock, sort)
        rate = await _rate(rates) if sort in (Sort.CHEAPEST, Sort.DEAREST) else None

        async def find() -> SearchPage[ProductView]:
            async with sessions() as session:
                offers, following = await find_products(
                    session, search, after=after, limit=limit, kes_cents_per_dot=rate
                )
                return SearchPage(items=await _views(session, offers, mpesa_offered=mpesa_offered), next=following)

        return response_of(await catalog_cache.get((search, after, limit, rate), find), if_none_match)

    @get("/mine", access=Open.SIGNED_IN)
    async def list_own_products(
        self,
        sessions: WithSessions,
        mpesa_offered: WithMpesaOffered,
        request: CallerRequest,
        after: After = None,
        limit: Limit = 20,
    ) -> Page[ProductView]:
        """All that the caller ever listed, withdrawn and sold out things too, the newest first."""
        async with sessions() as session:
            offers = await queries.products_of(session, request.user.account_id, before_id=after, limit=limit + 1)
            views = await _views(session, offers, mpesa_offered=mpesa_offered)
        return Page.of(views, limit, id_of=lambda product: product.id)

    @get("/{product_id:int}", access=Open.ANYBODY, refusals=("product_not_found",), not_modified=True)
    async def get_product(
        self,
        sessions: WithSessions,
        catalog_cache: WithCatalogCache,
        mpesa_offered: WithMpesaOffered,
        product_id: ProductId,
        if_none_match: IfNoneMatch = None,
    ) -> Response[ProductView]:
        """One product, also when it is withdrawn."""

        async def find() -> ProductView:
            async with sessions() as session:
                return await _view(session, await service.get_product(session, product_id), mpesa_offered=mpesa_offered)

        return response_of(await catalog_cache.get(product_id, find), if_none_match)

    @post(
        access=Open.SIGNED_IN,
        refusals=(
            "block_store_unavailable",
            "idempotency_key_reused",
            "picture_not_known",
            "price_not_clear",
        ),
    )
    async def create_product(
        self,
        sessions: WithSessions,
        blocks: WithBlocks,
        mpesa_offered: WithMpesaOffered,
        request: CallerRequest,
        data: JSONBody[CreateProductRequest],
        idempotency_key: IdempotencyKey = None,
    ) -> ProductView:
        """List a product for sale; the caller is its seller."""
        account_id = request.user.account_id
        product = service.draft(account_id, data)
        metadata = await keep_document(blocks, metadata_of(product, request.user.address), now=utc_now())
        async with sessions.begin() as session:

            async def create() -> ProductView:
                await service.list_product(session, product, metadata)
                return await _view(session, await service.get_product(session, product.id), mpesa_offered=mpesa_offered)

            return await answer_once(session, account_id, idempotency_key, data, create, ProductView)

    @put(
        "/{product_id:int}",
        access=Open.SIGNED_IN,
        refusals=(
            "block_store_unavailable",
            "not_your_product",
            "picture_not_known",
            "price_not_clear",
            "product_changed_meanwhile",
            "product_not_found",
        ),
    )
    async def update_product(
        self,
        sessions: WithSessions,
        blocks: WithBlocks,
        mpesa_offered: WithMpesaOffered,
        request: CallerRequest,
        product_id: ProductId,
        data: JSONBody[ChangeProductRequest],
    ) -> ProductView:
        """Change what the caller sells."""
        account_id = request.user.account_id
        async with sessions() as session:
            product, seller = await service.get_own_product(session, product_id, account_id)
            session.expunge(product)
        service.change(product, data)
        metadata = await keep_document(blocks, metadata_of(product, seller.address), now=utc_now())
        async with sessions.begin() as session:
            changed = await service.change_product(session, product_id, account_id, data, metadata)
            return await _view(session, changed, mpesa_offered=mpesa_offered)

    @delete("/{product_id:int}", access=Open.SIGNED_IN, refusals=("not_your_product", "product_not_found"))
    async def withdraw_product(self, sessions: WithSessions, request: CallerRequest, product_id: ProductId) -> None:
        """Take it out of the shop. Orders of it go on."""
        async with sessions.begin() as session:
            await service.withdraw_product(session, product_id, request.user.account_id)

    @post(
        "/{product_id:int}/offer-again",
        status_code=200,
        access=Open.SIGNED_IN,
        refusals=("not_your_product", "product_not_found"),
    )
    async def relist_product(
        self,
        sessions: WithSessions,
        mpesa_offered: WithMpesaOffered,
        request: CallerRequest,
        product_id: ProductId,
    ) -> ProductView:
        """Put a withdrawn product back into the shop."""
        async with sessions.begin() as session:
            await service.offer_again(session, product_id, request.user.account_id)
            return await _view(session, await service.get_product(session, product_id), mpesa_offered=mpesa_offered)


@get("/categories", tags=["catalog"], access=Open.ANYBODY, not_modified=True)
async def list_categories(
    sessions: WithSessions, catalog_cache: WithCatalogCache, if_none_match: IfNoneMatch = None
) -> Response[list[CategoryView]]:
    """Every shelf, and how many products on it can be ordered now."""

    async def count() -> list[CategoryView]:
        async with sessions() as session:
            counted = await queries.count_by_category(session)
        return [CategoryView(category=category, products=counted.get(category, 0)) for category in Category]

    return response_of(await catalog_cache.get("categories", count), if_none_match)


async def _rate(rates: RateSource | None) -> int | None:
    if rates is None:
        return None
    try:
        return (await rates.rate()).kes_cents_per_dot
    except RateNotAvailable:
        return None


async def _view(session: AsyncSession, offer: Offer, *, mpesa_offered: bool) -> ProductView:
    return (await _views(session, [offer], mpesa_offered=mpesa_offered))[0]


async def _views(session: AsyncSession, offers: Sequence[Offer], *, mpesa_offered: bool) -> list[ProductView]:
    cids = {cid for product, _ in offers for cid in product.picture_cids}
    thumbnails = await queries.pictures_among(session, cids)
    return [
        ProductView(
            id=product.id,
            seller_address=seller.address,
            title=product.title,
            description=product.description,
            category=product.category,
            price_planck=digits_of(product.price_planck),
            price_kes_cents=digits_of(product.price_kes_cents),
            specifications=product.specifications,
            images=[PictureView(cid, thumbnails.get(cid)) for cid in product.picture_cids],
            stock=product.stock,
            takes_mpesa=mpesa_offered and seller.mpesa_phone is not None,
            metadata_cid=str(metadata_of(product, seller.address).cid),
            created_at=product.created_at,
            changed_at=product.changed_at,
            is_withdrawn=product.withdrawn_at is not None,
        )
        for product, seller in offers
    ]
