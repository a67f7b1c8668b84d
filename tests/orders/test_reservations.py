"""A piece of the stock is kept for minutes until its buyer shows the intent to pay; ordering costs little, and ends."""

from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import func, select, update
from valkey.asyncio import Valkey

from descrow.app.demo.shop_client import ApiRefused
from descrow.app.settings import Settings
from descrow.chain.client import ChainClient
from descrow.contract.calls import hold_back
from descrow.contract.models import CallPriority, ContractCall, HoldReason
from descrow.contract.order_status import OrderStatus
from descrow.incidents.cases import open_cases
from descrow.incidents.models import CaseKind
from descrow.kernel.db import utc_now
from descrow.orders import reservations
from descrow.orders.limits import OrderLimits
from descrow.orders.models import Order
from descrow.orders.reservations import KEPT_AFTER_INTENT
from tests.application import running_application, shop_client_of
from tests.market import Market, order_request
from tests.tampering import tamper_with_order


async def stock(market: Market, order: dict[str, Any]) -> int:
    return int((await market.seller.get(f"/api/products/{order['productId']}"))["stock"])


async def minutes_pass(market: Market) -> None:
    """Let the time end for which pieces are kept, and the worker give them back."""
    async with market.sessions.begin() as session:
        await session.execute(
            update(Order)
            .where(Order.reserved_until.is_not(None))
            .values(reserved_until=utc_now() - timedelta(seconds=1))
        )
    await reservations.release_pieces(market.sessions)


async def row_of(market: Market, order: dict[str, Any]) -> Order:
    async with market.sessions() as session:
        return await session.get_one(Order, order["id"])


async def sell_the_piece(market: Market, order: dict[str, Any]) -> None:
    """Another buyer takes the piece."""
    await market.stranger.post("/api/orders", order_request(order["productId"]))


async def test_a_piece_is_for_sale_again_after_minutes_without_intent_and_given_back_once(market: Market) -> None:
    order = await market.order()
    assert await stock(market, order) == 0

    await minutes_pass(market)
    assert await stock(market, order) == 1

    await market.take_step(market.buyer, order["id"], "cancel")
    await minutes_pass(market)
    assert await stock(market, order) == 1


async def test_a_piece_is_kept_while_the_time_runs(market: Market) -> None:
    order = await market.order()

    assert await reservations.release_pieces(market.sessions) == 0

    kept = (await row_of(market, order)).reserved_until
    assert kept is not None
    assert kept > utc_now() + OrderLimits().stock_kept - timedelta(minutes=2)
    assert await stock(market, order) == 0


async def test_a_payment_to_sign_keeps_the_piece_for_some_minutes_more(market: Market) -> None:
    order = await market.order()
    await minutes_pass(market)

    await market.buyer.post(f"/api/orders/{order['id']}/pay/dot", {})

    kept = (await row_of(market, order)).reserved_until
    assert kept is not None
    assert kept > utc_now() + KEPT_AFTER_INTENT - timedelta(minutes=2)
    assert await stock(market, order) == 0


async def test_a_buyer_without_the_coin_shows_no_intent(market: Market) -> None:
    order = await market.order()
    await tamper_with_order(market, order["id"], reserved_until=utc_now() - timedelta(seconds=1))
    poor = {"amountPlanck": str(10**20)}

    with pytest.raises(ApiRefused):
        await market.buyer.post(f"/api/orders/{order['id']}/pay/dot", poor)

    await reservations.release_pieces(market.sessions)
    assert await stock(market, order) == 1


async def test_nobody_signs_a_payment_for_what_was_sold_meanwhile(market: Market) -> None:
    order = await market.order()
    await minutes_pass(market)
    await sell_the_piece(market, order)

    with pytest.raises(ApiRefused) as refused:
        await market.buyer.post(f"/api/orders/{order['id']}/pay/dot", {})

    assert refused.value.code == "product_sold_out"


async def test_a_paid_order_takes_its_piece_again(market: Market) -> None:
    order = await market.order()
    prepared = await market.buyer.post(f"/api/orders/{order['id']}/pay/dot", {})
    await minutes_pass(market)  # while the wallet is open

    await market.buyer.sign_and_send(prepared["call"])
    await market.follow()

    row = await row_of(market, order)
    assert (row.status, row.holds_piece, row.reserved_until) == (OrderStatus.FUNDED, True, None)
    assert await stock(market, order) == 0
    await minutes_pass(market)
    assert await stock(market, order) == 0


async def test_a_payment_for_what_is_sold_is_a_case_for_a_person(market: Market) -> None:
    order = await market.order()
    prepared = await market.buyer.post(f"/api/orders/{order['id']}/pay/dot", {})
    await minutes_pass(market)
    await sell_the_piece(market, order)

    await market.buyer.sign_and_send(prepared["call"])
    await market.follow()

    async with market.sessions() as session:
        assert [(case.kind, case.order_id) for case in await open_cases(session)] == [(CaseKind.OVERSOLD, order["id"])]
    await market.take_step(market.seller, order["id"], "refund")
    assert await stock(market, order) == 0  # the piece is the other buyer's


