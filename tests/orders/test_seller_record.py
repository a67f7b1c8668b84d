"""A seller's record says what became of their orders, as the chain tells it."""

import pytest

from descrow.app.demo.shop_client import ApiRefused
from tests.market import Market


async def test_a_record_counts_paid_orders_by_how_they_ended(market: Market) -> None:
    delivered, refunded, under_way, unpaid = [await market.order() for _ in range(4)]
    for order in (delivered, refunded, under_way):
        await market.pay(order["id"])
    await market.take_step(market.seller, delivered["id"], "ship")
    await market.take_step(market.buyer, delivered["id"], "confirm")
    await market.take_step(market.seller, refunded["id"], "refund")

    record = await market.stranger.get(f"/api/v1/sellers/{market.seller.key.address}")

    names = ("delivered", "refunded", "resolved", "disputed", "underWay")
    assert [record[name] for name in names] == [1, 1, 0, 0, 1]
    assert record["medianSecondsToShip"] > 0
    assert record["firstPaidAt"] is not None
    assert unpaid["status"] == "created"


async def test_who_never_sold_anything_has_an_empty_record(market: Market) -> None:
    record = await market.buyer.get(f"/api/v1/sellers/{market.stranger.key.address}")

    assert (record["delivered"], record["firstPaidAt"], record["medianSecondsToShip"]) == (0, None, None)


async def test_a_record_of_no_address_is_refused(market: Market) -> None:
    with pytest.raises(ApiRefused) as refused:
        await market.buyer.get("/api/v1/sellers/nobody")

    assert (refused.value.status, refused.value.code) == (422, "address_not_valid")
