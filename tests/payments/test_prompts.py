"""Check what becomes of a prompt, whatever is lost on the way."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from msgspec.json import encode
from sqlalchemy import select, update

from descrow.app.demo.shop_client import ApiRefused
from descrow.chain.keys import Keypair
from descrow.incidents.models import CaseKind
from descrow.kernel.db import utc_now
from descrow.kernel.money import KesCents
from descrow.kernel.retry.policies import policies
from descrow.mpesa.client import Daraja
from descrow.mpesa.outcomes import Refusal
from descrow.mpesa.outcomes import Refused as Refusal_
from descrow.mpesa.results import StkFailure
from descrow.payments.mpesa import prompts, status_queries
from descrow.payments.mpesa.callback_urls import address_for
from descrow.payments.mpesa.ledger import LedgerAccount
from descrow.payments.mpesa.models import CallbackKind, DarajaCallback, Payment, PaymentStatus, StatusQuery
from tests.payments.shop import BUYERS_PHONE, PIN, MpesaMarket
from tests.waiting import eventually


async def test_a_phone_that_is_named_with_the_order_is_asked_as_soon_as_the_contract_has_it(shop: MpesaMarket) -> None:
    order = await shop.mpesa_order(phoneNumber="+254 712 345 678")

    await shop.until_payment("prompted")
    await shop.type_pin()

    await shop.until_order(order["id"], "funded")


async def test_a_lost_callback_is_made_up_for_by_asking(shop: MpesaMarket) -> None:
    shop.faults(callback_lost={"count": 1})
    order = await shop.order_with_pin_typed()

    await shop.rounds_in_a_hurry(2)  # the first answer has no receipt, which is waited for a while

    await shop.until_order(order["id"], "funded")
    [payment] = await shop.payments()
    assert (payment.status, payment.receipt_number) == (PaymentStatus.CONFIRMED, None)
    assert await shop.ledger() == {LedgerAccount.UTILITY: 150_100, LedgerAccount.HELD: -150_100}


async def test_a_lost_answer_to_the_prompt_is_made_up_for_by_the_callback(shop: MpesaMarket) -> None:
    shop.faults(ack_lost={"count": 1})
    order = await shop.mpesa_order()

    asked = await shop.prompt(order["id"])
    assert (asked["status"], asked["paymentStatus"], asked["checkoutRequestId"]) == ("pending", "unknown", None)
    await shop.type_pin()

    await shop.until_order(order["id"], "funded")


async def test_with_answer_and_callback_lost_the_payment_ends_in_a_case(shop: MpesaMarket) -> None:
    shop.faults(ack_lost={"count": 1}, callback_lost={"count": 1})
    order = await shop.order_with_pin_typed()
    await _as_if_sent_long_ago(shop)

    await shop.until_payment("failed")

    [case] = await shop.cases()
    assert (case.kind, case.order_id) == (CaseKind.PAYMENT_UNKNOWN, order["id"])


async def test_a_callback_before_the_answer_ends_the_payment_once(shop: MpesaMarket) -> None:
    shop.faults(callback_before_ack={"count": 1, "delay_s": 3})
    shop.daraja.control("PUT", "/auto-answer", {"pay": 1})
    order = await shop.mpesa_order()

    asked = await shop.prompt(order["id"])

    await shop.until_order(order["id"], "funded")
    assert (await shop.payments())[0].checkout_request_id == asked["checkoutRequestId"] is not None


async def test_a_callback_that_comes_twice_counts_once(shop: MpesaMarket) -> None:
    shop.faults(callback_doubled={"count": 1})

    await shop.paid_order()
    await shop.until(lambda: _has_come(shop, 2))
    await shop.one_round()

    assert await shop.ledger() == {LedgerAccount.UTILITY: 150_100, LedgerAccount.HELD: -150_100}


@pytest.mark.parametrize(
    ("answer", "failure", "status"),
    [
        ({"cancel": True}, StkFailure.CANCELLED_BY_USER, "cancelled"),
        ({"pin": "0000"}, StkFailure.WRONG_PIN, "failed"),
    ],
)
async def test_a_payment_that_failed_says_why_and_may_be_tried_again(
    shop: MpesaMarket, answer: dict[str, object], failure: StkFailure, status: str
) -> None:
    order = await shop.mpesa_order()
    asked = await shop.prompt(order["id"])
    await asyncio.to_thread(shop.daraja.control, "POST", f"/phones/{BUYERS_PHONE}/answer", answer)
    await shop.until_payment("failed")

    seen = await shop.buyer.get(f"/api/mpesa/stk-status/{asked['checkoutRequestId']}")
    assert (seen["status"], seen["failure"], seen["canRetry"]) == (status, failure, True)
    assert seen["message"]

    await shop.prompt(order["id"])
    await shop.type_pin(pin=PIN)
    await shop.until_order(order["id"], "funded")


async def test_a_second_prompt_is_refused_while_one_is_on_the_phone(shop: MpesaMarket) -> None:
    order = await shop.mpesa_order()
    await shop.prompt(order["id"])

    with pytest.raises(ApiRefused) as refused:
        await shop.prompt(order["id"])

    assert refused.value.code == "payment_under_way"
    assert len(await shop.payments()) == 1


async def test_a_phone_is_asked_for_one_order_at_a_time_whoever_asks(shop: MpesaMarket) -> None:
    first, second = await shop.mpesa_order(), await shop.mpesa_order()
    await shop.prompt(first["id"])

    with pytest.raises(ApiRefused) as refused:
        await shop.prompt(second["id"])

    assert refused.value.code == "phone_is_busy"


async def test_a_phone_is_asked_a_few_times_an_hour(shop: MpesaMarket) -> None:
    order = await shop.mpesa_order()
    async with shop.sessions.begin() as session:
        for _ in range(shop.payment_context.settings.prompts_an_hour):
            earlier = {"order_id": order["id"], "buyer_id": 1, "phone": BUYERS_PHONE, "amount_shillings": 1501}
            session.add(Payment(**earlier, status=PaymentStatus.FAILED))

    with pytest.raises(ApiRefused) as refused:
        await shop.prompt(order["id"])

    assert refused.value.code == "try_again_later"
    assert 3500 < refused.value.problem["about"]["wait_s"] <= 3601


async def test_nobody_pays_what_the_contract_would_not_let_be_recorded(shop: MpesaMarket) -> None:
    order = await shop.mpesa_order()
    await shop.contract.send(Keypair.from_uri("//Owner"), "set_oracle_caps", 150_099, 10**9)

    with pytest.raises(ApiRefused) as refused:
        await shop.prompt(order["id"])

    assert refused.value.code == "oracle_is_at_its_limit"
    assert await shop.payments() == []


async def test_a_prompt_that_waited_too_long_for_the_chain_rings_nobodys_phone(shop: MpesaMarket) -> None:
    product = await shop.product()
    wanted = {
        "productId": product["id"],
        "paymentMode": "mpesa",
        "deliveryAddress": "Home",
        "phoneNumber": "0712345678",
    }
    await shop.buyer.post("/api/orders", wanted)
    async with shop.sessions.begin() as session:
        await session.execute(update(Payment).values(created_at=utc_now() - prompts.MAY_WAIT_FOR_CHAIN))

    await shop.until_payment("failed")

    assert shop.daraja.transactions() == []


async def test_a_receipt_that_m_pesa_is_not_done_with_is_asked_for_again(shop: MpesaMarket) -> None:
    order, status_query = await _an_order_whose_receipt_is_asked_for(shop)
    await _post_status(shop, status_query.id, "Processing")
    await shop.one_round()
    assert (await _status_queries(shop))[0].answered_at is None

    shop.door.is_shut = False
    await shop.hurry()

    await shop.until_order(order["id"], "funded")


async def test_a_payment_that_transaction_status_never_tells_of_is_confirmed_by_the_query(
    shop: MpesaMarket, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refused(*_: object) -> Refusal_:
        return Refusal_(Refusal.MISCONFIGURED, "21", "no such role")

    monkeypatch.setattr(Daraja, "ask_transaction", refused)
    order = await shop.order_with_pin_typed()
    await shop.until(lambda: _is_asked(shop))
    async with shop.sessions.begin() as session:
        await session.execute(update(Payment).values(sent_at=utc_now() - prompts.RECEIPT_IS_ASKED_FOR))

    await shop.rounds_in_a_hurry(2)

    await shop.until_order(order["id"], "funded")


async def test_two_prompts_at_once_are_one(shop: MpesaMarket) -> None:
    order = await shop.mpesa_order()

    answers = await asyncio.gather(*(shop.prompt(order["id"]) for _ in range(4)), return_exceptions=True)

    assert sum(isinstance(answer, dict) for answer in answers) == 1
    assert len(await shop.payments()) == 1


async def test_a_paid_order_is_not_paid_again(shop: MpesaMarket) -> None:
    order = await shop.paid_order()

    with pytest.raises(ApiRefused) as refused:
        await shop.prompt(order["id"])

    assert refused.value.code == "not_payable_now"


async def test_daraja_saying_no_at_once_ends_the_attempt_and_nothing_was_begun(shop: MpesaMarket) -> None:
    order = await shop.mpesa_order()
    shop.faults(spike_arrest={"count": 1})

    await shop.prompt(order["id"])  # the client asks again after a 503

    payments = await shop.payments()
    assert [payment.status for payment in payments] == [PaymentStatus.FAILED, PaymentStatus.PROMPTED]
    assert payments[0].failure == Refusal.OVERLOADED


async def test_money_that_comes_after_the_order_was_called_off_goes_back(shop: MpesaMarket) -> None:
    order = await shop.mpesa_order()
    await shop.prompt(order["id"])
    await shop.relay(shop.buyer, order["id"], "cancel")
    await shop.until_order(order["id"], "cancelled")

    await shop.type_pin()
    await shop.until_payouts("paid")

    assert [payment.status for payment in await shop.payments()] == [PaymentStatus.LATE]
    assert shop.on_phone(BUYERS_PHONE) == 100_000_00
    assert await shop.ledger() == _only_charges(await shop.ledger())


async def test_a_payment_that_is_called_off_before_the_chain_has_it_goes_back(shop: MpesaMarket) -> None:
    order = await shop.mpesa_order()
    await shop.prompt(order["id"])
    await shop.take_step(shop.buyer, order["id"], "cancel")  # by the buyer's own wallet, while the phone rings
    await shop.type_pin()

    await shop.until_payouts("paid")

    assert shop.on_phone(BUYERS_PHONE) == 100_000_00


async def test_a_payment_taken_for_failed_that_came_all_the_same_is_found_out(shop: MpesaMarket) -> None:
    order = await _an_order_taken_for_unpaid(shop)

    await shop.rounds_in_a_hurry(2)  # it is asked for a few times more

    await shop.until_order(order["id"], "funded")


async def test_looks_that_nobody_answers_do_not_use_up_those_that_find_it_out(shop: MpesaMarket) -> None:
    order = await _an_order_taken_for_unpaid(shop)

    more_than_there_are = len(policies().failed_payments.delays_s) + 2
    shop.faults(query_500={"count": more_than_there_are})
    await shop.rounds_in_a_hurry(more_than_there_are + 1)

    await shop.until_order(order["id"], "funded")


async def test_a_failed_payment_that_nobody_answers_for_is_asked_about_for_a_day(shop: MpesaMarket) -> None:
    await _an_order_taken_for_unpaid(shop)
    shop.faults(query_500={"count": 50})
    async with shop.sessions.begin() as session:
        await session.execute(update(Payment).values(sent_at=utc_now() - prompts.ASKED_IN_VAIN_FOR))

    await shop.hurry()
    await shop.one_round()

    assert (await shop.payments())[-1].next_attempt_at is None


async def test_the_second_of_two_payments_goes_back(shop: MpesaMarket) -> None:
    order = await _an_order_taken_for_unpaid(shop)
    await shop.prompt(order["id"])  # the buyer believes us, and pays again
    await shop.type_pin()
    await shop.until_order(order["id"], "funded")

    await shop.rounds_in_a_hurry(2)
    await shop.until_payouts("paid")

    assert [payment.status for payment in await shop.payments()] == [PaymentStatus.DOUBLE, PaymentStatus.CONFIRMED]
    assert shop.on_phone(BUYERS_PHONE) == 100_000_00 - 1501_00


async def test_a_prompt_that_was_never_answered_for_is_not_sent_again(shop: MpesaMarket) -> None:
    order = await shop.mpesa_order()
    asked = await shop.prompt(order["id"])

    assert await prompts.send_prompt(shop.payment_context, asked["paymentId"]) is None


async def test_nobody_is_asked_again_while_the_answer_lies_unread(shop: MpesaMarket) -> None:
    _, status_query = await _an_order_whose_receipt_is_asked_for(shop)
    async with shop.sessions.begin() as session:
        session.add(DarajaCallback(kind=CallbackKind.TRANSACTION, about_id=status_query.id, body=b"{}"))
    await shop.hurry()

    await status_queries.ask_what_is_due(shop.payment_context)
    unread = (await _status_queries(shop))[0].attempt_count
    async with shop.sessions.begin() as session:
        await session.execute(update(DarajaCallback).values(attempt_count=1))  # it cannot be read
    await status_queries.ask_what_is_due(shop.payment_context)

    assert unread == status_query.attempt_count
    assert (await _status_queries(shop))[0].attempt_count == status_query.attempt_count + 1


async def _an_order_taken_for_unpaid(shop: MpesaMarket) -> dict[str, Any]:
    """The money came, its callback was lost, and M-Pesa says twice that the payment failed."""
    shop.faults(callback_lost={"count": 1}, query_wrong_final={"count": 2})
    order = await shop.order_with_pin_typed()
    await shop.rounds_in_a_hurry(2)
    assert (await shop.payments())[-1].status is PaymentStatus.FAILED
    return order


async def _an_order_whose_receipt_is_asked_for(shop: MpesaMarket) -> tuple[dict[str, Any], StatusQuery]:
    """Paid, and its callback came; M-Pesa's answers to our questions stay outside from now on."""
    order = await shop.order_with_pin_typed()
    await eventually(lambda: _has_come(shop, 1))
    shop.door.is_shut = True
    await shop.until(lambda: _is_asked(shop))
    [status_query] = await _status_queries(shop)
    return order, status_query


