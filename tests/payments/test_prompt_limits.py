"""A stranger cannot make a phone ring without end, nor keep its owner from paying."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import update
from valkey.asyncio import Valkey

from descrow.app.demo.shop_client import ApiRefused, ShopClient
from descrow.app.settings import Settings
from descrow.kernel.db import utc_now
from descrow.mpesa.results import StkFailure
from descrow.orders.models import Order
from descrow.payments.mpesa.models import Payment, PaymentStatus
from descrow.payments.mpesa.prompt_limits import PROMPT_LASTS
from tests.application import running_application, shop_client_of
from tests.market import order_request
from tests.payments.shop import BUYERS_PHONE, MpesaMarket

OTHER_PHONE = "254712000099"


async def test_two_accounts_at_once_make_a_phone_ring_once(shop: MpesaMarket) -> None:
    orders = [await shop.mpesa_order() for _ in range(4)]

    asked = await asyncio.gather(*(shop.prompt(order["id"]) for order in orders), return_exceptions=True)

    assert sum(isinstance(answer, dict) for answer in asked) == 1
    assert {answer.code for answer in asked if isinstance(answer, ApiRefused)} == {"phone_is_busy"}


async def test_a_phone_named_with_two_orders_rings_for_one_after_the_other(shop: MpesaMarket) -> None:
    first = await shop.place_order(payment_mode="mpesa", phoneNumber=BUYERS_PHONE)
    await _as_if_begun_long_ago(shop)
    second = await shop.place_order(payment_mode="mpesa", phoneNumber=BUYERS_PHONE)
    await shop.work()

    for _ in range(3):
        await shop.hurry()
        await shop.one_round()

    sent = {payment.order_id: payment.sent_at is not None for payment in await shop.payments()}
    assert sorted(sent.values()) == [False, True]
    await shop.type_pin()
    await shop.until_order(next(order_id for order_id in (first, second) if sent[order_id]), "funded")


async def test_a_prompt_of_which_nothing_is_heard_keeps_the_phone_busy_for_two_minutes(shop: MpesaMarket) -> None:
    """A stranger's prompt is live for an hour while M-Pesa says nothing, and the phone has long been quiet."""
    strangers, own = await _order_of(shop, shop.stranger), await shop.mpesa_order()
    await shop.stranger.post(f"/api/orders/{strangers}/pay/mpesa", {"phoneNumber": BUYERS_PHONE})
    assert await _refusal(shop, own["id"]) == "phone_is_busy"
    shop.door.is_shut = True  # the phone's owner cancels it, and nobody hears of that
    await asyncio.to_thread(shop.daraja.control, "POST", f"/phones/{BUYERS_PHONE}/answer", {"cancel": True})

    async with shop.sessions.begin() as session:
        await session.execute(update(Payment).values(sent_at=utc_now() - PROMPT_LASTS, status=PaymentStatus.UNKNOWN))

    assert (await shop.prompt(own["id"]))["status"] == "pending"


async def test_strangers_do_not_use_up_the_prompts_of_who_has_paid_from_the_phone(shop: MpesaMarket) -> None:
    await shop.paid_order()
    strangers = await _order_of(shop, shop.stranger)
    await _earlier_prompts(shop, strangers, count=shop.payment_context.settings.prompts_a_day)
    order = await shop.mpesa_order()

    assert (await shop.prompt(order["id"]))["status"] == "pending"
    with pytest.raises(ApiRefused) as refused:
        await shop.stranger.post(f"/api/orders/{strangers}/pay/mpesa", {"phoneNumber": BUYERS_PHONE})
    assert refused.value.code in ("phone_is_busy", "try_again_later")


async def test_a_phone_is_asked_so_many_times_a_day_whoever_asks(shop: MpesaMarket) -> None:
    strangers = await _order_of(shop, shop.stranger)
    await _earlier_prompts(shop, strangers, count=shop.payment_context.settings.prompts_a_day, ago=timedelta(hours=2))
    order = await shop.mpesa_order()

    assert await _refusal(shop, order["id"]) == "try_again_later"


async def test_a_buyer_has_so_many_prompts_a_day_to_whichever_phones(shop: MpesaMarket) -> None:
    order = await shop.mpesa_order()
    most = shop.payment_context.settings.prompts_a_day_of_account
    await _earlier_prompts(shop, order["id"], count=most, phone=OTHER_PHONE, ago=timedelta(hours=2))

    assert await _refusal(shop, order["id"]) == "try_again_later"


