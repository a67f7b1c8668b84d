"""An order from listing to payout, and the other ways it can go, over HTTP and on the real chain."""

import asyncio
from datetime import datetime, timedelta

import pytest
from sqlalchemy import update

from descrow.app.demo.shop_client import ApiRefused
from descrow.catalog import service as catalog
from descrow.contract.models import Deployment
from descrow.contract.order_status import OrderStatus
from descrow.feed.service import FeedEvent, publish_to_feeds
from descrow.kernel.money import fee_of
from descrow.orders import deadlines
from descrow.orders.limits import OrderLimits
from descrow.orders.models import Order
from tests.content.raw_cids import raw_cid_of
from tests.locks import until_somebody_waits_for_a_row
from tests.market import PAST_EVERY_DEADLINE_S, PRICE, Market, order_request
from tests.tampering import tamper_with_order


async def test_a_confirmed_order_pays_the_seller_the_price_less_the_fee_to_the_last_planck(market: Market) -> None:
    order = await market.order()
    await market.pay(order["id"])
    await market.take_step(market.seller, order["id"], "ship")
    before = await market.chain.free_balance(market.seller.key.public_key)

    await market.take_step(market.buyer, order["id"], "confirm")

    after = await market.chain.free_balance(market.seller.key.public_key)
    assert after - before == PRICE - fee_of(PRICE, fee_bps=100)
    seen = await market.seen(order["id"])
    assert seen["status"] == "delivered"
    assert seen["deadlineAt"] is None
    assert seen["actions"] == []


async def test_a_new_order_waits_for_payment_until_a_date_that_the_buyer_sees(market: Market) -> None:
    order = await market.order()

    assert order["status"] == "created"
    assert order["contractOrderId"] == 1
    assert order["deadlineAt"] is not None
    assert order["actions"] == ["fund", "cancel"]


async def test_the_timeline_names_each_step_with_the_block_that_shows_it(market: Market) -> None:
    order = await market.order()
    await market.pay(order["id"])
    await market.take_step(market.seller, order["id"], "ship")
    await market.take_step(market.buyer, order["id"], "confirm")

    timeline = await market.buyer.get(f"/api/v1/orders/{order['id']}/timeline")

    assert [(step["statusBefore"], step["statusAfter"]) for step in timeline] == [
        (None, "created"),
        ("created", "funded"),
        ("funded", "shipped"),
        ("shipped", "delivered"),
    ]
    assert timeline[1]["actor"] == market.buyer.key.evm_address
    assert timeline[2]["actor"] == market.seller.key.evm_address
    for step in timeline:
        block = await market.chain.block(step["blockNumber"])
        assert block.hash == step["blockHash"]
        assert step["extrinsicHash"] in block.extrinsic_hashes


async def test_both_parties_hear_every_step_and_a_stranger_none(market: Market) -> None:
    order = await market.order()
    await market.pay(order["id"])
    await market.take_step(market.seller, order["id"], "ship")
    await market.take_step(market.buyer, order["id"], "confirm")

    for party in (market.buyer, market.seller):
        feed = await party.get("/api/v1/feed")
        updates = [entry["payload"]["status"] for entry in feed if entry["name"] == "orderUpdate"]
        assert updates == ["created", "funded", "shipped", "delivered"]
        assert [entry["number"] for entry in feed] == list(range(1, len(feed) + 1))
    assert await market.stranger.get("/api/v1/feed") == []


async def test_the_seller_hears_of_the_payout(market: Market) -> None:
    order = await market.order()
    await market.pay(order["id"])
    await market.take_step(market.seller, order["id"], "ship")
    await market.take_step(market.buyer, order["id"], "confirm")

    feed = await market.seller.get("/api/v1/feed")

    payouts = [entry["payload"] for entry in feed if entry["name"] == "payout"]
    assert [(payout["amountPlanck"], payout["paid"]) for payout in payouts] == [
        (str(PRICE - fee_of(PRICE, fee_bps=100)), True)
    ]


async def test_a_refund_gives_the_buyer_everything_and_the_piece_back_to_the_shop(market: Market) -> None:
    product = await market.product(stock=1)
    order = await market.order(product_id=product["id"])
    await market.pay(order["id"])
    before = await market.chain.free_balance(market.buyer.key.public_key)

    await market.take_step(market.seller, order["id"], "refund")

    assert await market.chain.free_balance(market.buyer.key.public_key) - before == PRICE
    assert (await market.seen(order["id"]))["status"] == "refunded"
    assert (await market.buyer.get(f"/api/products/{product['id']}"))["stock"] == 1


@pytest.mark.parametrize(
    ("steps", "end"),
    [
        ([], "expired"),
        (["pay"], "refunded"),
        (["pay", "ship"], "delivered"),
        (["pay", "ship", "confirm_receipt"], "delivered"),
    ],
    ids=["never paid", "never shipped", "never received", "never confirmed"],
)
async def test_an_order_whose_time_is_over_is_settled_without_anybody_asking(
    market: Market, steps: list[str], end: str
) -> None:
    order = await market.order()
    if "pay" in steps:
        await market.pay(order["id"])
    if "ship" in steps:
        await market.take_step(market.seller, order["id"], "ship")
    if "confirm_receipt" in steps:
        await market.take_step(market.buyer, order["id"], "confirm_receipt")

    await market.travel(seconds=PAST_EVERY_DEADLINE_S)
    await market.let_deadlines_pass()
    assert await deadlines.queue_due_settlements(market.sessions) == 1
    await market.work()

    assert (await market.seen(order["id"]))["status"] == end
    assert await deadlines.queue_due_settlements(market.sessions) == 0


