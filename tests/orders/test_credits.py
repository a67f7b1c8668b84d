"""Payees whose account is gone: the order says so, keeps the money for them, and tells them how to get it."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from descrow.app.demo.shop_client import ApiRefused, ShopClient
from descrow.chain.client import ChainClient
from descrow.chain.errors import ChainUnreachable
from descrow.chain.keys import address_of, fallback_account_of
from descrow.kernel.money import Planck
from descrow.orders import credit_log
from tests.dev_chain import close_account, send_coin
from tests.market import PRICE, Market

SOME_COIN = Planck(10**10)


async def credit_of(who: ShopClient) -> dict[str, object]:
    found: dict[str, object] = await who.get("/api/v1/credit")
    return found


async def test_a_refund_to_an_account_that_is_gone_is_fetched_with_its_owners_key_alone(market: Market) -> None:
    order_id = int((await market.order())["id"])
    await market.pay(order_id)
    await close_account(market.chain, market.buyer.key)
    before = await market.seller.get(f"/api/v1/orders/{order_id}")

    await market.take_step(market.seller, order_id, "refund")

    assert (before["buyerAccountExists"], before["sellerAccountExists"]) == (False, True)
    order = await market.seen(order_id)
    assert (order["status"], order["creditPlanck"]) == ("refunded", str(PRICE))
    assert (await market.seller.get(f"/api/v1/orders/{order_id}"))["creditPlanck"] is None
    assert await credit_of(market.buyer) == {
        "amountPlanck": str(PRICE),
        "accountExists": False,
        "orders": [{"orderId": order_id, "amountPlanck": str(PRICE)}],
        "fallbackPlanck": "0",
    }
    with pytest.raises(ApiRefused, match="account_not_on_chain"):
        await market.buyer.post("/api/v1/credit/withdraw", {})

    await send_coin(market.chain, market.buyer.key.address, SOME_COIN)
    prepared = await market.buyer.post("/api/v1/credit/withdraw", {})
    await market.buyer.sign_and_send(prepared["call"])
    await market.follow()

    assert await market.chain.free_balance(market.buyer.key.public_key) > PRICE
    assert (await market.seen(order_id))["creditPlanck"] is None
    assert (await credit_of(market.buyer))["orders"] == []
    with pytest.raises(ApiRefused, match="escrow_no_credit"):
        await market.buyer.post("/api/v1/credit/withdraw", {})


async def test_coin_on_the_fallback_account_is_told_apart_from_a_credit(market: Market) -> None:
    fallback = address_of(fallback_account_of(market.buyer.key.evm_address))
    await send_coin(market.chain, fallback, SOME_COIN)

    found = await credit_of(market.buyer)

    assert (found["amountPlanck"], found["fallbackPlanck"], found["accountExists"]) == ("0", str(SOME_COIN), True)


async def refuse(_: ChainClient, __: bytes) -> bool:
    raise ChainUnreachable("it is away")


async def hang(_: ChainClient, __: bytes) -> bool:
    await asyncio.sleep(3_600)
    return True


@pytest.mark.parametrize("answer", [refuse, hang])
async def test_nobody_knows_whether_an_account_exists_while_the_node_does_not_answer(
    market: Market, monkeypatch: pytest.MonkeyPatch, answer: Callable[[ChainClient, bytes], Awaitable[bool]]
) -> None:
    order_id = int((await market.order())["id"])
    await market.pay(order_id)
    monkeypatch.setattr(credit_log, "NODE_MAY_TAKE_S", 0.1)
    monkeypatch.setattr(ChainClient, "account_exists", answer)

    order = await market.seen(order_id)

    assert order["status"] == "funded"
    assert (order["buyerAccountExists"], order["sellerAccountExists"]) == (None, None)
