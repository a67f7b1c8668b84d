"""An order by M-Pesa from its price to the seller's phone."""

from hashlib import sha256

from sqlalchemy import select

from descrow.contract.models import ChainEvent
from descrow.payments.mpesa.ledger import LedgerAccount
from tests.payments.shop import BUYERS_PHONE, SELLERS_PHONE, MpesaMarket


async def test_the_buyers_phone_pays_the_price_and_the_sellers_gets_it_less_the_fee(shop: MpesaMarket) -> None:
    order = await shop.delivered_order()
    await shop.until_payouts("paid")

    assert (order["amountKesCents"], order["feeKesCents"]) == ("150100", "1500")
    assert shop.on_phone(BUYERS_PHONE) == 100_000_00 - 1501_00
    assert shop.on_phone(SELLERS_PHONE) == 1486_00
    assert await shop.cases() == []
    assert await shop.alerts() == []


async def test_the_ledger_says_where_each_shilling_is(shop: MpesaMarket) -> None:
    order = await shop.paid_order()
    assert await shop.ledger() == {LedgerAccount.UTILITY: 150_100, LedgerAccount.HELD: -150_100}

    await shop.relay(shop.seller, order["id"], "ship")
    await shop.until_order(order["id"], "shipped")
    await shop.relay(shop.buyer, order["id"], "confirm")
    await shop.until_payouts("paid")

    ledger = await shop.ledger()
    assert ledger[LedgerAccount.UTILITY] == shop.in_utility() == 1_500
    assert ledger[LedgerAccount.FEES_EARNED] == -1_500
    assert sum(ledger.values()) == 0


async def test_the_chain_keeps_the_digest_of_the_receipt(shop: MpesaMarket) -> None:
    await shop.paid_order()

    [payment] = await shop.payments()
    assert payment.receipt_number is not None
    async with shop.sessions() as session:
        recorded = await session.scalar(select(ChainEvent).where(ChainEvent.name == "OffchainPaymentRecorded"))
    assert recorded is not None
    assert recorded.arguments["receipt"] == "0x" + sha256(payment.receipt_number.encode()).hexdigest()
    assert recorded.arguments["amount"] == "150100"


async def test_a_buyer_without_coin_says_that_the_goods_have_arrived_or_gives_them_more_time(shop: MpesaMarket) -> None:
    order = await shop.paid_order()
    await shop.relay(shop.seller, order["id"], "ship")
    await shop.until_order(order["id"], "shipped")

    await shop.relay(shop.buyer, order["id"], "extend_transit")
    await shop.relay(shop.buyer, order["id"], "confirm_receipt")

    await shop.until_order(order["id"], "received")
    seen = await shop.buyer.get(f"/api/orders/{order['id']}")
    assert seen["transitExtendedAt"] is not None
    timeline = await shop.buyer.get(f"/api/orders/{order['id']}/timeline")
    assert [step["cause"] for step in timeline[-2:]] == ["TransitExtended", "OrderReceived"]
