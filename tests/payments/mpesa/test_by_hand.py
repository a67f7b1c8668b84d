"""Money that comes to the paybill by hand: each payment ends as its order's, with its payer, or as a case."""

import asyncio
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.json import encode
from sqlalchemy import select, update

from descrow.app.demo.shop_client import ApiRefused
from descrow.incidents.models import AlertKind, CaseKind
from descrow.kernel.money import KesCents
from descrow.mpesa.callbacks import Unreadable
from descrow.mpesa.paybill import PaybillPosted, parse_paybill
from descrow.payments.mpesa import paybill
from descrow.payments.mpesa.account_numbers import AccountFor, account_number_of
from descrow.payments.mpesa.callback_urls import address_for
from descrow.payments.mpesa.ledger import LedgerAccount
from descrow.payments.mpesa.models import (
    CallbackKind,
    HandPayment,
    HandPaymentStatus,
    PaidBy,
    PaymentStatus,
)
from tests.payments.shop import BUYERS_PHONE, MpesaMarket

ALL = 100_000_00
PRICE = 1501
FRIENDS_PHONE = "254712999888"
_S = HandPaymentStatus


@pytest.fixture
async def shop(shop: MpesaMarket) -> MpesaMarket:
    """A shop whose addresses for payments by hand are registered."""
    assert await paybill.register(shop.payment_context)
    return shop


async def pay(shop: MpesaMarket, account: str, shillings: int = PRICE, *, phone: str = BUYERS_PHONE) -> dict[str, Any]:
    """Somebody types an account number and a sum on a phone."""
    body = {"account": account, "amount_cents": shillings * 100}
    paid: dict[str, Any] = await asyncio.to_thread(shop.daraja.control, "POST", f"/phones/{phone}/pay", body)
    return paid


async def account_of(shop: MpesaMarket, order: dict[str, Any]) -> str:
    shown = await shop.buyer.get(f"/api/orders/{order['id']}/paybill")
    return str(shown["accountNumber"])


async def by_hand(shop: MpesaMarket) -> list[HandPayment]:
    async with shop.sessions() as session:
        return list(await session.scalars(select(HandPayment).order_by(HandPayment.id)))


async def until_by_hand(shop: MpesaMarket, *statuses: HandPaymentStatus) -> None:
    async def are_there() -> bool:
        await shop.hurry()
        return [one.status for one in await by_hand(shop)] == list(statuses)

    await shop.until(are_there)


def only_charges(ledger: dict[LedgerAccount, KesCents]) -> bool:
    return set(ledger) <= {LedgerAccount.MPESA_CHARGES, LedgerAccount.CHARGES_PAID}


async def test_the_right_account_number_and_sum_pay_the_order(shop: MpesaMarket) -> None:
    order = await shop.mpesa_order()
    shown = await shop.buyer.get(f"/api/orders/{order['id']}/paybill")
    assert shown["paybillNumber"] == shop.payment_context.settings.shortcode
    assert shown["amountKesCents"] == "150100"

    paid = await pay(shop, f" {shown['accountNumber'].lower()}")
    await shop.until_order(order["id"], "funded")

    [payment] = await shop.payments()
    assert (payment.status, payment.paid_by, payment.receipt_number) == (
        PaymentStatus.CONFIRMED,
        PaidBy.HAND,
        paid["receipt"],
    )
    assert await shop.ledger() == {LedgerAccount.UTILITY: 150_100, LedgerAccount.HELD: -150_100}
    assert await shop.alerts() == []
    [seen] = await shop.buyer.get(f"/api/orders/{order['id']}/payments/mpesa")
    assert (seen["paidBy"], seen["phone"]) == ("hand", "2547*****678")


async def test_a_friend_may_pay(shop: MpesaMarket) -> None:
    shop.daraja.a_phone(FRIENDS_PHONE, 5_000)
    order = await shop.mpesa_order()

    await pay(shop, await account_of(shop, order), phone=FRIENDS_PHONE)

    await shop.until_order(order["id"], "funded")


@pytest.mark.parametrize(
    ("account", "shillings"),
    [("right", PRICE - 1), ("right", PRICE + 1), ("", PRICE), ("17", PRICE), ("one sign wrong", PRICE)],
)
async def test_what_cannot_be_right_is_refused_before_it_is_paid(
    shop: MpesaMarket, account: str, shillings: int
) -> None:
    order = await shop.mpesa_order()
    right = await account_of(shop, order)
    typed = {"right": right, "one sign wrong": right[:-1] + ("2" if right[-1] != "2" else "3"), "": "none"}

    paid = await pay(shop, typed.get(account, account), shillings)

    assert (paid["state"], paid["result_code"]) == ("failed", "C2B00016")
    assert shop.on_phone(BUYERS_PHONE) == ALL
    assert await by_hand(shop) == []


