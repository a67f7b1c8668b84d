"""Payouts, reversals, questions about a transaction or the accounts, and their results."""

import re

import pytest

from tests.app.devstack.daraja.conftest import StartDaraja
from tests.app.devstack.daraja.merchant import (
    PAYER,
    SELLER,
    SHILLING,
    Daraja,
    Json,
    nairobi_now,
    parameters_of,
    result_of,
)

ACCEPTED = "Accept the service request successfully."
SUCCESS = "The service request is processed successfully."


@pytest.fixture
def funded(daraja: Daraja) -> Daraja:
    """A merchant with 2,000 shillings to pay out, and a seller with an empty phone."""
    daraja.control("POST", "/deposits", {"to": "utility", "amount_cents": 2000 * SHILLING})
    daraja.a_phone(SELLER, 0, name="Otieno Otieno")
    return daraja


def test_a_payout_is_accepted_and_its_result_is_like_the_documented_one(funded: Daraja) -> None:
    accepted = funded.pay_out("payout-1", 1500).json()

    conversation = accepted["ConversationID"]
    assert re.fullmatch(rf"AG_{nairobi_now():%Y%m%d}_[0-9a-f]{{20}}", conversation)
    assert accepted == {
        "ConversationID": conversation,
        "OriginatorConversationID": "payout-1",
        "ResponseCode": "0",
        "ResponseDescription": ACCEPTED,
    }
    (body,) = funded.inbox.wait("/b2c")
    receipt = body["Result"]["TransactionID"]
    at = parameters_of(body)["TransactionCompletedDateTime"]
    assert body == {
        "Result": {
            "ResultType": 0,
            "ResultCode": 0,
            "ResultDesc": SUCCESS,
            "OriginatorConversationID": "payout-1",
            "ConversationID": conversation,
            "TransactionID": receipt,
            "ResultParameters": {
                "ResultParameter": [
                    {"Key": "TransactionAmount", "Value": 1500},
                    {"Key": "TransactionReceipt", "Value": receipt},
                    {"Key": "ReceiverPartyPublicName", "Value": f"{SELLER} - OTIENO OTIENO"},
                    {"Key": "TransactionCompletedDateTime", "Value": at},
                    {"Key": "B2CUtilityAccountAvailableFunds", "Value": 500.00},
                    {"Key": "B2CWorkingAccountAvailableFunds", "Value": 0.00},
                    {"Key": "B2CRecipientIsRegisteredCustomer", "Value": "Y"},
                    {"Key": "B2CChargesPaidAccountAvailableFunds", "Value": -5.00},
                ]
            },
            "ReferenceData": {
                "ReferenceItem": {
                    "Key": "QueueTimeoutURL",
                    "Value": "https://internalsandbox.safaricom.co.ke/mpesa/b2cresults/v1/submit",
                }
            },
        }
    }
    assert re.fullmatch(r"\d{2}\.\d{2}\.\d{4} \d{2}:\d{2}:\d{2}", at)
    assert isinstance(parameters_of(body)["TransactionAmount"], int)
    assert isinstance(parameters_of(body)["B2CUtilityAccountAvailableFunds"], float)
    assert funded.balance("wallet", SELLER) == 1500 * SHILLING
    assert funded.balance("fees", "m-pesa") == 5 * SHILLING


def test_a_second_payout_with_the_same_id_is_refused_and_pays_nothing(funded: Daraja) -> None:
    funded.pay_out("payout-1")
    funded.inbox.wait("/b2c")

    again = funded.pay_out("payout-1")

    assert again.status_code == 500
    assert again.json()["errorCode"] == "500.002.1001"
    assert again.json()["errorMessage"] == "Duplicate OriginatorConversationID."
    assert funded.balance("wallet", SELLER) == 50 * SHILLING


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"amount": 9}, 2),
        ({"amount": 250_001}, 3),
        ({"amount": 2_001}, 1),
        ({"PartyB": "254700000000"}, 2040),
        ({"PartyB": "0712345678"}, "SFC_IC0003"),
        ({"PartyA": "600000"}, 2028),
        ({"InitiatorName": "somebody"}, 2001),
        ({"SecurityCredential": "bm90IGVuY3J5cHRlZA=="}, 2001),
    ],
)
def test_a_payout_that_cannot_be_made_fails_in_its_result(funded: Daraja, changed: Json, code: int | str) -> None:
    assert funded.pay_out("payout-1", **changed).json()["ResponseCode"] == "0"

    result = result_of(funded.inbox.wait("/b2c")[0])
    assert result["ResultCode"] == code
    assert "ResultParameters" not in result
    assert result["TransactionID"]
    assert funded.balance("wallet", SELLER) == 0
    assert funded.balance("utility") == 2000 * SHILLING