@pytest.mark.parametrize("failure", [StkFailure.CANCELLED_BY_USER, StkFailure.TIMED_OUT])
async def test_after_prompts_that_nobody_wanted_the_buyer_waits(shop: MpesaMarket, failure: StkFailure) -> None:
    order = await shop.mpesa_order()
    unwanted = shop.payment_context.settings.unwanted_prompts
    await _earlier_prompts(shop, order["id"], count=unwanted, failure=failure)

    assert await _refusal(shop, order["id"]) == "try_again_later"
    assert (await shop.prompt(order["id"], OTHER_PHONE))["status"] == "pending"


async def test_a_wrong_pin_is_no_prompt_that_nobody_wanted(shop: MpesaMarket) -> None:
    order = await shop.mpesa_order()
    await _earlier_prompts(shop, order["id"], count=4, failure=StkFailure.WRONG_PIN)

    assert (await shop.prompt(order["id"]))["status"] == "pending"


async def test_an_hour_later_the_buyer_may_ask_again(shop: MpesaMarket) -> None:
    order = await shop.mpesa_order()
    await _earlier_prompts(
        shop, order["id"], count=3, failure=StkFailure.CANCELLED_BY_USER, ago=timedelta(hours=1, seconds=1)
    )

    assert (await shop.prompt(order["id"]))["status"] == "pending"


async def test_new_accounts_of_one_network_share_a_limit_however_they_name_the_phone(
    shop: MpesaMarket, settings: Settings, valkey: Valkey
) -> None:
    product = await shop.product(stock=9)
    assert settings.mpesa is not None
    mpesa = settings.mpesa.model_copy(update={"prompts_a_day_of_network": 2})
    limited = settings.model_copy(update={"mpesa": mpesa, "rate_limit_factor": 1})
    limited.jwt_secret = SecretStr("a secret of this test alone, 32 bytes")
    async with running_application(limited) as application:
        one, two = [shop_client_of(application, f"//Newcomer{number}", shop.chain) for number in range(2)]
        await one.post("/api/orders", order_request(product["id"], "mpesa", phoneNumber=BUYERS_PHONE))
        made = await one.post("/api/orders", order_request(product["id"], "mpesa"))
        without = await two.post("/api/orders", order_request(product["id"], "mpesa"))
        await shop.work()
        await two.post(f"/api/orders/{without['order']['id']}/pay/mpesa", {"phoneNumber": OTHER_PHONE})

        for path, body in (
            ("/api/orders", order_request(product["id"], "mpesa", phoneNumber="254712000098")),
            (f"/api/orders/{made['order']['id']}/pay/mpesa", {"phoneNumber": "254712000098"}),
        ):
            with pytest.raises(ApiRefused) as refused:
                await one.post(path, body)
            assert refused.value.code == "too_many_requests"
        await one.close()
        await two.close()
    await valkey.flushdb()


async def _order_of(shop: MpesaMarket, buyer: ShopClient) -> int:
    product = await shop.product()
    made = await buyer.post("/api/orders", order_request(product["id"], "mpesa"))
    await shop.work()
    return int(made["order"]["id"])


async def _earlier_prompts(
    shop: MpesaMarket,
    order_id: int,
    *,
    count: int,
    phone: str = BUYERS_PHONE,
    failure: StkFailure = StkFailure.INSUFFICIENT_BALANCE,
    ago: timedelta = timedelta(minutes=5),
) -> None:
    async with shop.sessions.begin() as session:
        buyer_id = (await session.get_one(Order, order_id)).buyer_id
        earlier: dict[str, Any] = {"order_id": order_id, "buyer_id": buyer_id, "phone": phone, "amount_shillings": 1501}
        at = utc_now() - ago
        for _ in range(count):
            session.add(Payment(**earlier, status=PaymentStatus.FAILED, failure=failure, created_at=at, sent_at=at))


async def _as_if_begun_long_ago(shop: MpesaMarket) -> None:
    """Begun before the phone would stop ringing, had it rung."""
    async with shop.sessions.begin() as session:
        await session.execute(update(Payment).values(created_at=utc_now() - PROMPT_LASTS))


async def _refusal(shop: MpesaMarket, order_id: int, phone: str = BUYERS_PHONE) -> str:
    with pytest.raises(ApiRefused) as refused:
        await shop.prompt(order_id, phone)
    return refused.value.code