@pytest.mark.parametrize(
    ("account", "shillings", "status"),
    [
        ("right", PRICE - 1, PaymentStatus.SHORT),
        ("right", PRICE + 1, PaymentStatus.SURPLUS),
        ("17", PRICE, None),
        ("ORDER 1", 5, None),
        ("one sign wrong", PRICE, None),
    ],
)
async def test_what_was_paid_wrongly_all_the_same_goes_back_whole(
    shop: MpesaMarket, account: str, shillings: int, status: PaymentStatus | None
) -> None:
    order = await shop.mpesa_order()
    right = await account_of(shop, order)
    typed = {"right": right, "one sign wrong": right[:-1] + ("2" if right[-1] != "2" else "3")}
    shop.faults(validation_lost={"count": 9})

    await pay(shop, typed.get(account, account), shillings)
    await until_by_hand(shop, _S.RETURNED)

    assert shop.on_phone(BUYERS_PHONE) == ALL
    assert shop.in_utility() == 0
    assert [payment.status for payment in await shop.payments()] == ([] if status is None else [status])
    assert await shop.ledger() == {}
    assert (await shop.seen(order["id"]))["status"] == "created"
    assert await shop.alerts() == []


async def test_the_second_of_two_payments_goes_back(shop: MpesaMarket) -> None:
    order = await shop.mpesa_order()
    account = await account_of(shop, order)
    shop.faults(validation_lost={"count": 9})

    await pay(shop, account)
    await pay(shop, account)
    await shop.until_order(order["id"], "funded")
    await until_by_hand(shop, _S.PLACED, _S.RETURNED)

    assert sorted(payment.status for payment in await shop.payments()) == ["confirmed", "double"]
    assert shop.on_phone(BUYERS_PHONE) == ALL - PRICE * 100
    assert await shop.ledger() == {LedgerAccount.UTILITY: 150_100, LedgerAccount.HELD: -150_100}


async def test_a_payment_for_an_order_that_was_called_off_goes_back(shop: MpesaMarket) -> None:
    order = await shop.mpesa_order()
    account = await account_of(shop, order)
    await shop.relay(shop.buyer, order["id"], "cancel")
    await shop.until_order(order["id"], "cancelled")
    assert (await pay(shop, account))["state"] == "failed"
    shop.faults(validation_lost={"count": 9})

    await pay(shop, account)
    await until_by_hand(shop, _S.RETURNED)

    assert [payment.status for payment in await shop.payments()] == [PaymentStatus.LATE]
    assert shop.on_phone(BUYERS_PHONE) == ALL
    assert (await shop.buyer.get(f"/api/orders/{order['id']}/paybill"))["accountNumber"] is None


async def test_by_hand_while_the_phone_rings_and_then_by_the_prompt_too_is_paid_once(shop: MpesaMarket) -> None:
    order = await shop.mpesa_order()
    account = await account_of(shop, order)
    await shop.prompt(order["id"])

    await pay(shop, account)
    await shop.type_pin()
    await shop.until_order(order["id"], "funded")
    await shop.rounds_in_a_hurry(3)

    await shop.until(lambda: _is_settled(shop))
    assert shop.on_phone(BUYERS_PHONE) == ALL - PRICE * 100
    assert sorted(payment.status for payment in await shop.payments()) == ["confirmed", "double"]


async def test_the_money_of_a_prompt_that_the_paybill_tells_of_too_counts_once(shop: MpesaMarket) -> None:
    order = await shop.paid_order()
    await shop.rounds_in_a_hurry(3)

    [payment] = await shop.payments()
    assert {one.status for one in await by_hand(shop)} <= {_S.PROMPTED}
    assert payment.receipt_number is not None
    assert await shop.ledger() == {LedgerAccount.UTILITY: 150_100, LedgerAccount.HELD: -150_100}
    assert (await shop.seen(order["id"]))["status"] == "funded"
    assert await shop.alerts() == []


async def test_a_prompts_lost_callback_is_made_up_for_by_what_the_paybill_tells(shop: MpesaMarket) -> None:
    shop.faults(callback_lost={"count": 1}, ack_lost={"count": 1})

    await shop.paid_order()

    [payment] = await shop.payments()
    assert payment.receipt_number is not None
    assert await shop.cases() == []


