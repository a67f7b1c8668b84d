"""Whatever became of a payment in DOT, the buyer hears where the money is and what to do next."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from descrow.app.demo.shop_client import ApiRefused, ShopClient
from descrow.chain.keys import EvmAddress, Keypair
from descrow.chain.runtime import SignedExtrinsic
from descrow.contract.abi import escrow_interface
from descrow.contract.order_status import OrderStatus
from descrow.kernel.money import Planck
from tests.dev_chain import finality_lag, make_blocks, set_head
from tests.market import PRICE, Market
from tests.tampering import tamper_with_order

NOBODYS = "0x" + "ab" * 32
LAG = 4


@pytest.fixture
async def slow_finality(market: Market) -> AsyncIterator[None]:
    """A block is final only once some others are on top of it."""
    await market.follow()
    async with finality_lag(market.chain, LAG):
        yield
    await make_blocks(market.chain)


async def follow_blocks(market: Market, count: int) -> None:
    await make_blocks(market.chain, count)
    await market.follow()


async def signed_payment(market: Market, order: dict[str, Any], *, value: Planck = PRICE) -> SignedExtrinsic:
    """Return what the buyer's wallet has signed and not sent."""
    _, run = await market.contract.dry_run(
        "fund_order_dot", order["contractOrderId"], caller=market.buyer.key.public_key, value=PRICE
    )
    data = escrow_interface().encode_call("fund_order_dot", order["contractOrderId"])
    call = await market.chain.encode_contract_call(
        dest=EvmAddress(market.contract.address), data=data, limits=run.limits(), value=value
    )
    return await market.chain.sign(call, market.buyer.key)


async def asked(
    market: Market, order_id: int, payment: SignedExtrinsic | str | None = None, *, valid_until: int | None = None
) -> dict[str, Any]:
    query = []
    if payment is not None:
        query.append(f"transaction={payment if isinstance(payment, str) else payment.hash}")
    if valid_until is not None:
        query.append(f"validUntilBlock={valid_until}")
    answer: dict[str, Any] = await market.buyer.get(f"/api/orders/{order_id}/payments/dot?{'&'.join(query)}")
    return answer


def gist(answer: dict[str, Any]) -> tuple[str, str, str]:
    return answer["status"], answer["moneyIs"], answer["next"]


async def test_nobody_has_paid(market: Market) -> None:
    order = await market.order()

    answer = await asked(market, order["id"])

    assert gist(answer) == ("unpaid", "with_buyer", "pay_again")
    assert answer["message"] == (
        "The chain has no payment for this order. The money is with the buyer. "
        "It is safe to pay again: the contract takes one payment only."
    )


async def test_a_final_payment(market: Market) -> None:
    order = await market.order()
    payment = await signed_payment(market, order)
    await market.chain.submit(payment.extrinsic)
    await market.follow()

    for answer in (await asked(market, order["id"], payment), await asked(market, order["id"])):
        assert gist(answer) == ("final", "in_contract", "nothing_to_do")
        assert (answer["confirmations"], answer["required"]) == (1, 1)


@pytest.mark.usefixtures("slow_finality")
async def test_a_payment_that_is_not_final_yet_counts_its_confirmations(market: Market) -> None:
    order = await market_order_under_lag(market)
    payment = await signed_payment(market, order)
    await market.chain.submit(payment.extrinsic)
    await market.follow()

    first = await asked(market, order["id"], payment)
    await follow_blocks(market, 2)
    later = await asked(market, order["id"], payment)
    seen = await market.seen(order["id"])
    await follow_blocks(market, 2)

    assert gist(first) == gist(later) == ("in_block", "in_contract", "wait")
    assert [(answer["confirmations"], answer["required"]) for answer in (first, later)] == [(1, 5), (3, 5)]
    assert "with 3 of 5 confirmations" in later["message"]
    assert seen["status"] == "created"
    assert seen["confirmations"] == [
        {
            "cause": "OrderFunded",
            "statusAfter": "funded",
            "blockNumber": first["blockNumber"],
            "confirmations": 3,
            "required": 5,
        }
    ]
    final = await asked(market, order["id"], payment)
    assert gist(final) == ("final", "in_contract", "nothing_to_do")
    assert (await market.seen(order["id"]))["confirmations"] == []


async def market_order_under_lag(market: Market) -> dict[str, Any]:
    """An order that is final although finality is slow."""
    order_id = await market.place_order()
    await market.work()
    [coming] = (await market.seen(order_id))["confirmations"]
    assert (coming["cause"], coming["statusAfter"]) == ("OrderCreated", "created")
    await follow_blocks(market, LAG)
    return await market.seen(order_id)


async def test_a_payment_that_the_log_does_not_have_yet_is_found_in_its_block(market: Market) -> None:
    order = await market.order()
    payment = await signed_payment(market, order)
    await market.chain.submit(payment.extrinsic)

    for answer in (await asked(market, order["id"], payment), await asked(market, order["id"])):
        assert gist(answer) == ("in_block", "in_contract", "wait")


@pytest.mark.usefixtures("slow_finality")
async def test_a_payment_whose_block_was_given_up_may_come_again_until_its_era_ends(market: Market) -> None:
    order = await market_order_under_lag(market)
    payment = await signed_payment(market, order)
    await market.chain.submit(payment.extrinsic)
    await market.follow()
    await set_head(market.chain, -1)
    await market.travel(seconds=7)
    await market.follow()
    until = payment.era.last_block

    open_still = await asked(market, order["id"], payment, valid_until=until)
    await follow_blocks(market, 64 + LAG)
    over = await asked(market, order["id"], payment, valid_until=until)

    assert gist(open_still) == ("given_up", "with_buyer", "wait")
    assert gist(over) == ("given_up", "with_buyer", "pay_again")
    assert "no other can take it any more" in over["message"]


