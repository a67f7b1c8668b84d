"""Prices in shillings: from a rate in integers, kept for a while, and never a shilling short for the seller."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from descrow.app.demo.shop_client import ApiRefused
from descrow.catalog.errors import RateNotAvailable
from descrow.catalog.rates import Rate
from descrow.incidents.alerts import open_alerts
from descrow.incidents.models import AlertKind
from descrow.kernel.db import Sessions, utc_now
from descrow.kernel.money import PLANCK_PER_DOT, KesCents, Planck
from descrow.mpesa.requests import LARGEST_TRANSACTION
from descrow.payments.mpesa.payables import instalments
from descrow.payments.quotes import QUOTE_STEP, Quote, planck_for, shillings_for
from descrow.payments.rates import FixedRate, HttpRate, LastRate, RateBounds
from tests.payments.shop import MpesaMarket

prices = st.integers(min_value=1, max_value=10**19).map(Planck)
rates = st.integers(min_value=1, max_value=10**9)
spreads = st.integers(min_value=0, max_value=10_000)


@given(price=prices, rate=rates, spread=spreads)
def test_a_price_in_shillings_is_rounded_up_by_less_than_one(price: Planck, rate: int, spread: int) -> None:
    shillings = shillings_for(price, kes_cents_per_dot=rate, spread_bps=spread)

    exact_in = price * rate * (10_000 + spread)
    unit = PLANCK_PER_DOT * 10_000 * 100
    assert 0 <= shillings * unit - exact_in < unit


@given(price=st.integers(min_value=100, max_value=10**14).map(KesCents), rate=rates, spread=spreads)
def test_a_price_in_dot_is_rounded_up_by_less_than_a_ten_thousandth(price: KesCents, rate: int, spread: int) -> None:
    planck = planck_for(price, kes_cents_per_dot=rate, spread_bps=spread)

    exact_in = price * PLANCK_PER_DOT * (10_000 + spread)
    unit = rate * 10_000
    assert planck % QUOTE_STEP == 0
    assert 0 <= planck * unit - exact_in < unit * QUOTE_STEP


@given(amount=st.integers(min_value=1, max_value=10**10).map(KesCents))
def test_instalments_add_up_and_each_is_one_that_m_pesa_pays(amount: KesCents) -> None:
    parts = instalments(amount)

    assert sum(parts) == amount
    assert all(0 < part <= LARGEST_TRANSACTION * 100 + 99 for part in parts)
    assert max(parts) - min(parts) < 200


async def test_an_order_keeps_the_price_of_its_quote(shop: MpesaMarket) -> None:
    product = await shop.product()
    quote = await shop.buyer.post(f"/api/products/{product['id']}/quotes", {})
    shop.payment_context.settings.kes_cents_per_dot = 90_000

    made = await _order(shop, product["id"], quoteId=quote["id"])

    assert made["order"]["amountKesCents"] == quote["amountKesCents"] == "150100"


async def test_a_product_priced_in_shillings_costs_just_that_by_m_pesa(shop: MpesaMarket) -> None:
    product = await shop.seller.post("/api/products", {"title": "Kitenge", "priceKesCents": "180000"})

    made = await _order(shop, product["id"])

    assert made["order"]["amountKesCents"] == "180000"


async def test_a_product_priced_in_shillings_is_paid_in_dot_at_a_quote(shop: MpesaMarket) -> None:
    product = await shop.seller.post("/api/products", {"title": "Kitenge", "priceKesCents": "180000"})
    quote = await shop.buyer.post(f"/api/products/{product['id']}/quotes", {"paymentMode": "dot"})
    shop.payment_context.settings.kes_cents_per_dot = 90_000

    made = await _order(shop, product["id"], paymentMode="dot", quoteId=quote["id"])

    assert (quote["priceKesCents"], quote["amountKesCents"]) == ("180000", None)
    assert made["order"]["amountPlanck"] == quote["amountPlanck"]
    assert made["order"]["amountKesCents"] is None


async def test_an_order_at_the_sellers_own_price_waits_for_nobodys_rate(
    shop: MpesaMarket, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_dot = await shop.product()
    in_shillings = await shop.seller.post("/api/products", {"title": "Kitenge", "priceKesCents": "180000"})

    async def nobody_knows(_: FixedRate) -> Rate:
        raise AssertionError("the rate was asked for")

    monkeypatch.setattr(FixedRate, "rate", nobody_knows)

    assert await _order(shop, in_dot["id"], paymentMode="dot")
    assert await _order(shop, in_shillings["id"])


async def test_a_quote_for_one_way_of_paying_is_none_for_the_other(shop: MpesaMarket) -> None:
    product = await shop.seller.post("/api/products", {"title": "Kitenge", "priceKesCents": "180000"})
    path = f"/api/products/{product['id']}"
    quote = await shop.buyer.post(f"{path}/quotes", {"paymentMode": "dot"})
    await shop.seller.put(path, {"pricePlanck": "30000000000"})

    assert await _refusal(shop.buyer.post(f"{path}/quotes", {"paymentMode": "dot"})) == "quote_not_needed"
    assert await _refusal(_order(shop, product["id"], quoteId=quote["id"])) == "quote_not_usable"


async def test_a_quote_is_over_when_the_seller_changes_the_price(shop: MpesaMarket) -> None:
    product = await shop.product()
    quote = await shop.buyer.post(f"/api/products/{product['id']}/quotes", {})
    await shop.seller.put(f"/api/products/{product['id']}", {"priceKesCents": "180000"})

    assert await _refusal(_order(shop, product["id"], quoteId=quote["id"])) == "quote_not_usable"


async def test_everybody_sees_what_a_dot_is_worth(shop: MpesaMarket) -> None:
    rate = await shop.stranger.get("/api/v1/rate")

    assert (rate["kesCentsPerDot"], rate["source"]) == (str(shop.payment_context.settings.kes_cents_per_dot), "fixed")


async def test_a_quote_that_has_expired_buys_nothing(shop: MpesaMarket) -> None:
    product = await shop.product()
    quote = await shop.buyer.post(f"/api/products/{product['id']}/quotes", {})
    async with shop.sessions.begin() as session:
        await session.execute(update(Quote).values(expires_at=utc_now() - timedelta(seconds=1)))

    assert await _refusal(_order(shop, product["id"], quoteId=quote["id"])) == "quote_not_usable"
    assert (await shop.buyer.get(f"/api/products/{product['id']}"))["stock"] == 1


async def test_a_quote_buys_once(shop: MpesaMarket) -> None:
    product = await shop.product(stock=3)
    quote = await shop.buyer.post(f"/api/products/{product['id']}/quotes", {})
    await _order(shop, product["id"], quoteId=quote["id"])

    assert await _refusal(_order(shop, product["id"], quoteId=quote["id"])) == "quote_not_usable"


async def test_a_quote_of_somebody_else_or_of_another_product_buys_nothing(shop: MpesaMarket) -> None:
    product, other = await shop.product(), await shop.product()
    theirs = await shop.stranger.post(f"/api/products/{product['id']}/quotes", {})
    mine = await shop.buyer.post(f"/api/products/{other['id']}/quotes", {})

    for quote in (theirs, mine):
        assert await _refusal(_order(shop, product["id"], quoteId=quote["id"])) == "quote_not_usable"


async def test_a_seller_without_a_phone_sells_for_dot_only(shop: MpesaMarket) -> None:
    listed = await shop.stranger.post("/api/products", {"title": "Soapstone bowl", "pricePlanck": "30000000000"})

    assert await _refusal(_order(shop, listed["id"])) == "seller_takes_no_mpesa"


async def test_what_m_pesa_cannot_move_is_sold_for_dot_only(shop: MpesaMarket) -> None:
    product = await shop.product(price=Planck(5200000000000000))

    assert await _refusal(_order(shop, product["id"])) == "price_not_payable"


async def test_an_order_by_m_pesa_has_a_smallest_amount(shop: MpesaMarket) -> None:
    small, enough = [
        await shop.seller.post("/api/products", {"title": "Soap", "priceKesCents": cents})
        for cents in ("9900", "10000")
    ]

    assert await _refusal(_order(shop, small["id"])) == "order_too_small"
    assert await _order(shop, enough["id"])


async def test_an_order_in_dot_has_a_smallest_amount(shop: MpesaMarket) -> None:
    small, enough = [await shop.product(price=Planck(price)) for price in (10**9 - 1, 10**9)]

    assert await _refusal(_order(shop, small["id"], paymentMode="dot")) == "order_too_small"
    assert await _order(shop, enough["id"], paymentMode="dot")


async def test_a_quote_below_the_smallest_order_is_not_made(shop: MpesaMarket) -> None:
    product = await shop.product(price=Planck(10**9))  # 50 shillings

    assert await _refusal(shop.buyer.post(f"/api/products/{product['id']}/quotes", {})) == "order_too_small"


@pytest.mark.parametrize("number", ["020 123 4567", "0712 345 67", "+255712345678", "not a number"])
async def test_a_number_that_is_no_kenyan_phone_is_refused(shop: MpesaMarket, number: str) -> None:
    order = await shop.mpesa_order()

    assert await _refusal(shop.prompt(order["id"], number)) == "phone_not_valid"
    assert await shop.payments() == []


async def test_an_order_is_paid_in_its_own_way_only(shop: MpesaMarket) -> None:
    by_phone, in_dot = await shop.mpesa_order(), await shop.order()

    assert await _refusal(shop.prompt(in_dot["id"])) == "paid_another_way"
    assert await _refusal(shop.buyer.post(f"/api/orders/{by_phone['id']}/pay/dot", {})) == "paid_another_way"


async def test_a_stranger_sees_nothing_of_a_payment(shop: MpesaMarket) -> None:
    order = await shop.mpesa_order()
    asked = await shop.prompt(order["id"])

    for path in (f"/api/mpesa/stk-status/{asked['checkoutRequestId']}", f"/api/orders/{order['id']}/payments/mpesa"):
        with pytest.raises(ApiRefused) as refused:
            await shop.stranger.get(path)
        assert refused.value.status == 404
    assert await _refusal(shop.stranger.post(f"/api/orders/{order['id']}/pay/mpesa", {"phoneNumber": "0712345678"}))
    assert await shop.seller.get(f"/api/orders/{order['id']}/payments/mpesa") == []


class Source:
    """A source of rates that answers what it is told to."""

    def __init__(self) -> None:
        self.answer: Any = {}
        self.status = 200
        self.asked = 0
        self.url = ""

    async def report(self, _: web.Request) -> web.Response:
        self.asked += 1
        if isinstance(self.answer, str):
            return web.Response(text=self.answer, status=self.status)
        return web.json_response(self.answer, status=self.status)

    def says(self, kes: object, *, age_s: int = 0) -> None:
        self.answer = {"polkadot": {"kes": kes, "last_updated_at": int(utc_now().timestamp()) - age_s}}


@pytest.fixture
async def source() -> AsyncIterator[Source]:
    reported = Source()
    application = web.Application()
    application.router.add_get("/", reported.report)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    reported.url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    yield reported
    await runner.cleanup()


async def test_a_rate_is_read_to_the_cent_and_asked_for_once_in_a_while(source: Source, sessions: Sessions) -> None:
    source.says(523.41)
    rates = HttpRate(source.url, max_age_s=900, sessions=sessions)

    assert [(await rates.rate()).kes_cents_per_dot for _ in range(3)] == [52_341] * 3
    assert source.asked == 1
    await rates.close()


@pytest.mark.parametrize("kes", [0, -5, "523", None, True, 1e-9, 1e30])
async def test_a_rate_that_cannot_be_is_none(source: Source, sessions: Sessions, kes: object) -> None:
    source.says(kes)

    await _has_no_rate(source, sessions)


@pytest.mark.parametrize("answer", ["<html>", "[]", '{"polkadot": 5}', "{}", '{"polkadot": {"kes": 5}}', "NaN"])
async def test_an_answer_that_is_no_rate_is_none(source: Source, sessions: Sessions, answer: str) -> None:
    source.answer = answer

    await _has_no_rate(source, sessions)


async def test_a_rate_that_is_old_is_none(source: Source, sessions: Sessions) -> None:
    source.says(523.41, age_s=1_000)

    await _has_no_rate(source, sessions)


async def test_a_source_that_fails_is_none(source: Source, sessions: Sessions) -> None:
    source.says(523.41)
    source.status = 429

    await _has_no_rate(source, sessions)


async def _has_no_rate(source: Source, sessions: Sessions) -> None:
    rates = HttpRate(source.url, max_age_s=900, sessions=sessions)
    with pytest.raises(RateNotAvailable):
        await rates.rate()
    await rates.close()


async def _rate_now(source: Source, sessions: Sessions, bounds: RateBounds = RateBounds()) -> int | None:  # noqa: B008
    """Ask as a process that has just started; None where no rate is used."""
    rates = HttpRate(source.url, max_age_s=900, sessions=sessions, bounds=bounds)
    try:
        return (await rates.rate()).kes_cents_per_dot
    except RateNotAvailable:
        return None
    finally:
        await rates.close()


async def _alerts(sessions: Sessions) -> list[AlertKind]:
    async with sessions() as session:
        return [alert.kind for alert in await open_alerts(session)]


async def test_a_rate_that_jumps_is_not_used_by_any_process_and_an_operator_hears_of_it(
    source: Source, sessions: Sessions
) -> None:
    source.says(500)
    assert await _rate_now(source, sessions) == 50_000

    for jump in (1, 399, 626, 50_000):
        source.says(jump)
        assert await _rate_now(source, sessions) is None
    assert await _alerts(sessions) == [AlertKind.RATE_NOT_PLAUSIBLE]

    source.says(400)
    assert await _rate_now(source, sessions) == 40_000
    assert await _alerts(sessions) == []


async def test_a_rate_out_of_the_operators_bounds_is_not_used_at_the_first_look_either(
    source: Source, sessions: Sessions
) -> None:
    bounds = RateBounds(smallest=30_000, largest=90_000)

    for kes, used in ((299.99, None), (900.01, None), (300, 30_000)):
        source.says(kes)
        assert await _rate_now(source, sessions, bounds) == used


async def test_a_rate_that_was_used_a_minute_ago_is_not_used_once_the_source_jumps(
    source: Source, sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The source says that the old rate is no longer so: to go on selling at it would be a guess."""
    monkeypatch.setattr("descrow.payments.rates.ASK_AGAIN_S", -1)
    source.says(500)
    rates = HttpRate(source.url, max_age_s=900, sessions=sessions)
    assert await rates.rate()

    source.says(5)

    with pytest.raises(RateNotAvailable):
        await rates.rate()
    await rates.close()


