"""Check that nobody buys something else, or at another price, than they have seen."""

from typing import Any

import pytest
from sqlalchemy import func, select

from descrow.app.demo.shop_client import ApiRefused, ShopClient
from descrow.content.cids import Cid, Codec
from descrow.contract.models import ContractCall
from descrow.orders.models import Order
from tests.market import Market, order_request


def as_seen(product: dict[str, Any]) -> dict[str, Any]:
    """Return what a page that shows this product names with an order."""
    return {
        "pricePlanck": product["pricePlanck"],
        "priceKesCents": product["priceKesCents"],
        "productCid": product["metadataCid"],
    }


async def refusal_of(buyer: ShopClient, product: dict[str, Any], **seen: Any) -> ApiRefused:
    with pytest.raises(ApiRefused) as refused:
        await buyer.post("/api/orders", order_request(product["id"], **seen))
    return refused.value


async def rows(market: Market) -> tuple[int, int]:
    async with market.sessions() as session:
        return (
            await session.scalar(select(func.count()).select_from(Order)) or 0,
            await session.scalar(select(func.count()).select_from(ContractCall)) or 0,
        )


async def test_a_sealed_thing_for_a_thousand_never_becomes_an_empty_box_for_nine(market: Market) -> None:
    seen = await market.seller.post("/api/products", {"title": "Phone, new, sealed", "priceKesCents": "100000"})
    now = await market.seller.put(f"/api/products/{seen['id']}", {"title": "Empty box", "priceKesCents": "900000"})

    refused = await refusal_of(market.buyer, seen, **as_seen(seen))

    assert (refused.status, refused.code) == (409, "product_not_as_seen")
    assert refused.problem["about"] == {
        "product_id": seen["id"],
        "seen_product_cid": seen["metadataCid"],
        "seen_price_planck": None,
        "seen_price_kes_cents": "100000",
        "seen_title": "Phone, new, sealed",
        "product_cid": now["metadataCid"],
        "price_planck": None,
        "price_kes_cents": "900000",
        "title": "Empty box",
    }
    assert await rows(market) == (0, 0)
    assert (await market.buyer.get(f"/api/products/{seen['id']}"))["stock"] == 1


@pytest.mark.parametrize(
    "change",
    [
        {"pricePlanck": "30000000008"},
        {"priceKesCents": "100000"},
        {"description": "Without its lid."},
        {"title": "Basket"},
        {"specifications": {"Colour": "grey"}},
        {"category": "other"},
    ],
)
async def test_whatever_the_offer_says_is_part_of_what_was_seen(market: Market, change: dict[str, Any]) -> None:
    seen = await market.seller.post(
        "/api/products", {"title": "Sisal basket", "pricePlanck": "30000000007", "category": "crafts"}
    )
    await market.seller.put(f"/api/products/{seen['id']}", change)

    assert (await refusal_of(market.buyer, seen, productCid=seen["metadataCid"])).code == "product_not_as_seen"
    assert await rows(market) == (0, 0)


async def test_the_price_alone_can_be_named(market: Market) -> None:
    seen = await market.product()
    await market.seller.put(f"/api/products/{seen['id']}", {"title": "Basket of sisal"})

    refused = await refusal_of(market.buyer, seen, pricePlanck="30000000008")
    in_the_other_currency = await refusal_of(market.buyer, seen, priceKesCents="100000")

    assert {refused.code, in_the_other_currency.code} == {"product_not_as_seen"}
    assert await market.buyer.post("/api/orders", order_request(seen["id"], pricePlanck=seen["pricePlanck"]))


@pytest.mark.parametrize("cid", ["", "no cid", str(Cid.of(Codec.RAW, b"never kept here"))])
async def test_a_document_that_nobody_offered_is_refused_without_a_title(market: Market, cid: str) -> None:
    product = await market.product()

    refused = await refusal_of(market.buyer, product, productCid=cid)

    assert (refused.status, refused.code) == (409, "product_not_as_seen")
    assert (refused.problem["about"]["seen_title"], refused.problem["about"]["title"]) == (None, "Sisal basket")


async def test_an_order_says_for_good_what_was_bought_and_at_which_price(market: Market) -> None:
    product = await market.product()
    order_id = await market.place_order(product_id=product["id"], **as_seen(product))

    await market.seller.put(f"/api/products/{product['id']}", {"title": "Empty box", "priceKesCents": "900000"})

    order = await market.seen(order_id)
    [listed] = (await market.buyer.get("/api/orders"))["items"]
    bought = {
        "productTitle": "Sisal basket",
        "productCid": product["metadataCid"],
        "pricePlanck": product["pricePlanck"],
        "priceKesCents": None,
        "amountPlanck": product["pricePlanck"],
    }
    for answer in (order, listed):
        assert {name: answer[name] for name in bought} == bought


async def test_who_names_nothing_orders_what_is_offered_now_and_is_told_what_that_was(market: Market) -> None:
    seen = await market.product()
    now = await market.seller.put(f"/api/products/{seen['id']}", {"pricePlanck": "40000000000"})

    made = await market.buyer.post("/api/orders", order_request(seen["id"]))

    order = made["order"]
    assert (order["pricePlanck"], order["amountPlanck"], order["productCid"]) == (
        "40000000000",
        "40000000000",
        now["metadataCid"],
    )


async def test_an_order_of_an_older_version_says_that_its_price_is_not_known(market: Market) -> None:
    order_id = await market.place_order()
    async with market.sessions.begin() as session:
        order = await session.get_one(Order, order_id)
        order.product_title = order.price_planck = order.product_cid = None

    order_now = await market.seen(order_id)

    assert (order_now["productTitle"], order_now["pricePlanck"], order_now["priceKesCents"]) == (
        "Sisal basket",
        None,
        None,
    )