def test_the_wrong_password_fails_though_it_is_well_encrypted(funded: Daraja) -> None:
    funded.pay_out("payout-1", SecurityCredential=funded.security_credential("guess"))

    assert result_of(funded.inbox.wait("/b2c")[0])["ResultCode"] == 2001


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("CommandID", "Pay"),
        ("Remarks", "x"),
        ("Remarks", "x" * 101),
        ("Amount", "10.5"),
        ("ResultURL", "https://example.com/result"),
        ("QueueTimeOutURL", ""),
        ("OriginatorConversationID", None),
        ("Occassion", "x" * 101),
    ],
)
def test_a_bad_field_of_a_payout_is_named(funded: Daraja, field: str, value: str | None) -> None:
    changed: Json = {field: value}
    answer = funded.pay_out("payout-1", **changed)

    assert (answer.status_code, answer.json()["errorCode"]) == (400, "400.002.02")
    assert answer.json()["errorMessage"] == f"Bad Request - Invalid {field}"


def test_a_receiver_may_not_be_paid_more_than_the_daily_limit(start_daraja: StartDaraja) -> None:
    daraja = start_daraja(daily_limit_kes=100)
    daraja.control("POST", "/deposits", {"to": "utility", "amount_cents": 1000 * SHILLING})
    daraja.a_phone(SELLER, 0)
    for number, amount in enumerate((60, 41, 40), start=1):
        daraja.pay_out(f"payout-{number}", amount)
        daraja.inbox.wait("/b2c", number)

    assert [result_of(body)["ResultCode"] for body in daraja.inbox.bodies("/b2c")] == [0, 4, 0]


def test_a_wallet_may_not_hold_more_than_its_limit(start_daraja: StartDaraja) -> None:
    daraja = start_daraja(wallet_limit_kes=100)
    daraja.control("POST", "/deposits", {"to": "utility", "amount_cents": 1000 * SHILLING})
    daraja.a_phone(SELLER, 60)

    daraja.pay_out("payout-1", 41)

    assert result_of(daraja.inbox.wait("/b2c")[0])["ResultCode"] == 8
    assert daraja.balance("wallet", SELLER) == 60 * SHILLING


def test_a_reversal_gives_the_money_back_once(daraja: Daraja) -> None:
    receipt = daraja.paid_push()[1]["receipt"]

    first = daraja.reverse(receipt).json()
    (body,) = daraja.inbox.wait("/reversal")
    daraja.reverse(receipt, to="/second")
    (second,) = daraja.inbox.wait("/second")

    assert first["ResponseDescription"] == ACCEPTED
    found = parameters_of(body)
    completed = found["TransCompletedTime"]
    assert list(found.items()) == [
        ("DebitAccountBalance", "Utility Account|KES|0.00|0.00|0.00|0.00"),
        ("Amount", 100.00),
        ("TransCompletedTime", completed),
        ("OriginalTransactionID", receipt),
        ("Charge", 0.00),
        ("CreditPartyPublicName", f"{PAYER} - WANJIRU KAMAU"),
        ("DebitPartyPublicName", "174379 - DESCROW"),
    ]
    assert re.fullmatch(r"\d{14}", str(completed))
    assert isinstance(completed, int)
    assert result_of(second)["ResultCode"] == "R000001"
    assert daraja.balance("wallet", PAYER) == 1000 * SHILLING


def test_a_reversal_of_an_unknown_receipt_or_of_a_payout_fails(funded: Daraja) -> None:
    funded.pay_out("payout-1")
    payout = result_of(funded.inbox.wait("/b2c")[0])["TransactionID"]

    funded.reverse("UKO0000000", to="/unknown")
    funded.reverse(payout, 50, to="/payout")

    assert result_of(funded.inbox.wait("/unknown")[0])["ResultCode"] == "R000002"
    assert result_of(funded.inbox.wait("/payout")[0])["ResultCode"] == "R000002"
    assert funded.balance("wallet", SELLER) == 50 * SHILLING


