"""Sellers change what they sell, and only that; an order keeps what it was made for."""

import hashlib

import pytest
from sqlalchemy import select

from descrow.app.demo.shop_client import ApiRefused
from descrow.catalog.models import Product
from descrow.content.cids import Cid, Codec
from descrow.contract.models import ContractCall
from tests.catalog.shops import Shop, a_product, say_it_is_deployed
from tests.content.library import Library
from tests.content.photos import a_jpeg
from tests.market import order_request


async def test_what_is_left_out_stays_as_it_is(shop: Shop) -> None:
    product = await shop.seller.post("/api/v1/products", a_product(description="Woven", stock=4))

    changed = await shop.seller.put(f"/api/v1/products/{product['id']}", {"title": "Large basket"})

    same = ("description", "stock", "pricePlanck", "category", "createdAt")
    assert changed["title"] == "Large basket"
    assert [changed[name] for name in same] == [product[name] for name in same]
    assert await shop.buyer.get(f"/api/v1/products/{product['id']}") == changed


async def test_a_new_price_takes_the_place_of_the_old_one_in_whatever_currency(shop: Shop) -> None:
    product = await shop.seller.post("/api/v1/products", a_product())

    changed = await shop.seller.put(f"/api/v1/products/{product['id']}", {"priceKesCents": "150000"})

    assert (changed["pricePlanck"], changed["priceKesCents"]) == (None, "150000")


@pytest.mark.parametrize("price", [{}, {"pricePlanck": "1", "priceKesCents": "100"}])
async def test_a_product_has_one_price(shop: Shop, price: dict[str, str]) -> None:
    with pytest.raises(ApiRefused) as refused:
        await shop.seller.post("/api/v1/products", {"title": "Basket", **price})

    assert (refused.value.status, refused.value.code) == (422, "price_not_clear")
    assert await shop.rows(Product) == 0


@pytest.mark.parametrize("price", ["150", "150001", "0", "-100", "1.00", "00"])
async def test_a_price_in_shillings_is_in_whole_ones(shop: Shop, price: str) -> None:
    with pytest.raises(ApiRefused) as refused:
        await shop.seller.post("/api/v1/products", {"title": "Basket", "priceKesCents": price})

    assert (refused.value.status, refused.value.code) == (400, "invalid")


async def test_nobody_changes_what_somebody_else_sells(shop: Shop) -> None:
    product = await shop.seller.post("/api/v1/products", a_product())
    path = f"/api/v1/products/{product['id']}"

    for attempt in (
        shop.stranger.put(path, {"pricePlanck": "1"}),
        shop.stranger.delete(path),
        shop.stranger.post(f"{path}/offer-again", {}),
    ):
        with pytest.raises(ApiRefused) as refused:
            await attempt
        assert (refused.value.status, refused.value.code) == (403, "not_your_product")

    assert await shop.buyer.get(path) == product


async def test_a_withdrawn_product_cannot_be_found_or_ordered_until_it_is_offered_again(shop: Shop) -> None:
    await say_it_is_deployed(shop.sessions)
    product = await shop.seller.post("/api/v1/products", a_product(stock=2))
    path = f"/api/v1/products/{product['id']}"
    for _ in range(2):
        await shop.seller.delete(path)

    with pytest.raises(ApiRefused) as refused:
        await shop.buyer.post("/api/v1/orders", order_request(product["id"]))
    found = (await shop.buyer.get("/api/v1/products"))["items"]
    page = await shop.buyer.get(path)
    own = (await shop.seller.get("/api/v1/products/mine"))["items"]

    assert refused.value.code == "product_sold_out"
    assert (found, page["isWithdrawn"], [one["id"] for one in own]) == ([], True, [product["id"]])
    await shop.seller.post(f"{path}/offer-again", {})
    assert await shop.buyer.post("/api/v1/orders", order_request(product["id"]))


async def test_a_product_shows_pictures_that_were_uploaded_in_their_order(shop: Shop, library: Library) -> None:
    first, second = [await library.upload(a_jpeg(size=(size, 100))) for size in (300, 500)]

    product = await shop.seller.post("/api/v1/products", a_product(pictureCids=[second["cid"], first["cid"]]))

    shown = [{"cid": one["cid"], "thumbnailCid": one["thumbnailCid"]} for one in (second, first)]
    assert product["images"] == shown
    assert (await shop.buyer.get("/api/v1/products"))["items"][0]["images"] == shown


async def test_a_picture_that_is_none_or_was_never_uploaded_is_refused(shop: Shop, library: Library) -> None:
    text = await library.upload(b"no picture")
    product = await shop.seller.post("/api/v1/products", a_product())
    path = f"/api/v1/products/{product['id']}"

    for cid in (text["cid"], str(Cid.of(Codec.RAW, b"never seen")), "not a cid"):
        with pytest.raises(ApiRefused) as refused:
            await shop.seller.put(path, {"pictureCids": [cid]})
        assert (refused.value.status, refused.value.code) == (422, "picture_not_known")
    assert await shop.buyer.get(path) == product


async def test_the_offer_is_a_document_on_ipfs_and_its_digest_goes_into_the_contract(
    shop: Shop, library: Library
) -> None:
    await say_it_is_deployed(shop.sessions)
    product = await shop.seller.post("/api/v1/products", a_product(specifications={"Colour": "blue"}))
    made = await shop.buyer.post("/api/v1/orders", order_request(product["id"]))

    await shop.seller.put(f"/api/v1/products/{product['id']}", {"description": "Another thing altogether"})

    order = await shop.buyer.get(f"/api/v1/orders/{made['order']['id']}")
    document = await library.fetch(order["productCid"])
    async with shop.sessions() as session:
        [call] = (await session.scalars(select(ContractCall))).all()
    assert order["productCid"] == product["metadataCid"]
    assert document.headers["Content-Type"] == "application/json"
    assert document.json()["specifications"] == {"Colour": "blue"}
    assert document.json()["description"] == ""
    assert hashlib.sha256(document.content).digest() == Cid.parse(order["productCid"]).digest
    assert Cid.parse(order["productCid"]).digest.hex() in str(call.arguments)