async def test_who_types_the_account_number_of_an_earlier_prompt_pays_the_order(shop: MpesaMarket) -> None:
    order = await shop.mpesa_order()
    asked = await shop.prompt(order["id"])
    shop.daraja.control("POST", f"/phones/{BUYERS_PHONE}/answer", {"cancel": True})
    await shop.until_payment("failed")

    await pay(shop, account_number_of(AccountFor.PROMPT, asked["paymentId"]))

    await shop.until_order(order["id"], "funded")
    assert await shop.ledger() == {LedgerAccount.UTILITY: 150_100, LedgerAccount.HELD: -150_100}


@pytest.mark.parametrize(
    "wording", ["payer_hashed", "payer_not_shown", "amount_as_text", "items_lower_case", "gzipped"]
)
async def test_a_confirmation_in_other_words_pays_the_order_too(shop: MpesaMarket, wording: str) -> None:
    order = await shop.mpesa_order()
    account = await account_of(shop, order)
    times: dict[str, object] = {"count": 20}
    shop.faults(**{wording: times})

    await pay(shop, account)

    await shop.until_order(order["id"], "funded")
    assert await shop.alerts() == []


async def test_a_confirmation_that_comes_twice_counts_once(shop: MpesaMarket) -> None:
    order = await shop.mpesa_order()
    account = await account_of(shop, order)
    shop.faults(confirmation_doubled={"count": 1})

    await pay(shop, account)
    await shop.until_order(order["id"], "funded")
    await shop.rounds_in_a_hurry(2)

    assert len(await by_hand(shop)) == len(await shop.payments()) == 1


async def test_a_made_up_confirmation_pays_nothing(shop: MpesaMarket) -> None:
    order = await shop.mpesa_order()
    body = _confirmation("UKP7654321", await account_of(shop, order), "1501.00")

    assert await _post(shop, body) == 200
    await until_by_hand(shop, _S.NOT_KNOWN)

    assert await shop.ledger() == {}
    assert await shop.payments() == []
    assert await shop.alerts() == [AlertKind.FORGED_CALLBACK]


async def test_the_receipt_of_a_payout_of_ours_pays_no_order(shop: MpesaMarket) -> None:
    await shop.delivered_order()
    await shop.until_payouts("paid")
    payout = next(one for one in shop.daraja.transactions() if one["kind"] == "b2c")
    order = await shop.mpesa_order()

    await _post(shop, _confirmation(payout["receipt"], await account_of(shop, order), "1501.00"))
    await shop.until(lambda: _is_held(shop))

    assert (await shop.seen(order["id"]))["status"] == "created"
    assert [case.kind for case in await shop.cases()] == [CaseKind.HAND_PAYMENT_HELD]


async def test_a_paid_prompts_receipt_told_with_another_orders_number_pays_nothing_more(shop: MpesaMarket) -> None:
    await shop.paid_order()
    [paid] = await shop.payments()
    order = await shop.mpesa_order()
    async with shop.sessions.begin() as session:
        await session.execute(update(HandPayment).values(receipt_number="elsewhere"))

    await _post(shop, _confirmation(paid.receipt_number or "", await account_of(shop, order), "1501.00"))
    await shop.rounds_in_a_hurry(2)

    assert (await shop.seen(order["id"]))["status"] == "created"
    assert await shop.ledger() == {LedgerAccount.UTILITY: 150_100, LedgerAccount.HELD: -150_100}


async def test_a_confirmation_that_cannot_be_read_is_a_case(shop: MpesaMarket) -> None:
    assert await _post(shop, b'{"TransID": {}}') == 200
    await shop.one_round()

    assert [case.kind for case in await shop.cases()] == [CaseKind.HAND_PAYMENT_HELD]


async def test_many_payments_by_hand_at_one_address_are_all_kept(shop: MpesaMarket) -> None:
    for number in range(30):
        assert await _post(shop, _confirmation(f"UKP{number:07}", "17", "10.00")) == 200
    await shop.one_round()

    assert len(await by_hand(shop)) == 30


async def test_a_refund_of_what_was_paid_by_hand_goes_back_by_reversal(shop: MpesaMarket) -> None:
    shop.daraja.a_phone(FRIENDS_PHONE, 5_000)
    held = shop.on_phone(FRIENDS_PHONE)
    order = await shop.mpesa_order()
    await pay(shop, await account_of(shop, order), phone=FRIENDS_PHONE)
    await shop.until_order(order["id"], "funded")

    await shop.take_step(shop.seller, order["id"], "refund")
    await shop.until_order(order["id"], "refunded")
    await until_by_hand(shop, _S.RETURNED)

    assert shop.on_phone(FRIENDS_PHONE) == held
    assert await shop.payouts() == []
    assert only_charges(await shop.ledger())


