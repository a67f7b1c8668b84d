"""A text with a NUL in it is refused wherever it stands in a body."""

from typing import Any

import pytest

from descrow.app.demo.shop_client import ShopClient
from tests.market import Market

A_PRODUCT = {"title": "Basket", "pricePlanck": "10000000000"}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/v1/products", A_PRODUCT | {"title": "Bas\0ket"}),
        ("/api/v1/products", A_PRODUCT | {"specifications": {"Col\0our": "teal"}}),
        ("/api/v1/products", A_PRODUCT | {"pictureCids": ["\0"]}),
        ("/api/v1/orders/1", {"action": "propose", "buyerBps": 5_000, "trackingCid": "\0"}),
    ],
    ids=["a text", "a name", "in a list", "where it is not used"],
)
async def test_a_nul_is_refused_and_nothing_is_changed(market: Market, path: str, body: dict[str, Any]) -> None:
    who: ShopClient = market.seller
    answer = await who.ask("PUT" if "orders" in path else "POST", path, json=body)

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert (await who.get("/api/v1/products/mine"))["items"] == []
