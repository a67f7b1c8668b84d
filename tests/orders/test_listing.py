"""The list says of each order just what its own page says, whichever way each is read."""

import pytest

from descrow.contract.order_status import OrderStatus
from tests.market import Market, order_request

STATUSES = [status for status in OrderStatus if status is not OrderStatus.EXPIRED]


@pytest.mark.parametrize("status", STATUSES)
async def test_an_order_in_the_list_is_the_order_of_its_page(market: Market, status: OrderStatus) -> None:
    order_id = await market.order_that_is(status)

    for who in (market.buyer, market.seller):
        [listed] = (await who.get("/api/v1/orders"))["items"]
        on_page = await who.get(f"/api/v1/orders/{order_id}")
        assert listed == {name: on_page[name] for name in listed}
        assert listed["status"] == status


async def test_an_order_that_the_contract_has_not_heard_of_is_listed_the_same(market: Market) -> None:
    product = await market.product()
    made = (await market.buyer.post("/api/v1/orders", order_request(product["id"])))["order"]

    assert (await market.buyer.get("/api/v1/orders"))["items"] == [made]
