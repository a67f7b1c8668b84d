"""A dispute about money by M-Pesa: raised through the shop, decided on the chain, told in cents and paid by M-Pesa."""

from litestar.types import ASGIApp

from descrow.chain.keys import Keypair
from descrow.contract.cids import raw_cid_of
from tests.application import shop_client_of
from tests.payments.shop import SELLERS_PHONE, MpesaMarket


async def test_a_relayed_dispute_is_divided_by_the_arbiter_in_whole_shillings(shop: MpesaMarket, app: ASGIApp) -> None:
    order = await shop.paid_order()
    await shop.relay(shop.seller, order["id"], "ship")
    await shop.until_order(order["id"], "shipped")
    cid = raw_cid_of(b"\x07" * 32)
    answer = await shop.buyer.put(
        f"/api/orders/{order['id']}", {"action": "dispute", "relay": True, "evidenceCid": cid}
    )
    assert answer["relayed"]
    await shop.until_order(order["id"], "disputed")
    arbiter = shop_client_of(app, "//Arbiter", shop.chain)
    [line] = (await arbiter.get("/api/v1/disputes"))["items"]

    await shop.take_step(arbiter, order["id"], "resolve", buyerBps=3_333)
    await shop.until_order(order["id"], "resolved")

    assert (line["paymentMode"], line["amountPlanck"], line["amountKesCents"]) == ("mpesa", None, "150100")
    timeline = await arbiter.get(f"/api/v1/orders/{order['id']}/timeline")
    await arbiter.close()
    disputed, resolved = timeline[-2:]
    assert (disputed["cause"], disputed["evidence"]) == ("OrderDisputed", "0x" + "07" * 32)
    assert disputed["actor"] == Keypair.from_uri("//Oracle").evm_address
    assert resolved["division"] == {"buyer": "50100", "seller": "99000", "fee": "1000"}
    await shop.until_payouts("paid", "paid")
    assert shop.on_phone(SELLERS_PHONE) == 99_000