async def _status_queries(shop: MpesaMarket) -> list[StatusQuery]:
    async with shop.sessions() as session:
        return list(await session.scalars(select(StatusQuery).order_by(StatusQuery.id)))


async def _is_asked(shop: MpesaMarket) -> bool:
    return any(status_query.attempt_count > 0 for status_query in await _status_queries(shop))


async def _post_status(shop: MpesaMarket, status_query_id: int, status: str) -> None:
    """Transaction Status answers, through its own address."""
    address = str(address_for(shop.payment_context.settings, CallbackKind.TRANSACTION, status_query_id))
    parameters = [{"Key": "TransactionStatus", "Value": status}, {"Key": "Amount", "Value": "1501.00"}]
    result = {
        "ResultCode": 0,
        "ResultDesc": "",
        "ConversationID": "AG_1",
        "ResultParameters": {"ResultParameter": parameters},
    }
    await shop.door.knock(address.removeprefix(shop.door.url.removesuffix("/callbacks")), encode({"Result": result}))


async def _as_if_sent_long_ago(shop: MpesaMarket) -> None:
    async with shop.sessions.begin() as session:
        long_ago = utc_now() - prompts.GIVE_UP_UNANSWERED - timedelta(seconds=1)
        await session.execute(update(Payment).values(sent_at=long_ago, next_attempt_at=utc_now()))


async def _has_come(shop: MpesaMarket, posts: int) -> bool:
    return len([path for path, _ in shop.door.came if "/stk/" in path]) >= posts


def _only_charges(ledger: dict[LedgerAccount, KesCents]) -> dict[LedgerAccount, KesCents]:
    """Nothing is held and nothing owed: all that may be left is what the payout cost."""
    return {a: c for a, c in ledger.items() if a in (LedgerAccount.MPESA_CHARGES, LedgerAccount.CHARGES_PAID)}
