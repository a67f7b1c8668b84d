"""A seller's record says what became of their orders, as the chain tells it."""

import pytest

from descrow.app.demo.shop_client import ApiRefused
from descrow.contract.order_status import OrderStatus
from descrow.kernel.db import utc_now
from tests.market import PRICE, Market, order_request
from tests.tampering import tamper_with_order


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


async def test_a_record_says_how_many_bought_and_for_how_much(market: Market) -> None:
    product = await market.product(stock=3)
    for _ in range(2):
        await _delivered(market, product["id"])
    other = await market.stranger.post("/api/orders", order_request(product["id"]))
    await market.work()
    await tamper_with_order(market, other["order"]["id"], status=OrderStatus.FUNDED, funded_at=utc_now())

    record = await market.stranger.get(f"/api/v1/sellers/{market.seller.key.address}")

    assert (record["delivered"], record["underWay"], record["buyers"]) == (2, 1, 2)
    assert (record["deliveredPlanck"], record["deliveredKesCents"]) == (str(2 * PRICE), "0")


@pytest.mark.parametrize(
    ("amount", "counts"),
    [
        ({"amount_planck": 99}, 0),
        ({"amount_planck": 100}, 1),
        ({"amount_planck": None, "amount_kes_cents": 9_900}, 0),
        ({"amount_planck": None, "amount_kes_cents": 10_000}, 1),
        ({"amount_planck": 1, "fee_bps": 0}, 1),
    ],
)
async def test_an_order_that_pays_no_fee_raises_no_record(
    market: Market, amount: dict[str, int | None], counts: int
) -> None:
    """As the shop took them before there was a smallest order, when the fee of ten shillings was rounded to nothing."""
    order = await market.order()
    await tamper_with_order(market, order["id"], status=OrderStatus.DELIVERED, funded_at=utc_now(), **amount)

    record = await market.stranger.get(f"/api/v1/sellers/{market.seller.key.address}")

    assert (record["delivered"], record["buyers"]) == (counts, counts)


async def _delivered(market: Market, product_id: int) -> None:
    order = await market.order(product_id=product_id)
    await market.pay(order["id"])
    await market.take_step(market.seller, order["id"], "ship")
    await market.take_step(market.buyer, order["id"], "confirm")


async def test_who_never_sold_anything_has_an_empty_record(market: Market) -> None:
    record = await market.buyer.get(f"/api/v1/sellers/{market.stranger.key.address}")

    assert (record["delivered"], record["firstPaidAt"], record["medianSecondsToShip"]) == (0, None, None)


async def test_a_record_of_no_address_is_refused(market: Market) -> None:
    with pytest.raises(ApiRefused) as refused:
        await market.buyer.get("/api/v1/sellers/nobody")

    assert (refused.value.status, refused.value.code) == (422, "address_not_valid")
