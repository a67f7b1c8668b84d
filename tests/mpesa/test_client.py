"""The client against a Daraja that keeps to the rules: what is sent, what is understood, what is logged."""

import base64
import json
import time
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from structlog.testing import capture_logs
from valkey.asyncio import Valkey

from descrow.kernel.money import Shillings
from descrow.mpesa.client import Daraja
from descrow.mpesa.errors import MpesaRequestNotValid
from descrow.mpesa.ids import OriginatorConversationId
from descrow.mpesa.outcomes import Accepted, AlreadySubmitted, Doubt, Unknown
from descrow.mpesa.responses import PromptSent, RequestTaken
from descrow.mpesa.results import Failed, StkFailure, Succeeded, Undecided
from descrow.mpesa.settings import MpesaSettings
from descrow.mpesa.throttle import Throttle
from descrow.mpesa.tokens import MemoryTokenStore
from descrow.mpesa.wire import open_http
from tests.mpesa.asking import CHECKOUT, PHONE, a_balance_query, a_payout, a_push, a_reversal, a_transaction_query
from tests.mpesa.recorded import shape
from tests.mpesa.wire_server import WireServer, answer, error, recorded


def opened(password: str, key: RSAPrivateKey) -> str:
    return key.decrypt(base64.b64decode(password), PKCS1v15()).decode()


async def test_a_prompt_is_asked_for_as_daraja_wants_it(daraja: Daraja, wire: WireServer) -> None:
    wire.script = [recorded("stk_push_accepted")]

    outcome = await daraja.push_stk(a_push())

    assert outcome == Accepted(PromptSent("2654-4b64-97ff-b827b542881d3130", CHECKOUT))  # type: ignore[arg-type]
    [call] = wire.calls
    fields = call.fields
    moment = fields.pop("Timestamp")
    assert base64.b64decode(fields.pop("Password")).decode() == f"174379passkey-of-the-shop{moment}"
    assert len(moment) == 14
    assert (call.method, call.target) == ("POST", "/mpesa/stkpush/v1/processrequest")
    assert call.headers["content-type"] == "application/json"
    assert fields == {
        "BusinessShortCode": "174379",
        "TransactionType": "CustomerPayBillOnline",
        "Amount": 1500,
        "PartyA": "254708374149",
        "PartyB": "174379",
        "PhoneNumber": "254708374149",
        "CallBackURL": "http://127.0.0.1:8080/callbacks/payment",
        "AccountReference": "Order 42",
        "TransactionDesc": "Descrow",
    }


async def test_a_prompt_carries_the_moment_in_nairobi(
    mpesa_settings: MpesaSettings, valkey: Valkey, wire: WireServer
) -> None:
    wire.script = [recorded("stk_push_accepted")]
    daraja = Daraja(
        mpesa_settings,
        open_http(mpesa_settings.base_url),
        token_store=MemoryTokenStore(time.monotonic),
        throttle=Throttle(valkey, mpesa_settings.base_url, per_minute=60_000, burst=1_000),
        now=lambda: datetime(2026, 12, 31, 21, 0, 5, tzinfo=UTC),
    )

    await daraja.push_stk(a_push())
    await daraja.close()

    assert wire.calls[0].fields["Timestamp"] == "20270101000005"


async def test_a_till_is_paid_under_its_own_number(
    mpesa_settings: MpesaSettings, valkey: Valkey, wire: WireServer
) -> None:
    wire.script = [recorded("stk_push_accepted")]
    daraja = Daraja.open(mpesa_settings.model_copy(update={"till": "300500"}), valkey)

    await daraja.push_stk(a_push())
    await daraja.close()

    fields = wire.calls[0].fields
    assert (fields["TransactionType"], fields["PartyB"]) == ("CustomerBuyGoodsOnline", "300500")
    assert fields["BusinessShortCode"] == "174379"


