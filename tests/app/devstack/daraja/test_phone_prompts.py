"""STK push, its callback and its query."""

import re

import httpx
import pytest

from tests.app.devstack.daraja.conftest import StartDaraja
from tests.app.devstack.daraja.merchant import PAYER, SHILLING, Daraja, Json, nairobi_now

STRANGER = "254799999999"


def callback_of(daraja: Daraja) -> Json:
    callback: Json = daraja.inbox.wait("/stk")[0]["Body"]["stkCallback"]
    return callback


def test_a_push_is_accepted_with_the_ids_of_its_moment_and_payer(daraja: Daraja) -> None:
    before = nairobi_now()
    answer = daraja.push()

    assert answer.status_code == 200
    body = answer.json()
    assert body == {
        "MerchantRequestID": body["MerchantRequestID"],
        "CheckoutRequestID": body["CheckoutRequestID"],
        "ResponseCode": "0",
        "ResponseDescription": "Success. Request accepted for processing",
        "CustomerMessage": "Success. Request accepted for processing",
    }
    assert re.fullmatch(r"[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{16}", body["MerchantRequestID"])
    assert re.fullmatch(rf"ws_CO_{before:%d%m%Y%H}\d{{4}}\d{{3}}712345678", body["CheckoutRequestID"])


def test_a_right_pin_moves_the_money_and_is_called_back_like_safaricom_does(daraja: Daraja) -> None:
    accepted = daraja.push(Amount=100).json()

    decided = daraja.answer(pin="1234")

    body = daraja.inbox.wait("/stk")[0]
    items = body["Body"]["stkCallback"]["CallbackMetadata"]["Item"]
    date = items[3]["Value"]
    assert body == {
        "Body": {
            "stkCallback": {
                "MerchantRequestID": accepted["MerchantRequestID"],
                "CheckoutRequestID": accepted["CheckoutRequestID"],
                "ResultCode": 0,
                "ResultDesc": "The service request is processed successfully.",
                "CallbackMetadata": {
                    "Item": [
                        {"Name": "Amount", "Value": 100.00},
                        {"Name": "MpesaReceiptNumber", "Value": decided["receipt"]},
                        {"Name": "Balance"},
                        {"Name": "TransactionDate", "Value": date},
                        {"Name": "PhoneNumber", "Value": 254712345678},
                    ]
                },
            }
        }
    }
    assert isinstance(items[0]["Value"], float)
    assert isinstance(date, int)
    assert str(date).startswith(f"{nairobi_now():%Y%m%d}")
    assert re.fullmatch(r"[A-Z][A-L][0-9A-V][0-9A-Z]{7}", decided["receipt"])
    assert daraja.balance("wallet", PAYER) == 900 * SHILLING
    assert daraja.balance("utility") == 100 * SHILLING


def test_a_callback_carries_the_observed_headers(daraja: Daraja) -> None:
    daraja.paid_push()
    daraja.inbox.wait("/stk")

    headers = daraja.inbox.received[0][1]
    assert headers["Content-Type"] == "application/json;charset=UTF-8"
    assert headers["Businessshortcode"] == "174379"


def test_an_amount_has_two_digits_behind_the_point_on_the_wire(daraja: Daraja) -> None:
    request_id, _ = daraja.paid_push(Amount="1")
    daraja.inbox.wait("/stk")

    (sent,) = daraja.transaction(request_id)["callbacks"]
    assert '{"Name":"Amount","Value":1.00}' in sent["body"]


@pytest.mark.parametrize(
    ("answer", "code", "description"),
    [
        ({"cancel": True}, 1032, "Request cancelled by user"),
        ({"pin": "9999"}, 2001, "The initiator information is invalid."),
    ],
)
def test_a_failure_has_no_metadata_and_moves_nothing(daraja: Daraja, answer: Json, code: int, description: str) -> None:
    accepted = daraja.push().json()

    daraja.answer(**answer)

    assert callback_of(daraja) == {
        "MerchantRequestID": accepted["MerchantRequestID"],
        "CheckoutRequestID": accepted["CheckoutRequestID"],
        "ResultCode": code,
        "ResultDesc": description,
    }
    assert daraja.balance("wallet", PAYER) == 1000 * SHILLING
    assert {entry["reason"] for entry in daraja.control("GET", "/books/entries")} == {"opening balance"}


def test_a_wallet_that_is_short_gives_code_1(daraja: Daraja) -> None:
    daraja.push(Amount=1001)
    daraja.answer()

    assert callback_of(daraja)["ResultCode"] == 1
    assert daraja.balance("wallet", PAYER) == 1000 * SHILLING