def test_a_reversal_fails_when_the_money_is_gone_or_was_never_so_much(daraja: Daraja) -> None:
    receipt = daraja.paid_push()[1]["receipt"]
    daraja.reverse(receipt, 101, to="/more")
    assert result_of(daraja.inbox.wait("/more")[0])["ResultCode"] == 25
    daraja.a_phone(SELLER, 0)
    daraja.pay_out("payout-1", 100)
    daraja.inbox.wait("/b2c")

    daraja.reverse(receipt, to="/gone")

    assert result_of(daraja.inbox.wait("/gone")[0])["ResultCode"] == 1
    assert daraja.balance("wallet", PAYER) == 900 * SHILLING


def test_the_status_of_a_payment_is_told_by_its_receipt(daraja: Daraja) -> None:
    request_id, paid = daraja.paid_push()

    daraja.ask_status(TransactionID=paid["receipt"])

    (body,) = daraja.inbox.wait("/status")
    items = body["Result"]["ResultParameters"]["ResultParameter"]
    found = parameters_of(body)
    assert result_of(body)["ResultCode"] == 0
    assert [item["Key"] for item in items].count("DebitPartyName") == 2
    assert {"Key": "TransactionReason"} in items
    assert body["Result"]["ReferenceData"] == {"ReferenceItem": {"Key": "Occasion"}}
    assert found["ReceiptNo"] == paid["receipt"]
    assert found["TransactionStatus"] == "Completed"
    assert found["Amount"] == "100.00"
    assert found["DebitPartyName"] == f"{PAYER} - WANJIRU KAMAU"
    assert found["ConversationID"] == request_id
    assert re.fullmatch(r"\d{14}", found["InitiatedTime"])
    assert re.fullmatch(r"\d{14}", found["FinalisedTime"])


def test_the_status_of_a_payout_is_told_by_the_id_the_merchant_made(funded: Daraja) -> None:
    funded.pay_out("payout-1", 1500)
    payout = result_of(funded.inbox.wait("/b2c")[0])

    funded.ask_status(OriginalConversationID="payout-1")

    found = parameters_of(funded.inbox.wait("/status")[0])
    assert found["ReceiptNo"] == payout["TransactionID"]
    assert found["OriginatorConversationID"] == "payout-1"
    assert found["DebitPartyCharges"] == "Fee For B2C Payment|KES|5.00"
    assert found["CreditPartyName"] == f"{SELLER} - OTIENO OTIENO"


def test_a_payout_that_failed_is_declined(daraja: Daraja) -> None:
    daraja.pay_out("payout-1")  # the account is empty
    daraja.inbox.wait("/b2c")

    daraja.ask_status(OriginalConversationID="payout-1")

    assert parameters_of(daraja.inbox.wait("/status")[0])["TransactionStatus"] == "Declined"


def test_a_payout_that_is_not_decided_is_pending(start_daraja: StartDaraja) -> None:
    daraja = start_daraja(result_delay_s=60)
    daraja.pay_out("payout-1")
    daraja.stop()
    daraja.start(result_delay_s=0.02)

    daraja.ask_status(OriginalConversationID="payout-1")

    assert parameters_of(daraja.inbox.wait("/status")[0])["TransactionStatus"] == "Pending"


def test_the_status_of_nothing_is_a_failure(daraja: Daraja) -> None:
    daraja.ask_status(OriginalConversationID="never-sent")

    assert result_of(daraja.inbox.wait("/status")[0])["ResultCode"] == "R000002"


def test_a_question_about_nothing_in_particular_is_refused(daraja: Daraja) -> None:
    assert daraja.ask_status().json()["errorMessage"] == "Bad Request - Invalid TransactionID"


def test_the_balance_names_all_accounts_in_one_string(funded: Daraja) -> None:
    funded.pay_out("payout-1", 1500)
    funded.inbox.wait("/b2c")

    funded.ask_balance()

    (body,) = funded.inbox.wait("/balance")
    assert result_of(body)["ResultCode"] == "0"
    assert parameters_of(body)["AccountBalance"] == (
        "Working Account|KES|0.00|0.00|0.00|0.00"
        "&Utility Account|KES|500.00|500.00|0.00|0.00"
        "&Charges Paid Account|KES|-5.00|-5.00|0.00|0.00"
    )
    assert re.fullmatch(r"\d{14}", parameters_of(body)["BOCompletedTime"])
