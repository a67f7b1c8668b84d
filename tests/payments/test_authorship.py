"""Check that the steps of an order by M-Pesa name the party whose act they are, though the shop signs them."""

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