def test_a_prompt_that_nobody_answers_times_out_with_two_wordings(start_daraja: StartDaraja) -> None:
    daraja = start_daraja(prompt_timeout_s=0.2)
    daraja.a_phone()

    request_id = daraja.push().json()["CheckoutRequestID"]

    callback = callback_of(daraja)
    assert (callback["ResultCode"], callback["ResultDesc"]) == (1037, "No response from user.")
    queried = daraja.query(request_id).json()
    assert (queried["ResultCode"], queried["ResultDesc"]) == ("1037", "DS timeout user cannot be reached.")
    assert daraja.phone()["prompt"] is None


def test_a_number_without_a_phone_never_answers(start_daraja: StartDaraja) -> None:
    daraja = start_daraja(prompt_timeout_s=0.1)

    daraja.push(PartyA=STRANGER)

    assert callback_of(daraja)["ResultCode"] == 1037


def test_three_wrong_pins_lock_and_the_operator_unlocks(daraja: Daraja) -> None:
    for _ in range(3):
        daraja.push()
        daraja.answer(pin="0000")
    daraja.push()
    assert daraja.answer(pin="1234")["result_code"] == "8006"

    daraja.control("POST", f"/phones/{PAYER}/unlock")

    daraja.push()
    assert daraja.answer(pin="1234")["result_code"] == "0"


def test_a_right_pin_forgives_the_wrong_ones_before_it(daraja: Daraja) -> None:
    for pin in ("0000", "0000", "1234", "0000", "0000"):
        daraja.push()
        daraja.answer(pin=pin)

    daraja.push()
    assert daraja.answer(pin="1234")["result_code"] == "0"


@pytest.mark.parametrize(("amount", "code"), [(0, 2), (250_001, 3)])
def test_an_amount_beyond_the_limits_is_accepted_and_fails_by_callback(daraja: Daraja, amount: int, code: int) -> None:
    assert daraja.push(Amount=amount).json()["ResponseCode"] == "0"
    assert daraja.phone()["prompt"] is None

    assert callback_of(daraja)["ResultCode"] == code


def test_no_more_than_the_daily_limit_is_paid(start_daraja: StartDaraja) -> None:
    daraja = start_daraja(daily_limit_kes=300)
    daraja.a_phone()

    outcomes = [daraja.paid_push(Amount=amount)[1]["result_code"] for amount in (200, 101, 100, 1)]

    assert outcomes == ["0", "4", "0", "4"]
    assert daraja.balance("wallet", PAYER) == 700 * SHILLING


def test_the_same_payment_again_is_refused_within_the_window(start_daraja: StartDaraja) -> None:
    daraja = start_daraja(repeat_window_s=120)
    daraja.a_phone()
    daraja.paid_push(Amount=100)

    again = daraja.push(Amount=100).json()["CheckoutRequestID"]
    daraja.inbox.wait("/stk", 2)
    _, other_amount = daraja.paid_push(Amount=101)

    assert daraja.query(again).json()["ResultCode"] == "17"
    assert other_amount["result_code"] == "0"


@pytest.mark.parametrize(
    "changed", [{"TransactionType": "CustomerBuyGoodsOnline"}, {"PartyB": "600000"}], ids=["buy goods", "other payee"]
)
def test_a_pairing_that_the_shortcode_does_not_allow_fails_by_callback(daraja: Daraja, changed: Json) -> None:
    daraja.push(**changed)

    assert callback_of(daraja)["ResultCode"] == 2028


def test_a_prompt_too_long_for_the_phone_cannot_be_sent(daraja: Daraja) -> None:
    daraja.push(AccountReference="A" * 150)

    assert callback_of(daraja)["ResultCode"] == 1025


def test_a_second_push_to_a_phone_with_a_prompt_is_refused(daraja: Daraja) -> None:
    daraja.push()

    second = daraja.push()

    assert (second.status_code, second.json()["errorCode"]) == (500, "500.001.1001")
    assert second.json()["errorMessage"].startswith("Unable to lock subscriber")
    assert len(daraja.transactions()) == 1