async def test_a_refund_goes_to_the_buyers_phone_where_it_shows_the_payers_digits(shop: MpesaMarket) -> None:
    order = await shop.mpesa_order()
    await shop.prompt(order["id"])
    shop.daraja.control("POST", f"/phones/{BUYERS_PHONE}/answer", {"cancel": True})
    await shop.until_payment("failed")
    await pay(shop, await account_of(shop, order))
    await shop.until_order(order["id"], "funded")

    await shop.take_step(shop.seller, order["id"], "refund")
    await shop.until_payouts("paid")

    assert [payout.phone for payout in await shop.payouts()] == [BUYERS_PHONE]
    assert shop.on_phone(BUYERS_PHONE) == ALL


@pytest.mark.parametrize(
    "fault", ["result_lost", "result_doubled", "result_before_ack", "queue_timeout_paid", "queue_timeout_unpaid"]
)
async def test_a_reversal_is_made_once_whatever_happens_to_its_result(shop: MpesaMarket, fault: str) -> None:
    times: dict[str, object] = {"count": 3}
    await pay_wrongly(shop)
    await shop.until(lambda: _is_returning(shop))
    shop.faults(**{fault: times})

    await until_by_hand(shop, _S.RETURNED)
    await shop.rounds_in_a_hurry(2)

    assert shop.on_phone(BUYERS_PHONE) == ALL
    assert await shop.ledger() == {}


async def pay_wrongly(shop: MpesaMarket) -> None:
    """Nobody knows what for."""
    shop.faults(validation_lost={"count": 1})
    await pay(shop, "17")


async def test_money_of_an_order_that_the_chain_does_not_have_yet_waits_for_it(shop: MpesaMarket) -> None:
    order_id = await shop.place_order(payment_mode="mpesa")
    shop.faults(validation_lost={"count": 1})
    assert (await shop.buyer.get(f"/api/orders/{order_id}/paybill"))["accountNumber"] is None

    await pay(shop, account_number_of(AccountFor.ORDER, order_id))

    await shop.until_order(order_id, "funded")


async def test_a_payment_by_hand_says_nothing_of_the_phone_to_others(shop: MpesaMarket) -> None:
    order = await shop.mpesa_order()

    with pytest.raises(ApiRefused) as refused:
        await shop.seller.get(f"/api/orders/{order['id'] + 1}/paybill")

    assert refused.value.code == "order_not_found"


async def test_addresses_are_registered_once_and_again_when_they_change(shop: MpesaMarket) -> None:
    settings = shop.payment_context.settings
    async with shop.sessions() as session:
        assert await paybill.is_offered(session, settings)
        moved = settings.model_copy(update={"callback_base_url": "http://127.0.0.1:9/callbacks"})
        assert not await paybill.is_offered(session, moved)


async def test_at_a_wrong_address_nobody_is_asked(shop: MpesaMarket) -> None:
    answer = await shop.door.knock(f"/callbacks/validation/0/{'0' * 32}", encode({}))

    assert answer.status == 404


@given(body=st.binary() | st.dictionaries(st.sampled_from(["TransID", "TransAmount", "MSISDN"]), st.text()).map(encode))
@settings(max_examples=200)
def test_no_body_makes_the_reader_fail(body: bytes) -> None:
    assert isinstance(parse_paybill(body), PaybillPosted | Unreadable)


def _confirmation(receipt: str, account: str, amount: str) -> bytes:
    return encode(
        {
            "TransactionType": "Pay Bill",
            "TransID": receipt,
            "TransTime": "20261130102115",
            "TransAmount": amount,
            "BillRefNumber": account,
            "MSISDN": "25471****678",
        }
    )


async def _post(shop: MpesaMarket, body: bytes) -> int:
    address = str(address_for(shop.payment_context.settings, CallbackKind.CONFIRMATION, paybill.OF_ALL))
    answer = await shop.door.knock(address.removeprefix(shop.door.url.removesuffix("/callbacks")), body)
    return answer.status


async def _is_settled(shop: MpesaMarket) -> bool:
    return shop.in_utility() == 150_100 and all(
        one.status in (_S.PLACED, _S.PROMPTED, _S.RETURNED) for one in await by_hand(shop)
    )


async def _is_held(shop: MpesaMarket) -> bool:
    await shop.hurry()
    return any(one.status is _S.HELD for one in await by_hand(shop))


async def _is_returning(shop: MpesaMarket) -> bool:
    return any(one.status is _S.RETURNING for one in await by_hand(shop))
