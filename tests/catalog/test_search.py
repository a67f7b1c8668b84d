"""Check that products are found: by word, also misspelt, by category, by seller, page after page in any order."""

from typing import Any
from urllib.parse import urlencode

import pytest
from scalecodec.utils.ss58 import ss58_encode  # type: ignore[attr-defined]

from descrow.app.demo.shop_client import ApiRefused
from tests.catalog.shops import Shop, a_product

POLKADOTS_PREFIX = 0


async def listed(shop: Shop, *products: dict[str, Any]) -> None:
    for product in products:
        await shop.seller.post("/api/v1/products", product)


async def titles(shop: Shop, query: str) -> list[str]:
    page = await shop.buyer.get(f"/api/v1/products?{query}")
    return [product["title"] for product in page["items"]]


@pytest.mark.parametrize("words", ["coffee", "COFFEE", "kofee", "cofee", "cofffee", "nyeri coffee", "Nyeri"])
async def test_a_product_is_found_by_its_words_however_they_are_spelt(shop: Shop, words: str) -> None:
    await listed(
        shop,
        a_product(title="Kenyan AA coffee", description="Washed, from Nyeri"),
        a_product(title="Sisal basket", description="Woven by hand"),
    )

    assert await titles(shop, f"q={words}") == ["Kenyan AA coffee"]


async def test_the_best_fit_comes_first(shop: Shop) -> None:
    await listed(
        shop,
        a_product(title="Coffee grinder", description="For beans"),
        a_product(title="Mug", description="Holds coffee"),
        a_product(title="Coffee"),
    )

    assert await titles(shop, "q=coffee") == ["Coffee", "Coffee grinder", "Mug"]


@pytest.mark.parametrize("words", ["'; DROP TABLE products; --", "%", "& | !", '"', "((", "\\", "\N{WORD JOINER}"])
async def test_no_words_break_the_search(shop: Shop, words: str) -> None:
    await listed(shop, a_product())

    assert await titles(shop, urlencode({"q": words})) == []


async def test_only_what_is_asked_for_is_shown(shop: Shop) -> None:
    await listed(
        shop,
        a_product(title="Basket", category="home"),
        a_product(title="Phone", category="phones", stock=0),
    )
    await shop.stranger.post("/api/v1/products", a_product(title="Radio", category="electronics"))

    assert await titles(shop, "category=home") == ["Basket"]
    assert await titles(shop, "inStock=true") == ["Radio", "Basket"]
    assert await titles(shop, f"seller={shop.stranger.key.address}") == ["Radio"]
    assert await titles(shop, f"seller={ss58_encode(shop.stranger.key.public_key, POLKADOTS_PREFIX)}") == ["Radio"]
    assert await titles(shop, "category=books") == []
    with pytest.raises(ApiRefused):
        await titles(shop, "category=nothing")
    with pytest.raises(ApiRefused, match="address_not_valid"):
        await titles(shop, "seller=nobody")


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("newest", ["C", "B", "A", "D"]),
        ("cheapest", ["B", "A", "D", "C"]),
        ("dearest", ["C", "D", "A", "B"]),
    ],
)
async def test_pages_of_every_order_show_each_product_once(shop: Shop, sort: str, order: list[str]) -> None:
    prices = {"D": "30000000000", "A": "20000000000", "B": "10000000000", "C": "40000000000"}
    await listed(shop, *(a_product(title=title, pricePlanck=price) for title, price in prices.items()))

    seen, after = [], ""
    while True:
        page = await shop.buyer.get(f"/api/v1/products?sort={sort}&limit=1{after}")
        seen += [product["title"] for product in page["items"]]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"

    assert seen == order


async def test_equal_prices_are_not_lost_between_pages(shop: Shop) -> None:
    await listed(shop, *(a_product(title=str(n)) for n in range(5)))
    first = await shop.buyer.get("/api/v1/products?sort=cheapest&limit=2")

    second = await shop.buyer.get(f"/api/v1/products?sort=cheapest&limit=10&after={first['next']}")

    assert {product["title"] for product in first["items"] + second["items"]} == set("01234")


@pytest.mark.parametrize("after", ["x", "W10", "WzEsMSww", "WyJhIiwxLG51bGxd", "WzEuMCwxLDBd", "%00"])
async def test_a_cursor_of_no_search_is_refused(shop: Shop, after: str) -> None:
    with pytest.raises(ApiRefused) as refused:
        await titles(shop, f"after={after}")

    assert (refused.value.status, refused.value.code) == (422, "cursor_not_valid")


async def test_categories_are_all_named_with_what_can_be_ordered_from_each(shop: Shop) -> None:
    await listed(shop, a_product(category="home"), a_product(category="home"), a_product(category="food", stock=0))

    categories = {category["category"]: category["products"] for category in await shop.buyer.get("/api/v1/categories")}

    assert (categories["home"], categories["food"], categories["books"]) == (2, 0, 0)