@pytest.mark.parametrize(
    ("changed", "label"),
    [
        ({"PhoneNumber": "0712345678"}, "PhoneNumber"),
        ({"PhoneNumber": "254201234567"}, "PhoneNumber"),
        ({"PartyA": "+254712345678"}, "PartyA"),
        ({"Amount": "1.50"}, "Amount"),
        ({"Amount": -1}, "Amount"),
        ({"Amount": True}, "Amount"),
        ({"Timestamp": "20261399999999"}, "Timestamp"),
        ({"CallBackURL": "https://example.com/<id>"}, "CallBackURL"),
        ({"CallBackURL": "https://example.com/callback"}, "CallBackURL"),
        ({"CallBackURL": "http://127.0.0.1.example.com/"}, "CallBackURL"),
        ({"CallBackURL": "file:///etc/passwd"}, "CallBackURL"),
        ({"TransactionType": "Pay"}, "TransactionType"),
        ({"AccountReference": " "}, "AccountReference"),
        ({"TransactionDesc": None}, "Remarks"),
    ],
)
def test_a_bad_field_is_named(daraja: Daraja, changed: Json, label: str) -> None:
    answer = daraja.push(**changed)

    assert (answer.status_code, answer.json()["errorCode"]) == (400, "400.002.02")
    assert answer.json()["errorMessage"] == f"Bad Request - Invalid {label}"
    assert daraja.transactions() == []


def test_a_form_is_refused_as_if_its_first_field_were_missing(daraja: Daraja) -> None:
    headers = {"Authorization": f"Bearer {daraja.authorize()}"}
    answer = daraja.http.post("/mpesa/stkpush/v1/processrequest", data=daraja.push_body(), headers=headers)

    assert answer.json()["errorMessage"] == "Bad Request - Invalid BusinessShortCode"


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff", b""])
def test_a_body_that_is_no_object_of_json_is_refused(daraja: Daraja, body: bytes) -> None:
    headers = {"Authorization": f"Bearer {daraja.authorize()}"}
    answer: httpx.Response = daraja.http.post("/mpesa/stkpush/v1/processrequest", content=body, headers=headers)

    assert (answer.status_code, answer.json()["errorCode"]) == (400, "400.002.02")


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"BusinessShortCode": "600000"}, "Merchant does not exist"),
        ({"Password": "d3Jvbmc="}, "[MerchantValidate] - Wrong credentials"),
        ({"Timestamp": "20200101000000"}, "[MerchantValidate] - Wrong credentials"),
    ],
)
def test_a_merchant_who_is_not_known_is_refused(daraja: Daraja, changed: Json, message: str) -> None:
    answer = daraja.push(**changed)

    assert (answer.status_code, answer.json()["errorCode"]) == (500, "500.001.1001")
    assert answer.json()["errorMessage"] == message


def test_callbacks_may_go_anywhere_only_when_told_so(start_daraja: StartDaraja) -> None:
    daraja = start_daraja()
    daraja.a_phone()
    elsewhere = "https://shop.invalid/callback"
    assert daraja.push(CallBackURL=elsewhere).status_code == 400
    daraja.stop()

    daraja.start("--callbacks-anywhere")

    assert daraja.push(CallBackURL=elsewhere).status_code == 200


def test_a_query_tells_the_outcome_in_strings(daraja: Daraja) -> None:
    accepted = daraja.push().json()
    daraja.answer()

    assert daraja.query(accepted["CheckoutRequestID"]).json() == {
        "ResponseCode": "0",
        "ResponseDescription": "The service request has been accepted successfully",
        "MerchantRequestID": accepted["MerchantRequestID"],
        "CheckoutRequestID": accepted["CheckoutRequestID"],
        "ResultCode": "0",
        "ResultDesc": "The service request is processed successfully.",
    }


def test_a_query_of_a_prompt_that_is_open_is_an_error(daraja: Daraja) -> None:
    answer = daraja.query(daraja.push().json()["CheckoutRequestID"])

    assert (answer.status_code, answer.json()["errorCode"]) == (500, "500.001.1001")
    assert answer.json()["errorMessage"] == "The transaction is being processed"


def test_a_query_of_an_unknown_push_is_an_error(daraja: Daraja) -> None:
    answer = daraja.query("ws_CO_1")

    assert (answer.status_code, answer.json()["errorCode"]) == (500, "500.001.1001")
    assert answer.json()["errorMessage"] == "The transaction does not Exist"


def test_a_callback_is_sent_once_even_if_it_is_not_accepted(daraja: Daraja) -> None:
    request_id, _ = daraja.paid_push(CallBackURL="http://127.0.0.1:9/nobody")
    _, other = daraja.paid_push(Amount=1)
    daraja.inbox.wait("/stk")

    (callback,) = daraja.transaction(request_id)["callbacks"]
    assert callback["state"] == "sent"
    assert other["result_code"] == "0"