async def test_a_payout_carries_our_id_and_a_secret_that_only_m_pesa_can_read(
    daraja: Daraja, wire: WireServer, initiators_key: RSAPrivateKey
) -> None:
    wire.script = [recorded("payout_accepted")]

    outcome = await daraja.pay_out(a_payout())

    assert outcome == Accepted(RequestTaken("AG_20240706_20106e9209f64bebd05b", "payout-1"))  # type: ignore[arg-type]
    [call] = wire.calls
    fields = call.fields
    assert call.target == "/mpesa/b2c/v3/paymentrequest"
    assert opened(fields.pop("SecurityCredential"), initiators_key) == "initiators-password"
    assert fields == {
        "OriginatorConversationID": "payout-1",
        "InitiatorName": "testapi",
        "CommandID": "BusinessPayment",
        "Amount": 10,
        "PartyA": "600992",
        "PartyB": "254708374149",
        "Remarks": "Order 42",
        "ResultURL": "http://127.0.0.1:8080/callbacks/result",
        "QueueTimeOutURL": "http://127.0.0.1:8080/callbacks/timeout",
    }


async def test_a_payout_that_arrived_before_is_told_apart_from_a_refusal(daraja: Daraja, wire: WireServer) -> None:
    wire.script = [answer(500, shape("payout_duplicate"))]

    assert await daraja.pay_out(a_payout()) == AlreadySubmitted(OriginatorConversationId("payout-1"))


async def test_the_duplicates_code_with_other_words_is_unknown(daraja: Daraja, wire: WireServer) -> None:
    wire.script = [error(500, "500.002.1001", "Service is currently unreachable")]

    assert isinstance(await daraja.pay_out(a_payout()), Unknown)


async def test_a_reversal_names_the_receipt_and_our_shortcode(daraja: Daraja, wire: WireServer) -> None:
    wire.script = [recorded("payout_accepted")]

    assert isinstance(await daraja.reverse(a_reversal()), Accepted)

    [call] = wire.calls
    fields = call.fields
    del fields["SecurityCredential"]
    assert call.target == "/mpesa/reversal/v1/request"
    assert fields == {
        "Initiator": "testapi",
        "CommandID": "TransactionReversal",
        "TransactionID": "NLJ7RT61SV",
        "Amount": 1500,
        "ReceiverParty": "174379",
        "RecieverIdentifierType": "11",
        "Remarks": "Order 42",
        "ResultURL": "http://127.0.0.1:8080/callbacks/result",
        "QueueTimeOutURL": "http://127.0.0.1:8080/callbacks/timeout",
    }


async def test_a_payout_is_asked_about_by_our_id_and_a_payment_by_its_receipt(daraja: Daraja, wire: WireServer) -> None:
    wire.script = [recorded("payout_accepted"), recorded("payout_accepted")]

    await daraja.ask_transaction(a_transaction_query(payout="payout-1"))
    await daraja.ask_transaction(a_transaction_query(receipt="NLJ7RT61SV"))

    about_payout, about_payment = (call.fields for call in wire.calls)
    assert {call.target for call in wire.calls} == {"/mpesa/transactionstatus/v1/query"}
    assert (about_payout["OriginalConversationID"], about_payout["PartyA"]) == ("payout-1", "600992")
    assert "TransactionID" not in about_payout
    assert (about_payment["TransactionID"], about_payment["PartyA"]) == ("NLJ7RT61SV", "174379")
    assert "OriginalConversationID" not in about_payment
    assert about_payout["CommandID"] == about_payment["CommandID"] == "TransactionStatusQuery"
    assert about_payout["IdentifierType"] == about_payment["IdentifierType"] == "4"


async def test_a_balance_is_asked_for_by_shortcode(daraja: Daraja, wire: WireServer) -> None:
    wire.script = [recorded("payout_accepted")]

    assert isinstance(await daraja.ask_balance(a_balance_query()), Accepted)

    [call] = wire.calls
    assert call.target == "/mpesa/accountbalance/v1/query"
    assert (call.fields["CommandID"], call.fields["PartyA"], call.fields["IdentifierType"]) == (
        "AccountBalance",
        "600992",
        "4",
    )


