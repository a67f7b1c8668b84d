"""The catalogue over HTTP."""

from typing import Annotated

from litestar import Controller, Request, get, post
from litestar.datastructures import State
from litestar.params import JSONBody, PathParameter
from litestar.security.jwt import Token

from descrow.accounts.models import Account
from descrow.accounts.tokens import Caller
from descrow.catalog import queries, service
from descrow.catalog.models import Product
from descrow.catalog.schemas import CreateProductRequest, ProductView
from descrow.db import LARGEST_ID
from descrow.idempotency import IdempotencyKey, answer_once
from descrow.pages import After, Limit, Page
from descrow.parts import WithParts


class ProductController(Controller):
    path = "/products"
    tags = ("catalog",)

    @get(public=True)
    async def list_products(self, parts: WithParts, after: After = None, limit: Limit = 20) -> Page[ProductView]:
        """Products, the newest first."""
        async with parts.sessions() as session:
            rows = await queries.newest_products(session, before_id=after, limit=limit + 1)
        return Page.of([_view(product, seller) for product, seller in rows], limit, id_of=lambda product: product.id)

    @get("/{product_id:int}", public=True)
    async def get_product(
        self, parts: WithParts, product_id: Annotated[int, PathParameter(ge=1, le=LARGEST_ID)]
    ) -> ProductView:
        """One product."""
        async with parts.sessions() as session:
            return _view(*await service.get_product(session, product_id))

    @post()
    async def create_product(
        self,
        parts: WithParts,
        request: Request[Caller, Token, State],
        data: JSONBody[CreateProductRequest],
        idempotency_key: IdempotencyKey = None,
    ) -> ProductView:
        """List a product for sale; the caller is its seller."""
        async with parts.sessions.begin() as session:

            async def create() -> ProductView:
                product = await service.create_product(session, request.user.account_id, data)
                return _view(*await service.get_product(session, product.id))

            return await answer_once(session, request.user.account_id, idempotency_key, data, create, ProductView)


def _view(product: Product, seller: Account) -> ProductView:
    return ProductView(
        id=product.id,
        seller_address=seller.address,
        title=product.title,
        description=product.description,
        category=product.category,
        price_planck=str(product.price_planck),
        stock=product.stock,
        created_at=product.created_at,
    )
