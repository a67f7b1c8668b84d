"""An order from listing to payout, and the other ways it can go, over HTTP and on the real chain."""

from descrow.money import fee_of
from tests.market import PRICE, Market


async def test_a_paid_shipped_and_confirmed_order_pays_the_seller_the_price_less_the_fee(market: Market) -> None:
    order = await market.order()
    await market.pay(order["id"])
    await market.move(market.seller, order["id"], "ship")
    before = await market.chain.free_balance(market.seller.key.public_key)

    await market.move(market.buyer, order["id"], "confirm")

    after = await market.chain.free_balance(market.seller.key.public_key)
    assert after - before == PRICE - fee_of(PRICE, fee_bps=100)
    assert (await market.seen(order["id"]))["status"] == "delivered"