async def test_small_steps_do_not_lead_far_away_within_an_hour(source: Source, sessions: Sessions) -> None:
    used = []
    for kes in (500, 600, 700, 800):
        source.says(kes)
        used.append(await _rate_now(source, sessions))

    assert used == [50_000, 60_000, None, None]


async def test_a_change_that_lasts_for_a_day_is_believed(source: Source, sessions: Sessions) -> None:
    source.says(500)
    await _rate_now(source, sessions)
    async with sessions.begin() as session:
        await session.execute(update(LastRate).values(used_at=utc_now() - timedelta(days=1)))

    source.says(1_000)

    assert await _rate_now(source, sessions) == 100_000


@given(last=rates, now=rates, percent=st.integers(min_value=1, max_value=500))
def test_a_change_is_judged_alike_upwards_and_downwards(last: int, now: int, percent: int) -> None:
    bounds = RateBounds(largest_change_percent=percent)

    is_used = bounds.objection(now, last) is None

    assert is_used == (bounds.objection(last, now) is None)
    assert is_used == (max(last, now) * 100 <= min(last, now) * (100 + percent))


async def _order(shop: MpesaMarket, product_id: int, **wanted: object) -> Any:
    return await shop.buyer.post(
        "/api/orders", {"productId": product_id, "paymentMode": "mpesa", "deliveryAddress": "Home", **wanted}
    )


async def _refusal(asked: Any) -> str:
    with pytest.raises(ApiRefused) as refused:
        await asked
    return refused.value.code