async def test_a_payment_that_failed_with_the_wrong_amount_can_be_made_again(market: Market) -> None:
    order = await market.order()
    payment = await signed_payment(market, order, value=Planck(PRICE - 1))
    await market.chain.submit(payment.extrinsic)
    await market.follow()

    answer = await asked(market, order["id"], payment)

    assert gist(answer) == ("failed", "with_buyer", "pay_again")
    assert (answer["error"], answer["reason"]) == ("Revive.ContractReverted", None)
    assert "it cost its fee only" in answer["message"]


async def test_a_payment_that_came_too_late_says_so_in_the_contracts_words(market: Market) -> None:
    order = await market.order()
    payment = await signed_payment(market, order)
    await market.travel(seconds=61)
    await market.chain.submit(payment.extrinsic)
    await market.follow()

    answer = await asked(market, order["id"], payment)

    assert gist(answer) == ("failed", "with_buyer", "nothing_to_do")
    assert answer["reason"] == answer["obstacle"] == "escrow: time to pay is over"


async def test_a_second_payment_fails_and_the_first_stands(market: Market) -> None:
    order = await market.order()
    await market.pay(order["id"])
    second = await market.chain.sign(
        await market.chain.encode_contract_call(
            dest=EvmAddress(market.contract.address),
            data=escrow_interface().encode_call("fund_order_dot", order["contractOrderId"]),
            limits=(await market.contract.dry_run("next_order_id", caller=market.buyer.key.public_key))[1].limits(),
            value=PRICE,
        ),
        market.buyer.key,
    )
    await market.chain.submit(second.extrinsic)
    await market.follow()

    answer = await asked(market, order["id"], second)

    assert gist(answer) == ("failed", "in_contract", "nothing_to_do")


async def test_a_payment_that_was_never_sent_may_come_until_its_era_ends_and_never_after(market: Market) -> None:
    order = await market.order()
    payment = await signed_payment(market, order)
    until = payment.era.last_block

    open_still = await asked(market, order["id"], payment, valid_until=until)
    unknown = await asked(market, order["id"], payment)
    await follow_blocks(market, 64)
    over = await asked(market, order["id"], payment, valid_until=until)

    assert gist(open_still) == ("may_still_come", "with_buyer", "wait")
    assert f"until block {until}" in open_still["message"]
    assert gist(unknown) == ("not_seen", "with_buyer", "wait")
    assert gist(over) == ("never_was", "with_buyer", "pay_again")


async def test_another_orders_payment_is_not_taken_for_this_ones(market: Market) -> None:
    product = await market.product(stock=2)
    mine, other = await market.order(product_id=product["id"]), await market.order(product_id=product["id"])
    payment = await signed_payment(market, other)
    await market.chain.submit(payment.extrinsic)
    await market.follow()

    answer = await asked(market, mine["id"], payment)

    assert gist(answer) == ("not_this_order", "with_buyer", "pay_again")
    assert gist(await asked(market, other["id"], payment)) == ("final", "in_contract", "nothing_to_do")


async def test_a_wallet_that_cannot_pay_is_told_to_pay_in_another_way(market: Market) -> None:
    poor = ShopClient(market.buyer.base_url, Keypair.from_uri("//Poor"), market.chain, market.buyer.transport)
    rich, market.buyer = market.buyer, poor
    try:
        order = await market.order()
        answer = await asked(market, order["id"])
    finally:
        market.buyer = rich
        await poor.close()

    assert gist(answer) == ("unpaid", "with_buyer", "pay_other_way")
    assert answer["obstacle"]


@pytest.mark.parametrize(
    ("who", "action", "money"), [("buyer", "confirm", "paid_out"), ("seller", "refund", "refunded")]
)
async def test_where_the_money_of_an_ended_order_went(market: Market, who: str, action: str, money: str) -> None:
    order = await market.order()
    await market.pay(order["id"])
    await market.take_step(market.seller, order["id"], "ship")
    await market.take_step(getattr(market, who), order["id"], action)

    answer = await asked(market, order["id"])

    assert gist(answer) == ("final", money, "nothing_to_do")


async def test_an_order_that_the_contract_does_not_have_yet_cannot_have_been_paid(market: Market) -> None:
    order_id = await market.place_order()

    answer = await asked(market, order_id, NOBODYS)

    assert gist(answer) == ("not_seen", "with_buyer", "wait")


async def test_rows_and_contract_that_contradict_each_other_are_for_a_person(market: Market) -> None:
    order = await market.order()
    await tamper_with_order(market, order["id"], status=OrderStatus.SHIPPED)

    answer = await asked(market, order["id"])

    assert (answer["moneyIs"], answer["next"]) == ("unknown", "contact_support")


async def test_a_stranger_learns_nothing(market: Market) -> None:
    order = await market.order()

    with pytest.raises(ApiRefused) as refusal:
        await market.stranger.get(f"/api/orders/{order['id']}/payments/dot")

    assert refusal.value.code == "order_not_found"


@pytest.mark.parametrize("query", ["transaction=0x12", "transaction=" + "g" * 66, "validUntilBlock=0"])
async def test_what_is_no_hash_and_no_block_is_refused(market: Market, query: str) -> None:
    order = await market.order()

    with pytest.raises(ApiRefused) as refusal:
        await market.buyer.get(f"/api/orders/{order['id']}/payments/dot?{query}")

    assert (refusal.value.status, refusal.value.code) == (400, "invalid")
