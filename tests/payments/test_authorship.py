"""Check that the steps of an order by M-Pesa name the party whose act they are, though the shop signs them."""

import pytest

from tests.payments.shop import MpesaMarket


async def test_acts_that_the_shop_carries_name_the_party(shop: MpesaMarket) -> None:
    order = await shop.delivered_order()

    timeline = await shop.buyer.get(f"/api/v1/orders/{order['id']}/timeline")

    assert [(step["cause"], step["askedBy"], step["signedBy"]) for step in timeline] == [
        ("OrderCreated", "buyer", "operator"),
        ("OrderFunded", "buyer", "oracle"),
        ("OrderShipped", "seller", "oracle"),
        ("OrderDelivered", "buyer", "oracle"),
    ]


@pytest.mark.parametrize("party", ["buyer", "seller"])
async def test_a_cancellation_names_the_party_that_asked_for_it(shop: MpesaMarket, party: str) -> None:
    order = await shop.mpesa_order()

    await shop.relay(shop.buyer if party == "buyer" else shop.seller, order["id"], "cancel")
    await shop.until_order(order["id"], "cancelled")

    *_, last = await shop.buyer.get(f"/api/v1/orders/{order['id']}/timeline")
    assert (last["cause"], last["askedBy"], last["signedBy"]) == ("OrderCancelled", party, "operator")
