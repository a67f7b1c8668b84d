"""Whatever words M-Pesa finds for it, a payment is confirmed, and a stranger's is not."""

from typing import Any

import pytest
from msgspec.json import encode
from sqlalchemy import select

from descrow.app.demo.shop_client import ApiRefused
from descrow.incidents.models import AlertKind, CaseKind
from descrow.mpesa.results import StkFailure
from descrow.payments.mpesa.callback_urls import address_for
from descrow.payments.mpesa.ledger import LedgerAccount
from descrow.payments.mpesa.models import CallbackKind, PaymentStatus, StatusQuery
from tests.payments.shop import BUYERS_PHONE, MpesaMarket
from tests.waiting import eventually

PAID_IN_OTHER_WORDS = (
    "code_as_decimal",
    "code_as_text",
    "amount_as_text",
    "balance_as_text",
    "single_item",
    "items_lower_case",
    "byte_order_mark",
    "gzipped",
    "bad_byte",
    "payer_local",
    "payer_masked",
    "payer_hashed",
)


@pytest.mark.parametrize("wording", PAID_IN_OTHER_WORDS)
async def test_a_payment_told_in_other_words_is_confirmed_by_its_receipt_and_no_alert(
    shop: MpesaMarket, wording: str
) -> None:
    times: dict[str, object] = {"count": 9}
    shop.faults(**{wording: times})

    await shop.paid_order()

    [payment] = await shop.payments()
    assert payment.status is PaymentStatus.CONFIRMED
    assert payment.receipt_number is not None
    assert await shop.alerts() == []


async def test_a_payment_told_without_its_items_is_confirmed_by_asking(shop: MpesaMarket) -> None:
    shop.faults(items_missing={"count": 1})
    order = await shop.order_with_pin_typed()
    await eventually(lambda: _has_come(shop))

    await shop.rounds_in_a_hurry(3)

    await shop.until_order(order["id"], "funded")
    assert await shop.alerts() == []


async def test_where_the_payer_is_not_shown_the_prompt_must_be_paid_too(shop: MpesaMarket) -> None:
    shop.faults(payer_not_shown={"count": 9})
    order = await shop.order_with_pin_typed()
    await shop.until(lambda: _is_answered(shop))
    assert [payment.status for payment in await shop.payments()] == [PaymentStatus.PROMPTED]

    await shop.rounds_in_a_hurry(1)

    await shop.until_order(order["id"], "funded")
    [payment] = await shop.payments()
    assert payment.receipt_number is not None
    assert await shop.alerts() == []


async def test_a_strangers_receipt_without_its_payer_does_not_pay_a_prompt_that_was_cancelled(
    shop: MpesaMarket,
) -> None:
    """The receipt is real, and of the right amount; only the prompt says that it is not this payment's."""
    order, question = await _an_order_whose_receipt_is_asked_for(shop)
    shop.daraja.control("POST", f"/phones/{BUYERS_PHONE}/answer", {"cancel": True})

    await _answer(shop, question, "MARY A STRANGER")
    await shop.rounds_in_a_hurry(3)

    assert (await shop.seen(order["id"]))["status"] == "created"
    assert await shop.ledger() == {}


@pytest.mark.parametrize(
    "named",
    ["0722000000 - A STRANGER", "254722000000 - A STRANGER", "2547 ***** 000 - A STRANGER", "25472****678"],
)
async def test_a_strangers_payment_is_never_the_buyers_however_the_stranger_is_written(
    shop: MpesaMarket, named: str
) -> None:
    _, question = await _an_order_whose_receipt_is_asked_for(shop)

    await _answer(shop, question, named)
    await shop.one_round()

    assert [payment.status for payment in await shop.payments()] == [PaymentStatus.PROMPTED]
    assert await shop.ledger() == {}
    assert await shop.alerts() == [AlertKind.FORGED_CALLBACK]
    assert [case.kind for case in await shop.cases()] == [CaseKind.PAYMENT_UNKNOWN]


async def test_a_made_up_receipt_is_found_out_by_the_cores_own_code_too(shop: MpesaMarket) -> None:
    shop.faults(callback_forged={"count": 1}, not_known_2032={"count": 9})

    await shop.paid_order()
    await shop.until(lambda: _is_alerted(shop))

    assert await shop.ledger() == {LedgerAccount.UTILITY: 150_100, LedgerAccount.HELD: -150_100}


