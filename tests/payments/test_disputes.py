"""A dispute about money by M-Pesa: raised through the shop, decided on the chain, told in cents and paid by M-Pesa."""

from datetime import timedelta
from typing import Any

import pytest
from litestar.types import ASGIApp
from sqlalchemy import select, update

from descrow.app.demo.shop_client import ApiRefused
from descrow.chain.keys import Keypair
from descrow.contract.models import (
    CallStatus,
    ContractCall,
    HoldReason,
    SignerRole,
)
from descrow.contract.spending import USUAL_LIMITS, SpendingLimits
from descrow.incidents.models import CaseKind
from descrow.kernel.db import utc_now
from descrow.kernel.money import PLANCK_PER_DOT, Planck
from descrow.orders import deadlines
from descrow.orders.models import Order
from descrow.orders.transitions import Action
from descrow.payments.mpesa.models import PayoutStatus, Purpose
from descrow.payments.mpesa.payables import DISPUTE_WAITS
from tests.application import shop_client_of
from tests.content.raw_cids import raw_cid_of
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


async def test_a_dispute_that_waits_keeps_the_sweep_from_paying_the_seller(shop: MpesaMarket) -> None:
    order = await _shipped_order(shop)
    await _dispute(shop, order["id"])  # nothing is sent: the oracle's key is away
    await shop.let_deadlines_pass()

    assert await deadlines.queue_due_settlements(shop.sessions) == 0

    await shop.until_order(order["id"], "disputed")
    assert await shop.payouts() == []


async def test_an_order_whose_dispute_a_person_cancelled_is_settled(shop: MpesaMarket) -> None:
    order = await _shipped_order(shop)
    await _dispute(shop, order["id"])
    await shop.let_deadlines_pass()
    async with shop.sessions.begin() as session:
        await session.execute(
            update(ContractCall).where(ContractCall.function == Action.DISPUTE).values(status=CallStatus.DROPPED)
        )

    assert await deadlines.queue_due_settlements(shop.sessions) == 1


async def test_a_seller_who_ends_the_order_before_the_dispute_arrives_is_not_paid_without_a_person(
    shop: MpesaMarket,
) -> None:
    order = await _shipped_order(shop)
    await _dispute(shop, order["id"])
    await shop.travel(seconds=1_201)  # the chain's clock is ahead: there the time to dispute is over
    await shop.contract.send(shop.seller.key, "settle_expired", [order["contractOrderId"]])

    await shop.until_order(order["id"], "delivered")
    await shop.rounds_in_a_hurry(2)

    [payout] = await shop.payouts()
    assert (payout.purpose, payout.status, payout.last_error) == (Purpose.SELLER, PayoutStatus.HELD, DISPUTE_WAITS)
    assert CaseKind.PAYOUT_HELD in [case.kind for case in await shop.cases()]
    assert shop.on_phone(SELLERS_PHONE) == 0


async def test_a_dispute_after_the_deadline_is_refused_and_not_promised(shop: MpesaMarket) -> None:
    order = await _shipped_order(shop)
    await shop.let_deadlines_pass()

    with pytest.raises(ApiRefused) as refused:
        await _dispute(shop, order["id"])

    assert (refused.value.status, refused.value.code) == (409, "action_too_late")
    assert await deadlines.queue_due_settlements(shop.sessions) == 1


async def test_a_dispute_is_refused_once_the_settlement_is_queued_whatever_this_hosts_clock_says(
    shop: MpesaMarket,
) -> None:
    order = await _shipped_order(shop)
    await shop.let_deadlines_pass()
    await deadlines.queue_due_settlements(shop.sessions)
    async with shop.sessions.begin() as session:
        await session.execute(update(Order).values(deadline_at=utc_now() + timedelta(hours=1)))

    with pytest.raises(ApiRefused) as refused:
        await _dispute(shop, order["id"])

    assert refused.value.code == "action_too_late"


async def test_with_the_budget_spent_by_self_trades_a_dispute_is_on_the_chain_and_the_seller_is_not_paid(
    shop: MpesaMarket,
) -> None:
    """Acts on paid orders have used up all that they may of the oracle's day; the dispute has a part of its own."""
    order = await _shipped_order(shop)
    spent = await shop.spend_as_oracle(Planck(PLANCK_PER_DOT))
    limits = SpendingLimits(USUAL_LIMITS.fee, USUAL_LIMITS.deposit, per_day=Planck(spent * 100 // 65))
    oracle = shop.sender(signer=Keypair.from_uri("//Oracle"), role=SignerRole.ORACLE, limits=limits)
    await shop.buyer.put(f"/api/orders/{order['id']}", {"action": "confirm", "relay": True})
    await oracle.step()
    assert await _held_back(shop) == {Action.CONFIRM: HoldReason.SPEND_LIMIT_REACHED}

    await _dispute(shop, order["id"])
    assert await oracle.step()
    await shop.follow()

    assert (await shop.seen(order["id"]))["status"] == "disputed"


async def _shipped_order(shop: MpesaMarket) -> dict[str, Any]:
    order = await shop.paid_order()
    await shop.relay(shop.seller, order["id"], "ship")
    await shop.until_order(order["id"], "shipped")
    return order


async def _dispute(shop: MpesaMarket, order_id: int) -> None:
    """The shop takes the buyer's dispute, and has sent nothing yet."""
    answer = await shop.buyer.put(f"/api/orders/{order_id}", {"action": "dispute", "relay": True})
    assert answer["relayed"]


async def _held_back(shop: MpesaMarket) -> dict[str, HoldReason | None]:
    async with shop.sessions() as session:
        waiting = await session.scalars(select(ContractCall).where(ContractCall.status == CallStatus.QUEUED))
        return {call.function: call.held_back for call in waiting}