@pytest.mark.parametrize(
    ("name", "result"),
    [
        ("stk_query_paid", Succeeded()),
        ("stk_query_in_flight", Undecided("4999", still_processing=True)),
        ("stk_query_no_answer", Failed("1037", StkFailure.TIMED_OUT)),
    ],
)
async def test_a_query_tells_what_became_of_the_prompt(
    daraja: Daraja, wire: WireServer, name: str, result: object
) -> None:
    wire.script = [recorded(name)]

    outcome = await daraja.query_stk(CHECKOUT)

    assert isinstance(outcome, Accepted)
    assert outcome.answer.result == result
    assert wire.calls[0].fields["CheckoutRequestID"] == CHECKOUT


@pytest.mark.parametrize("status", [200, 500])
@pytest.mark.parametrize(
    "message", ["", "The transaction is being processed", "The transaction does not Exist", "wrong credentials"]
)
async def test_a_query_without_an_answer_yet_is_unknown(
    daraja: Daraja, wire: WireServer, status: int, message: str
) -> None:
    wire.script = [error(status, "500.001.1001", message)]

    outcome = await daraja.query_stk(CHECKOUT)

    assert outcome == Unknown(Doubt.ERROR_THAT_DECIDES_NOTHING, status, "500.001.1001", message)


def a_call_with(**changed: Any) -> None:
    kind = changed.pop("kind", "push")
    {"push": a_push, "payout": a_payout, "reversal": a_reversal}[kind](**changed)


@pytest.mark.parametrize(
    "changed",
    [
        {"phone": "0708374149"},
        {"phone": "+254708374149"},
        {"amount": Shillings(0)},
        {"amount": Shillings(250_001)},
        {"reference": ""},
        {"reference": "Order number 42"},
        {"reference": "line\nbreak"},
        {"description": ""},
        {"description": "a long description"},
        {"kind": "payout", "amount": Shillings(9)},
        {"kind": "payout", "amount": Shillings(250_001)},
        {"kind": "payout", "remarks": "x"},
        {"kind": "payout", "originator_conversation_id": ""},
        {"kind": "reversal", "amount": Shillings(0)},
        {"kind": "reversal", "receipt_number": ""},
    ],
    ids=str,
)
def test_what_daraja_would_not_take_is_not_even_made(changed: dict[str, Any]) -> None:
    with pytest.raises(MpesaRequestNotValid) as refusal:
        a_call_with(**changed)

    assert refusal.value.code == "mpesa_request_not_valid"


def test_a_transaction_is_asked_about_by_exactly_one_id() -> None:
    with pytest.raises(MpesaRequestNotValid):
        a_transaction_query()
    with pytest.raises(MpesaRequestNotValid):
        a_transaction_query(payout="payout-1", receipt="NLJ7RT61SV")


async def test_logs_hold_no_secret_and_no_whole_number(
    daraja: Daraja, wire: WireServer, mpesa_settings: MpesaSettings
) -> None:
    wire.script = [
        recorded("stk_push_accepted"),
        error(400, "400.002.02", f"Bad Request - Invalid PhoneNumber {PHONE}"),
        recorded("stk_query_paid"),
        recorded("payout_accepted"),
        answer(500, b"<html>254708374149</html>"),
    ]

    with capture_logs() as logs:
        await daraja.push_stk(a_push())
        await daraja.push_stk(a_push())
        await daraja.query_stk(CHECKOUT)
        await daraja.pay_out(a_payout())
        await daraja.pay_out(a_payout())

    written = json.dumps(logs, default=str)
    sent = [call.fields for call in wire.calls]
    secrets = {PHONE, PHONE[3:], CHECKOUT, CHECKOUT[-9:], wire.token, "passkey-of-the-shop", "initiators-password"}
    secrets |= {mpesa_settings.consumer_key.get_secret_value(), "consumer-secret"}
    secrets |= {fields[name] for fields in sent for name in ("Password", "SecurityCredential") if name in fields}
    assert [secret for secret in secrets if secret in written] == []
    assert [entry["outcome"] for entry in logs if "outcome" in entry] == [
        "accepted",
        "refused",
        "accepted",
        "accepted",
        "unknown",
    ]
    assert "2547*****149" in written
    assert "ws_CO_02102026181046***" in written