async def test_tracking_is_kept_as_the_contract_logged_it(market: Market) -> None:
    order = await market.order()
    await market.pay(order["id"])
    digest = bytes(range(32))

    prepared = await market.seller.put(
        f"/api/orders/{order['id']}", {"action": "ship", "trackingCid": raw_cid_of(digest)}
    )
    await market.seller.sign_and_send(prepared["call"])
    await market.follow()

    assert (await market.seen(order["id"]))["tracking"] == "0x" + digest.hex()


# --- refusals ---


async def test_a_wrong_amount_is_refused_with_the_contracts_reason_and_a_code(market: Market) -> None:
    order = await market.order()

    with pytest.raises(ApiRefused) as refusal:
        await market.buyer.post(f"/api/orders/{order['id']}/pay/dot", {"amountPlanck": str(PRICE - 1)})

    assert refusal.value.status == 409
    assert refusal.value.code == "escrow_amount_is_not_exact"
    assert refusal.value.problem["about"]["reason"] == "escrow: amount is not exact"
    assert refusal.value.problem["detail"] == (
        "The amount is not exactly what is due. Nothing was sent, and no money has moved."
        " Pay the amount on the order's page, to the last digit."
    )
    assert (await market.seen(order["id"]))["status"] == "created"


async def test_the_seller_cannot_pay_for_the_buyer(market: Market) -> None:
    order = await market.order()

    with pytest.raises(ApiRefused) as refusal:
        await market.seller.post(f"/api/orders/{order['id']}/pay/dot", {})

    assert refusal.value.code == "escrow_caller_is_not_the_buyer"


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("get", "/api/orders/{}", None),
        ("get", "/api/v1/orders/{}/timeline", None),
        ("post", "/api/orders/{}/pay/dot", {}),
        ("put", "/api/orders/{}", {"action": "confirm"}),
    ],
)
async def test_a_strangers_order_is_not_found(
    market: Market, method: str, path: str, body: dict[str, str] | None
) -> None:
    order = await market.order()
    ask = getattr(market.stranger, method)

    with pytest.raises(ApiRefused) as refusal:
        await (ask(path.format(order["id"])) if body is None else ask(path.format(order["id"]), body))

    with pytest.raises(ApiRefused) as nothing_there:
        await (ask(path.format(999)) if body is None else ask(path.format(999), body))
    assert refusal.value.status == nothing_there.value.status == 404
    assert refusal.value.code == nothing_there.value.code == "order_not_found"
    assert refusal.value.problem["detail"] == nothing_there.value.problem["detail"]
    assert (await market.stranger.get("/api/orders"))["items"] == []


async def test_nobody_orders_from_themselves(market: Market) -> None:
    product = await market.product()

    with pytest.raises(ApiRefused) as refusal:
        await market.seller.post(
            "/api/orders", {"productId": product["id"], "paymentMode": "dot", "deliveryAddress": "Home"}
        )

    assert refusal.value.code == "own_product"
    assert (await market.seller.get(f"/api/products/{product['id']}"))["stock"] == 1


@pytest.mark.parametrize("party", ["buyer", "seller"])
async def test_the_arbiter_is_no_party_to_an_order(market: Market, party: str) -> None:
    product = await market.product()
    arbiter = getattr(market, party).key.evm_address
    async with market.sessions.begin() as session:
        await session.execute(update(Deployment).values(arbiter_address=arbiter))

    with pytest.raises(ApiRefused) as refusal:
        await market.order(product_id=product["id"])

    assert refusal.value.code == "arbiter_is_party"
    assert (await market.seller.get(f"/api/products/{product['id']}"))["stock"] == 1


async def test_mpesa_is_refused_while_the_shop_does_not_take_it(market: Market) -> None:
    product = await market.product()

    with pytest.raises(ApiRefused) as refusal:
        await market.buyer.post(
            "/api/orders", {"productId": product["id"], "paymentMode": "mpesa", "deliveryAddress": "Home"}
        )

    assert refusal.value.code == "mpesa_not_offered"
    assert (await market.seller.get(f"/api/products/{product['id']}"))["stock"] == 1


async def test_an_order_the_chain_does_not_know_yet_cannot_be_paid(market: Market) -> None:
    product = await market.product()
    made = await market.buyer.post(
        "/api/orders", {"productId": product["id"], "paymentMode": "dot", "deliveryAddress": "Home"}
    )

    with pytest.raises(ApiRefused) as refusal:
        await market.buyer.post(f"/api/orders/{made['order']['id']}/pay/dot", {})

    assert refusal.value.code == "order_not_on_chain_yet"


