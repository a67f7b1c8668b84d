"""Check what the shop says of money: who holds it, by way of paying, and what becomes of money that cannot be used."""

from datetime import timedelta

import pytest

from descrow.app.demo.shop_client import ShopClient
from descrow.kernel.db import utc_now
from descrow.kernel.money import KesCents, Planck, wei_from_planck
from descrow.mpesa.ids import ReceiptNumber
from descrow.payments.mpesa import queries, service
from descrow.payments.mpesa.ledger import LedgerAccount
from descrow.payments.mpesa.models import PaymentStatus, Purpose
from tests.payments.shop import BUYERS_PHONE, MpesaMarket


async def said_of_payment(who: ShopClient) -> list[str]:
    """Return the sentences that somebody has heard when their order was paid."""
    return [
        entry["payload"]["message"]
        for entry in await who.get("/api/v1/feed")
        if entry["name"] == "orderUpdate" and entry["payload"]["status"] == "funded"
    ]


async def test_the_contract_holds_the_coin_of_an_order_in_dot_and_says_so(shop: MpesaMarket) -> None:
    order = await shop.order()
    await shop.pay(order["id"])

    assert await shop.chain.contract_balance(shop.contract.address) >= wei_from_planck(
        Planck(int(order["amountPlanck"]))
    )
    assert await shop.ledger() == {}
    for party in (shop.buyer, shop.seller):
        assert await said_of_payment(party) == ["Paid. The contract holds the money."]


async def test_the_shop_holds_the_money_of_an_mpesa_order_and_says_so(shop: MpesaMarket) -> None:
    before = await shop.chain.contract_balance(shop.contract.address)
    order = await shop.paid_order()

    held = int(order["amountKesCents"])
    assert await shop.chain.contract_balance(shop.contract.address) == before
    assert await shop.ledger() == {LedgerAccount.UTILITY: held, LedgerAccount.HELD: -held}
    assert shop.in_utility() == held
    for party in (shop.buyer, shop.seller):
        assert await said_of_payment(party) == ["Paid. The shop holds the money, and the contract has the record."]


async def test_a_sealed_note_goes_with_a_shipment_that_the_shop_relays(shop: MpesaMarket) -> None:
    order = await shop.paid_order()
    path = f"/api/orders/{order['id']}"
    note = await shop.seller.post(f"/api/v1/orders/{order['id']}/parcel-note", {"text": "Rider Juma, 0733 100 200"})

    answer = await shop.seller.put(path, {"action": "ship", "relay": True, "trackingCid": note["cid"]})
    await shop.until_order(order["id"], "shipped")

    assert answer["relayed"]
    assert (await shop.seen(order["id"]))["trackingCid"] == note["cid"]
    read = await shop.buyer.get(f"/api/v1/orders/{order['id']}/parcel-note")
    assert read["text"] == "Rider Juma, 0733 100 200"


@pytest.mark.parametrize(
    ("more", "status"), [(-100, PaymentStatus.SHORT), (100, PaymentStatus.SURPLUS)], ids=["short", "surplus"]
)
async def test_a_payment_of_another_sum_goes_back_to_the_phone(
    shop: MpesaMarket, more: int, status: PaymentStatus
) -> None:
    order = await shop.mpesa_order()
    paid = int(order["amountKesCents"]) + more

    assert await _confirmed(shop, order["id"], paid) is status
    assert await _owed(shop) == paid


async def test_a_payment_after_the_orders_time_goes_back_to_the_phone(shop: MpesaMarket) -> None:
    order = await shop.mpesa_order()
    paid = int(order["amountKesCents"])

    assert await _confirmed(shop, order["id"], paid, is_over=True) is PaymentStatus.LATE
    assert await _owed(shop) == paid


async def _confirmed(shop: MpesaMarket, order_id: int, cents: int, *, is_over: bool = False) -> PaymentStatus:
    await shop.prompt(order_id)
    [payment] = await shop.payments()
    async with shop.sessions.begin() as session:
        locked, order = await queries.lock_payment(session, payment.id)
        if is_over:
            order.deadline_at = utc_now() - timedelta(seconds=1)
        await service.confirm_payment(session, locked, order, receipt=ReceiptNumber("TEST1"), received=KesCents(cents))
        return locked.status


async def _owed(shop: MpesaMarket) -> int:
    """Return what is owed to the phone that paid, which the ledger holds for its owner."""
    payouts = await shop.payouts()
    assert {(payout.purpose, payout.phone) for payout in payouts} == {(Purpose.RETURN, BUYERS_PHONE)}
    owed = sum(payout.amount_cents for payout in payouts)
    assert (await shop.ledger())[LedgerAccount.OWED_TO_BUYERS] == -owed
    return owed
