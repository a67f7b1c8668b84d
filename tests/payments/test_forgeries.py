"""Posts that are not Daraja's, or not about what they say: they change nothing, and are an alert."""

import json
from typing import Any

import pytest
from sqlalchemy import func, select

from descrow.incidents.models import AlertKind
from descrow.payments.mpesa.callback_urls import address_for
from descrow.payments.mpesa.ledger import LedgerAccount
from descrow.payments.mpesa.models import CallbackKind, DarajaCallback, PaymentStatus
from tests.payments.shop import MpesaMarket


def paid(checkout_request_id: str, *, receipt: str = "QWE123RT45", shillings: float = 1501) -> dict[str, Any]:
    """A callback that tells of a payment, as Daraja would write it."""
    items = [
        {"Name": "Amount", "Value": shillings},
        {"Name": "MpesaReceiptNumber", "Value": receipt},
        {"Name": "Balance"},
        {"Name": "TransactionDate", "Value": 20261124102115},
        {"Name": "PhoneNumber", "Value": 254712345678},
    ]
    return {
        "Body": {
            "stkCallback": {
                "MerchantRequestID": "29115-34620561-1",
                "CheckoutRequestID": checkout_request_id,
                "ResultCode": 0,
                "ResultDesc": "The service request is processed successfully.",
                "CallbackMetadata": {"Item": items},
            }
        }
    }


async def post(shop: MpesaMarket, payment_id: int, body: object, *, code: str | None = None) -> int:
    """Post to the payment's own address, or with a wrong code."""
    path = str(address_for(shop.payment_context.settings, CallbackKind.STK, payment_id)).removeprefix(
        shop.door.url.removesuffix("/callbacks")
    )
    if code is not None:
        path = path.rpartition("/")[0] + "/" + code
    answer = await shop.door.knock(path, body if isinstance(body, bytes) else json.dumps(body).encode())
    return answer.status


async def test_a_post_to_a_wrong_address_is_not_there_and_changes_nothing(shop: MpesaMarket) -> None:
    order = await shop.mpesa_order()
    asked = await shop.prompt(order["id"])

    status = await post(shop, asked["paymentId"], paid(asked["checkoutRequestId"]), code="0" * 32)
    await shop.one_round()

    assert status == 404
    assert [payment.status for payment in await shop.payments()] == [PaymentStatus.PROMPTED]
    assert await shop.alerts() == [AlertKind.FORGED_CALLBACK]


@pytest.mark.parametrize("kind", ["nothing", "stk", "payout"])
async def test_addresses_of_no_kind_and_no_number_are_not_there_either(shop: MpesaMarket, kind: str) -> None:
    answer = await shop.door.knock(f"/callbacks/{kind}/9999999999999999999999/abc", b"{}")

    assert answer.status == 404


async def test_a_made_up_receipt_changes_nothing_even_at_the_right_address(shop: MpesaMarket) -> None:
    order = await shop.mpesa_order()
    asked = await shop.prompt(order["id"])

    await post(shop, asked["paymentId"], paid(asked["checkoutRequestId"]))
    await shop.until(lambda: _is_alerted(shop))

    assert [payment.status for payment in await shop.payments()] == [PaymentStatus.PROMPTED]
    assert await shop.ledger() == {}

    await shop.type_pin()  # and the buyer can still pay
    await shop.until_order(order["id"], "funded")


async def test_an_unknown_id_changes_nothing(shop: MpesaMarket) -> None:
    order = await shop.mpesa_order()
    asked = await shop.prompt(order["id"])

    await post(shop, asked["paymentId"], paid("ws_CO_241120261021151234712345678"))
    await shop.one_round()

    assert [payment.status for payment in await shop.payments()] == [PaymentStatus.PROMPTED]
    assert await shop.alerts() == [AlertKind.FORGED_CALLBACK]


async def test_a_wrong_amount_is_an_alert_and_what_m_pesa_itself_says_counts(shop: MpesaMarket) -> None:
    shop.faults(callback_wrong_amount={"count": 1})

    await shop.paid_order()

    [payment] = await shop.payments()
    assert (payment.status, payment.received_cents) == (PaymentStatus.CONFIRMED, 150_100)
    assert await shop.alerts() == [AlertKind.FORGED_CALLBACK]


async def test_a_forgery_before_the_callback_does_not_keep_the_money_out(shop: MpesaMarket) -> None:
    shop.faults(callback_forged={"count": 1})

    await shop.paid_order()
    await shop.until(lambda: _is_alerted(shop))

    assert await shop.ledger() == {LedgerAccount.UTILITY: 150_100, LedgerAccount.HELD: -150_100}


async def test_another_orders_receipt_pays_nothing(shop: MpesaMarket) -> None:
    await shop.paid_order()
    [first] = await shop.payments()
    order = await shop.mpesa_order()
    asked = await shop.prompt(order["id"])

    await post(shop, asked["paymentId"], paid(asked["checkoutRequestId"], receipt=first.receipt_number or ""))
    await shop.one_round()

    assert (await shop.payments())[-1].status is PaymentStatus.PROMPTED
    assert await shop.alerts() == [AlertKind.FORGED_CALLBACK]


async def test_the_callback_of_another_order_replayed_here_pays_nothing(shop: MpesaMarket) -> None:
    await shop.paid_order()
    replayed = next(body for path, body in shop.door.came if "/stk/" in path)
    order = await shop.mpesa_order()
    asked = await shop.prompt(order["id"])

    await post(shop, asked["paymentId"], replayed)
    await shop.one_round()

    assert (await shop.payments())[-1].status is PaymentStatus.PROMPTED
    assert await shop.alerts() == [AlertKind.FORGED_CALLBACK]


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"Body": {}}', b"\xff\x00", b'{"a":' * 5000])
async def test_what_cannot_be_read_is_kept_and_answered_and_changes_nothing(shop: MpesaMarket, body: bytes) -> None:
    order = await shop.mpesa_order()
    asked = await shop.prompt(order["id"])

    assert await post(shop, asked["paymentId"], body) == 200
    await shop.one_round()

    assert [payment.status for payment in await shop.payments()] == [PaymentStatus.PROMPTED]
    assert await shop.alerts() == [AlertKind.FORGED_CALLBACK]


async def test_a_sender_that_the_operator_did_not_name_is_an_alert(shop: MpesaMarket) -> None:
    shop.payment_context.settings.callback_senders = "196.201.214.200, 196.201.214.206"

    order = await shop.paid_order()

    assert order["status"] == "funded"
    assert await shop.alerts() == [AlertKind.FORGED_CALLBACK]


async def test_more_than_anybody_would_post_is_not_kept(shop: MpesaMarket) -> None:
    order = await shop.mpesa_order()
    asked = await shop.prompt(order["id"])

    assert await post(shop, asked["paymentId"], b" " * 20_000) == 200
    for _ in range(30):
        assert await post(shop, asked["paymentId"], b"{}") == 200

    async with shop.sessions() as session:
        assert (await session.scalar(select(func.count()).select_from(DarajaCallback)) or 0) <= 20


async def _is_alerted(shop: MpesaMarket) -> bool:
    return AlertKind.FORGED_CALLBACK in await shop.alerts()