async def test_an_order_that_ends_unpaid_after_its_piece_was_given_back_gives_back_no_other(market: Market) -> None:
    order = await market.order()
    await minutes_pass(market)
    await market.travel(seconds=61)
    await market.settle_as_stranger(order["id"])

    assert await stock(market, order) == 1


async def test_ordering_and_cancelling_in_a_loop_ends(market: Market) -> None:
    product = await market.product(stock=50)
    most = OrderLimits().unpaid_of_newcomer
    refusal = ""
    for _ in range(most + 5):
        try:
            await market.buyer.post("/api/orders", order_request(product["id"]))
        except ApiRefused as refused:
            refusal = refused.code
            break
        async with market.sessions.begin() as session:  # cancelled
            await session.execute(update(Order).values(status=OrderStatus.CANCELLED, holds_piece=False))

    assert refusal == "too_many_unpaid_orders"
    assert await _creations(market) == most


async def test_a_day_later_the_buyer_may_order_again(market: Market) -> None:
    product = await market.product(stock=50)
    for _ in range(OrderLimits().unpaid_of_newcomer):
        await market.buyer.post("/api/orders", order_request(product["id"]))
    async with market.sessions.begin() as session:
        a_day_ago = utc_now() - timedelta(days=1)
        await session.execute(update(Order).values(status=OrderStatus.EXPIRED, created_at=a_day_ago))

    assert await market.buyer.post("/api/orders", order_request(product["id"]))


async def test_a_buyer_who_has_paid_goes_before_those_who_never_did(market: Market) -> None:
    first = await market.order_that_is(OrderStatus.FUNDED)
    second = await market.place_order()

    async with market.sessions() as session:
        rows = await session.execute(select(ContractCall.order_id, ContractCall.priority))
        assert dict(rows.all()) == {first: CallPriority.UNPAID, second: CallPriority.ORDERS}


async def test_no_order_is_taken_that_would_wait_for_tomorrows_budget(market: Market) -> None:
    """The part of the budget for buyers who have never paid is spent; who has paid before orders as usual."""
    customer = await market.order_that_is(OrderStatus.FUNDED)
    product = await market.product(stock=5)
    waiting = await market.stranger.post("/api/orders", order_request(product["id"]))
    async with market.sessions.begin() as session:
        [call] = await session.scalars(select(ContractCall).where(ContractCall.order_id == waiting["order"]["id"]))
        tomorrow = utc_now() + timedelta(hours=1)
        await hold_back(session, call.id, HoldReason.SPEND_LIMIT_REACHED, "spent", until=tomorrow)

    with pytest.raises(ApiRefused) as refused:
        await market.stranger.post("/api/orders", order_request(product["id"]))

    assert refused.value.code == "no_more_orders_today"
    assert await market.buyer.post("/api/orders", order_request(product["id"]))
    assert customer


async def test_new_accounts_of_one_network_share_a_limit_and_others_are_not_held_up(
    market: Market, settings: Settings, chain: ChainClient
) -> None:
    product = await market.product(stock=50)
    paid = await market.order_that_is(OrderStatus.FUNDED)
    limited = settings.model_copy(update={"unpaid_orders_per_network": 3, "rate_limit_factor": 1})
    limited.jwt_secret = SecretStr("a secret of this test alone, 32 bytes")
    async with running_application(limited) as application:
        await empty_valkey(settings)
        newcomers = [shop_client_of(application, f"//Newcomer{number}", chain) for number in range(4)]
        customer = shop_client_of(application, "//Wanjiru", chain)
        wanted = order_request(product["id"])
        for _ in range(5):  # what is refused does not count
            with pytest.raises(ApiRefused):
                await newcomers[3].post("/api/orders", order_request(999_999))

        for newcomer in newcomers[:3]:
            await newcomer.post("/api/orders", wanted)
        with pytest.raises(ApiRefused) as refused:
            await newcomers[3].post("/api/orders", wanted)

        assert (refused.value.status, refused.value.code) == (429, "too_many_requests")
        assert await customer.post("/api/orders", wanted)
        for person in (*newcomers, customer):
            await person.close()
    assert paid


async def empty_valkey(settings: Settings) -> None:
    valkey = Valkey.from_url(settings.valkey_url.get_secret_value())
    await valkey.flushdb()
    await valkey.aclose()


async def _creations(market: Market) -> int:
    async with market.sessions() as session:
        counted = await session.scalar(
            select(func.count()).select_from(ContractCall).where(ContractCall.function == "create_order")
        )
    return int(counted or 0)