async def test_a_code_outside_the_table_ends_the_payment_once_the_query_says_the_same(shop: MpesaMarket) -> None:
    shop.faults(stk_code_unusual={"probability": 1})
    order = await shop.mpesa_order()
    await shop.prompt(order["id"])
    shop.daraja.control("POST", f"/phones/{BUYERS_PHONE}/answer", {"cancel": True})

    await eventually(lambda: _has_come(shop))
    await shop.rounds_in_a_hurry(3)

    [payment] = await shop.payments()
    assert payment.status is PaymentStatus.FAILED
    assert payment.failure in set(StkFailure)


async def test_a_code_in_no_list_ends_the_payment_and_money_that_comes_all_the_same_is_found(
    shop: MpesaMarket,
) -> None:
    order = await shop.mpesa_order()
    asked = await shop.prompt(order["id"])
    path = _path(shop, CallbackKind.STK, asked["paymentId"])
    callback = {"CheckoutRequestID": asked["checkoutRequestId"], "ResultCode": "2100.0", "ResultDesc": "?"}

    await shop.door.knock(path, encode({"Body": {"stkCallback": callback}}))
    await shop.one_round()
    with pytest.raises(ApiRefused) as refused:
        await shop.prompt(order["id"])
    assert refused.value.code == "payment_under_way"
    await shop.type_pin()
    await shop.rounds_in_a_hurry(3)

    await shop.until_order(order["id"], "funded")


async def test_a_payouts_result_under_safaricoms_own_id_is_no_forgery(shop: MpesaMarket) -> None:
    shop.faults(own_originator={"probability": 1}, b2c_ack_lost={"count": 1})

    await shop.delivered_order()
    await shop.rounds_in_a_hurry(2)
    await shop.until_payouts("paid")

    assert await shop.alerts() == []


async def _an_order_whose_receipt_is_asked_for(shop: MpesaMarket) -> tuple[dict[str, Any], int]:
    """The phone still shows the prompt; a callback has named a receipt, which M-Pesa is to be asked about."""
    order = await shop.mpesa_order()
    asked = await shop.prompt(order["id"])
    items = [{"Name": "MpesaReceiptNumber", "Value": "QWE123RT45"}, {"Name": "Amount", "Value": 1501}]
    callback = {
        "CheckoutRequestID": asked["checkoutRequestId"],
        "ResultCode": 0,
        "CallbackMetadata": {"Item": items},
    }
    await shop.door.knock(
        _path(shop, CallbackKind.STK, asked["paymentId"]), encode({"Body": {"stkCallback": callback}})
    )
    shop.door.is_shut = True  # M-Pesa's own answer, that it knows no such receipt, stays outside
    await shop.one_round()
    async with shop.sessions() as session:
        return order, (await session.scalars(select(StatusQuery.id))).one()


async def _answer(shop: MpesaMarket, question: int, payer: str) -> None:
    """Transaction Status says that the receipt is paid, and by whom."""
    named = {"DebitPartyName": payer, "CreditPartyName": "174379 - DESCROW", "ReceiptNo": "QWE123RT45"}
    answer = named | {"TransactionStatus": "Completed", "Amount": "1,501.00"}
    result = {
        "ResultCode": 0,
        "ConversationID": "AG_1",
        "ResultParameters": {"ResultParameter": [{"Key": key, "Value": value} for key, value in answer.items()]},
    }
    await shop.door.knock(_path(shop, CallbackKind.TRANSACTION, question), encode({"Result": result}))
    await shop.one_round()


def _path(shop: MpesaMarket, kind: CallbackKind, about_id: int) -> str:
    address = str(address_for(shop.payment_context.settings, kind, about_id))
    return address.removeprefix(shop.door.url.removesuffix("/callbacks"))


async def _has_come(shop: MpesaMarket) -> bool:
    return any("/stk/" in path for path, _ in shop.door.came)


async def _is_answered(shop: MpesaMarket) -> bool:
    async with shop.sessions() as session:
        return any(query.answer is not None for query in await session.scalars(select(StatusQuery)))


async def _is_alerted(shop: MpesaMarket) -> bool:
    return AlertKind.FORGED_CALLBACK in await shop.alerts()
