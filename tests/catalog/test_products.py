"""The catalogue: what is listed is found, and what cannot be sold is not listed."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from descrow.app.demo.shop_client import ApiRefused
from descrow.catalog import service
from descrow.catalog.errors import ProductSoldOut
from descrow.catalog.models import Product
from descrow.contract.models import ContractCall
from descrow.kernel.db import LARGEST_ID, Sessions
from descrow.orders.models import Order
from tests.catalog.shops import Shop, a_product, say_it_is_deployed
from tests.market import order_request

BEYOND_BIGINT = 2**63


async def stock_of(sessions: Sessions, product_id: int) -> int:
    async with sessions() as session:
        return (await session.scalars(select(Product.stock).where(Product.id == product_id))).one()


async def test_a_listed_product_is_seen_by_everyone_as_its_seller_described_it(shop: Shop) -> None:
    wanted = a_product(description="Hand-woven, 30 cm 🧺", category="home", stock=3)

    listed = await shop.seller.post("/api/v1/products", wanted)

    assert {name: listed[name] for name in wanted} == wanted
    assert listed["sellerAddress"] == shop.seller.key.address
    assert abs(datetime.fromisoformat(listed["createdAt"]) - datetime.now(UTC)) < timedelta(minutes=1)
    assert await shop.stranger.get(f"/api/v1/products/{listed['id']}") == listed
    assert (await shop.stranger.get("/api/v1/products"))["items"] == [listed]
    assert await shop.rows(Product) == 1


async def test_a_product_needs_no_more_than_a_title_and_a_price(shop: Shop) -> None:
    listed = await shop.seller.post("/api/v1/products", {"title": "Basket", "pricePlanck": "1"})

    assert (listed["stock"], listed["description"], listed["category"]) == (1, "", "other")


async def test_pages_show_every_product_once_the_newest_first(shop: Shop) -> None:
    made = [(await shop.seller.post("/api/v1/products", a_product(title=f"Basket {n}")))["id"] for n in range(7)]

    seen: list[int] = []
    after = ""
    while True:
        page = await shop.buyer.get(f"/api/v1/products?limit=3{after}")
        seen += [product["id"] for product in page["items"]]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"

    assert seen == sorted(made, reverse=True)


async def test_a_product_listed_between_two_pages_moves_nothing(shop: Shop) -> None:
    made = [(await shop.seller.post("/api/v1/products", a_product()))["id"] for _ in range(4)]
    first = await shop.buyer.get("/api/v1/products?limit=2")
    await shop.seller.post("/api/v1/products", a_product(title="In between"))

    second = await shop.buyer.get(f"/api/v1/products?limit=2&after={first['next']}")

    assert [product["id"] for product in first["items"] + second["items"]] == made[::-1]
    assert second["next"] is None


async def test_an_empty_shop_has_one_empty_page(shop: Shop) -> None:
    assert await shop.buyer.get("/api/v1/products") == {"items": [], "next": None}


async def test_a_page_that_cannot_be_is_refused(shop: Shop) -> None:
    for query in ("limit=0", "limit=101", "limit=x", "sort=x", "inStock=x", f"q={'x' * 201}"):
        with pytest.raises(ApiRefused) as refused:
            await asyncio.wait_for(shop.buyer.get(f"/api/v1/products?{query}"), timeout=5)

        assert (refused.value.status, refused.value.code) == (400, "invalid")


INVALID: dict[str, tuple[dict[str, Any], str]] = {
    "price of nothing": (a_product(pricePlanck="0"), "pricePlanck"),
    "negative price": (a_product(pricePlanck="-5"), "pricePlanck"),
    "price with a dot": (a_product(pricePlanck="1.5"), "pricePlanck"),
    "price as a number": (a_product(pricePlanck=15), "pricePlanck"),
    "price with a zero before": (a_product(pricePlanck="015"), "pricePlanck"),
    "price in other digits": (a_product(pricePlanck="١٥"), "pricePlanck"),
    "price beyond all coins": (a_product(pricePlanck="1" + "0" * 18), "pricePlanck"),
    "no title": (a_product(title=""), "title"),
    "title too long": (a_product(title="t" * 121), "title"),
    "description too long": (a_product(description="d" * 10_001), "description"),
    "negative stock": (a_product(stock=-1), "stock"),
    "stock in words": (a_product(stock="one"), "stock"),
    "stock beyond reason": (a_product(stock=10**30), "stock"),
    "unknown field": (a_product(colour="red"), "colour"),
}


async def test_what_cannot_be_sold_is_refused_by_field_and_nothing_is_stored(shop: Shop) -> None:
    answers: dict[str, tuple[int, str, str]] = {}
    for why, (body, field) in INVALID.items():
        try:
            await shop.seller.post("/api/v1/products", body)
        except ApiRefused as refused:
            said = str(refused.problem.get("invalidFields", []))
            answers[why] = (refused.status, refused.code, field if field in said else said)

    assert answers == {why: (400, "invalid", field) for why, (_, field) in INVALID.items()}
    assert await shop.rows(Product) == 0


@pytest.mark.parametrize("field", ["title", "description", "category"])
async def test_a_text_that_the_database_cannot_hold_is_the_senders_mistake(shop: Shop, field: str) -> None:
    with pytest.raises(ApiRefused) as refused:
        await shop.seller.post("/api/v1/products", a_product(**{field: "a\0b"}))

    assert (refused.value.status, refused.value.code) == (400, "invalid")
    assert await shop.rows(Product) == 0


async def test_a_product_that_is_not_there_is_not_found(shop: Shop) -> None:
    for path, code in {
        "999": "product_not_found",
        str(LARGEST_ID): "product_not_found",
        "x": "not_found",
    }.items():
        with pytest.raises(ApiRefused) as refused:
            await shop.buyer.get(f"/api/v1/products/{path}")

        assert (refused.value.status, refused.value.code) == (404, code)


async def test_a_number_no_product_can_have_is_refused(shop: Shop) -> None:
    for product_id in (0, BEYOND_BIGINT):
        with pytest.raises(ApiRefused) as refused:
            await asyncio.wait_for(shop.buyer.get(f"/api/v1/products/{product_id}"), timeout=5)

        assert (refused.value.status, refused.value.code) == (400, "invalid")


async def test_of_two_buyers_of_the_last_piece_one_gets_it_and_the_other_is_told(shop: Shop) -> None:
    await say_it_is_deployed(shop.sessions)
    product = await shop.seller.post("/api/v1/products", a_product(stock=1))
    await asyncio.gather(shop.buyer.sign_in(), shop.stranger.sign_in())

    ends = await asyncio.gather(
        *(buyer.post("/api/v1/orders", order_request(product["id"])) for buyer in (shop.buyer, shop.stranger)),
        return_exceptions=True,
    )

    refused = [end for end in ends if isinstance(end, ApiRefused)]
    assert [(end.status, end.code) for end in refused] == [(409, "product_sold_out")]
    assert await shop.rows(Order) == 1
    assert await shop.rows(ContractCall) == 1
    assert await stock_of(shop.sessions, product["id"]) == 0


async def test_a_piece_reserved_in_a_transaction_that_fails_is_still_for_sale(shop: Shop) -> None:
    product = await shop.seller.post("/api/v1/products", a_product(stock=1))

    async with shop.sessions() as session:
        await service.reserve_piece(session, product["id"])
        with pytest.raises(ProductSoldOut):
            await service.reserve_piece(session, product["id"])
        await session.rollback()

    assert await stock_of(shop.sessions, product["id"]) == 1


async def test_a_returned_piece_is_for_sale_again(shop: Shop) -> None:
    product = await shop.seller.post("/api/v1/products", a_product(stock=2))

    async with shop.sessions.begin() as session:
        await service.reserve_piece(session, product["id"])
        await service.return_pieces(session, product["id"])

    assert await stock_of(shop.sessions, product["id"]) == 2
