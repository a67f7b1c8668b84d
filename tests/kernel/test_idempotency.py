"""One effect per Idempotency-Key: repeats, races, mistakes and failures."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from litestar.types import ASGIApp

from descrow.app.demo.shop_client import ApiRefused
from descrow.catalog.models import Product
from descrow.chain.client import ChainClient
from descrow.kernel.db import Sessions
from descrow.kernel.idempotency import StoredAnswer
from descrow.orders.models import Order
from tests.catalog.shops import Shop, a_product, a_shop, say_it_is_deployed
from tests.market import order_request


@pytest.fixture
async def shop(app: ASGIApp, sessions: Sessions, chain: ChainClient) -> AsyncIterator[Shop]:
    async with a_shop(app, sessions, chain) as opened:
        yield opened


async def test_a_repeat_gets_the_first_answer_and_has_no_effect(shop: Shop) -> None:
    first = await shop.seller.post("/api/v1/products", a_product(), idempotency_key="one")
    second = await shop.seller.post("/api/v1/products", a_product(), idempotency_key="one")

    assert second == first
    assert await shop.rows(Product) == 1


async def test_another_key_and_no_key_are_other_requests(shop: Shop) -> None:
    await shop.seller.post("/api/v1/products", a_product(), idempotency_key="one")
    await shop.seller.post("/api/v1/products", a_product(), idempotency_key="two")
    for _ in range(2):
        await shop.seller.post("/api/v1/products", a_product())

    assert await shop.rows(Product) == 4
    assert await shop.rows(StoredAnswer) == 2


async def test_repeats_at_once_have_one_effect_and_one_answer(shop: Shop) -> None:
    await shop.seller.sign_in()

    answers = await asyncio.gather(
        *(shop.seller.post("/api/v1/products", a_product(), idempotency_key="one") for _ in range(8))
    )

    assert answers == [answers[0]] * 8
    assert await shop.rows(Product) == 1


async def test_one_key_for_two_different_requests_is_refused_and_the_first_stands(shop: Shop) -> None:
    first = await shop.seller.post("/api/v1/products", a_product(), idempotency_key="one")

    with pytest.raises(ApiRefused) as refused:
        await shop.seller.post("/api/v1/products", a_product(title="Another"), idempotency_key="one")

    assert (refused.value.status, refused.value.code) == (422, "idempotency_key_reused")
    assert await shop.seller.post("/api/v1/products", a_product(), idempotency_key="one") == first
    assert await shop.rows(Product) == 1


async def test_a_key_used_on_another_route_is_refused_there(shop: Shop) -> None:
    await say_it_is_deployed(shop.sessions)
    product = await shop.seller.post("/api/v1/products", a_product())
    await shop.buyer.post("/api/v1/orders", order_request(product["id"]), idempotency_key="one")

    with pytest.raises(ApiRefused) as refused:
        await shop.buyer.post("/api/v1/products", a_product(), idempotency_key="one")

    assert refused.value.code == "idempotency_key_reused"
    assert await shop.rows(Product) == 1
    assert await shop.rows(Order) == 1


async def test_two_accounts_may_use_the_same_key(shop: Shop) -> None:
    of_seller = await shop.seller.post("/api/v1/products", a_product(), idempotency_key="one")
    of_stranger = await shop.stranger.post("/api/v1/products", a_product(title="Another"), idempotency_key="one")

    assert of_seller["id"] != of_stranger["id"]
    assert of_stranger["sellerAddress"] == shop.stranger.key.address
    assert await shop.rows(Product) == 2


async def test_a_request_that_failed_leaves_its_key_free(shop: Shop) -> None:
    await say_it_is_deployed(shop.sessions)
    product = await shop.seller.post("/api/v1/products", a_product(stock=0))
    with pytest.raises(ApiRefused, match="product_sold_out"):
        await shop.buyer.post("/api/v1/orders", order_request(product["id"]), idempotency_key="one")
    in_stock = await shop.seller.post("/api/v1/products", a_product(stock=1))

    made = await shop.buyer.post("/api/v1/orders", order_request(in_stock["id"]), idempotency_key="one")

    assert made["order"]["productId"] == in_stock["id"]
    assert await shop.rows(Order) == 1
    assert await shop.rows(StoredAnswer) == 1


@pytest.mark.parametrize("key", ["", "k" * 201])
async def test_a_key_that_is_empty_or_too_long_is_refused(shop: Shop, key: str) -> None:
    with pytest.raises(ApiRefused) as refused:
        await shop.seller.post("/api/v1/products", a_product(), idempotency_key=key)

    assert (refused.value.status, refused.value.code) == (400, "invalid")
    assert await shop.rows(Product) == 0