async def test_two_requests_with_one_key_make_one_order(market: Market) -> None:
    product = await market.product(stock=5)
    wanted = order_request(product["id"])

    first = await market.buyer.post("/api/orders", wanted, idempotency_key="once")
    second, third = await asyncio.gather(
        market.buyer.post("/api/orders", wanted, idempotency_key="once"),
        market.buyer.post("/api/v1/orders", wanted, idempotency_key="once"),
    )

    assert first == second == third
    assert len((await market.buyer.get("/api/orders"))["items"]) == 1
    assert (await market.buyer.get(f"/api/products/{product['id']}"))["stock"] == 4


async def test_many_buyers_of_few_pieces_make_exactly_that_many_orders(market: Market) -> None:
    product = await market.product(stock=3)
    wanted = order_request(product["id"])

    answers = await asyncio.gather(
        *(market.buyer.post("/api/orders", wanted) for _ in range(10)), return_exceptions=True
    )

    refused = [answer for answer in answers if isinstance(answer, ApiRefused)]
    assert {refusal.code for refusal in refused} == {"product_sold_out"}
    assert len(answers) - len(refused) == 3
    assert (await market.buyer.get(f"/api/products/{product['id']}"))["stock"] == 0


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [("contract_address", "0x" + "ab" * 20, "contract_missing"), ("genesis_hash", "0x" + "77" * 32, "wrong_chain")],
)
async def test_nobody_is_given_a_payment_to_sign_where_the_contract_is_not_or_on_another_chain(
    market: Market, column: str, value: str, code: str
) -> None:
    order = await market.order()
    async with market.sessions.begin() as session:
        setattr(await session.get_one(Deployment, 1), column, value)

    with pytest.raises(ApiRefused) as refused:
        await market.buyer.post(f"/api/orders/{order['id']}/pay/dot", {})

    assert (refused.value.status, refused.value.code) == (503, code)


async def test_nobody_is_given_a_payment_to_sign_for_an_order_that_the_contract_holds_otherwise(market: Market) -> None:
    order = await market.order()
    await tamper_with_order(market, order["id"], amount_planck=Order.amount_planck + 1)

    with pytest.raises(ApiRefused) as refused:
        await market.buyer.post(f"/api/orders/{order['id']}/pay/dot", {})

    assert (refused.value.status, refused.value.code) == (409, "order_differs")


async def test_a_buyer_with_many_unpaid_orders_pays_first(market: Market) -> None:
    most = OrderLimits().unpaid_of_newcomer
    product = await market.product(stock=most + 5)
    wanted = order_request(product["id"])
    for _ in range(most):
        await market.buyer.post("/api/orders", wanted)

    with pytest.raises(ApiRefused) as refused:
        await market.buyer.post("/api/orders", wanted)

    assert (refused.value.status, refused.value.code) == (409, "too_many_unpaid_orders")
    assert (await market.seller.get(f"/api/products/{product['id']}"))["stock"] == 5


async def test_an_order_is_made_while_the_end_of_another_is_told(market: Market) -> None:
    """The other gives its piece back and then tells the buyer, who orders the same product in between."""
    product = await market.product(stock=2)
    first = await market.order(product_id=product["id"])
    async with market.sessions.begin() as session:
        await catalog.return_pieces(session, product["id"])
        ordering = asyncio.create_task(market.order(product_id=product["id"]))
        await until_somebody_waits_for_a_row(session)

        buyer_id = (await session.get_one(Order, first["id"])).buyer_id
        await publish_to_feeds(session, [FeedEvent(buyer_id, "orderUpdate", {"orderId": first["id"]})])

    assert (await ordering)["status"] == "created"


async def test_the_buyer_gives_the_goods_more_time_once_and_then_says_that_they_have_arrived(market: Market) -> None:
    order_id = await market.order_that_is(OrderStatus.SHIPPED)
    shipped = await market.seen(order_id)

    await market.take_step(market.buyer, order_id, "extend_transit")

    extended = await market.seen(order_id)
    moved_by = datetime.fromisoformat(extended["deadlineAt"]) - datetime.fromisoformat(shipped["deadlineAt"])
    assert (extended["status"], moved_by) == ("shipped", timedelta(seconds=60))
    assert extended["transitExtendedAt"] is not None
    assert set(shipped["actions"]) - set(extended["actions"]) == {"extend_transit"}
    with pytest.raises(ApiRefused, match="move_not_allowed"):
        await market.buyer.put(f"/api/orders/{order_id}", {"action": "extend_transit"})

    await market.take_step(market.buyer, order_id, "confirm_receipt")

    received = await market.seen(order_id)
    assert received["status"] == "received"
    assert received["receivedAt"] is not None
    assert set(received["actions"]) == {"confirm", "dispute", "propose"}
    timeline = await market.seller.get(f"/api/orders/{order_id}/timeline")
    assert [step["cause"] for step in timeline[-3:]] == ["OrderShipped", "TransitExtended", "OrderReceived"]
    assert {step["actor"] for step in timeline[-2:]} == {market.buyer.key.evm_address}
    assert (await market.buyer.post(f"/api/v1/orders/{order_id}/sync-blockchain", {}))["differences"] == []
