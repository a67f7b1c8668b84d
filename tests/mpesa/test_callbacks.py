"""Check what Daraja posts: recorded shapes are understood, distorted ones as far as they go, and nothing raises."""

import codecs
import gzip
import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from descrow.kernel.money import KesCents
from descrow.mpesa.callbacks import (
    AccountFunds,
    BalancePosted,
    PayoutPosted,
    QueueTimeout,
    ReversalPosted,
    StkCallback,
    TransactionPosted,
    TransactionState,
    Unreadable,
    parse_balance_result,
    parse_payout_result,
    parse_queue_timeout,
    parse_reversal_result,
    parse_stk_callback,
    parse_transaction_result,
)
from descrow.mpesa.reading import amount_of, time_of
from descrow.mpesa.results import (
    AlreadyDone,
    Failed,
    NotKnown,
    PayoutFailure,
    ReversalFailure,
    StkFailure,
    Succeeded,
    Undecided,
)
from tests.mpesa.recorded import all_shapes, shape, shape_with

PARSERS: list[Callable[[bytes], object]] = [
    parse_stk_callback,
    parse_payout_result,
    parse_reversal_result,
    parse_transaction_result,
    parse_balance_result,
    parse_queue_timeout,
]

CALLBACK = ("Body", "stkCallback")
ITEMS = (*CALLBACK, "CallbackMetadata", "Item")
PARAMETERS = ("Result", "ResultParameters", "ResultParameter")

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


def stk(body: bytes) -> StkCallback:
    callback = parse_stk_callback(body)
    assert isinstance(callback, StkCallback)
    return callback


def payout(body: bytes) -> PayoutPosted:
    posted = parse_payout_result(body)
    assert isinstance(posted, PayoutPosted)
    return posted


def transaction(body: bytes) -> TransactionPosted:
    posted = parse_transaction_result(body)
    assert isinstance(posted, TransactionPosted)
    return posted


def item(name: str, value: object) -> dict[str, object]:
    return {"Name": name, "Value": value}


def test_a_paid_prompt_is_read_whole() -> None:
    callback = stk(shape("stk_callback_paid"))

    assert callback == StkCallback(
        merchant_request_id="29115-34620561-1",  # type: ignore[arg-type]
        checkout_request_id="ws_CO_191220191020363925",  # type: ignore[arg-type]
        result=Succeeded(),
        description="The service request is processed successfully.",
        receipt_number="NLJ7RT61SV",  # type: ignore[arg-type]
        amount=KesCents(100),
        paid_at=datetime(2019, 12, 19, 7, 21, 15, tzinfo=UTC),
        payer="254708374149",
        unread=(),
    )


def test_a_cancelled_prompt_has_no_receipt() -> None:
    callback = stk(shape("stk_callback_cancelled"))

    assert callback.result == Failed("1032", StkFailure.CANCELLED_BY_USER)
    assert (callback.receipt_number, callback.amount, callback.paid_at, callback.unread) == (None, None, None, ())


@pytest.mark.parametrize("code", [0, "0", " 0 ", 0.0, "0.0", "0.00"])
def test_a_result_code_counts_the_same_as_number_and_as_text(code: object) -> None:
    assert stk(shape_with("stk_callback_paid", *CALLBACK, "ResultCode", value=code)).result == Succeeded()


@pytest.mark.parametrize("code", [1032.0, "1032.0", " 1032"])
def test_a_failures_code_counts_the_same_however_it_is_written(code: object) -> None:
    result = stk(shape_with("stk_callback_cancelled", *CALLBACK, "ResultCode", value=code)).result

    assert result == Failed("1032", StkFailure.CANCELLED_BY_USER)


def test_a_payment_in_doubt_is_undecided() -> None:
    assert stk(shape_with("stk_callback_paid", *CALLBACK, "ResultCode", value=313_373)).result == Undecided("313373")


WAYS_TO_WRITE = [
    lambda body: codecs.BOM_UTF8 + body,
    lambda body: body.decode().encode("utf-16"),
    gzip.compress,
    lambda body: gzip.compress(codecs.BOM_UTF8 + body, mtime=0),
    lambda body: body.replace(b'"Item"', b'"item"').replace(b'"Name"', b'"name"').replace(b'"Value"', b'"value"'),
    lambda body: body.replace(b"CallbackMetadata", b"callbackmetadata").replace(b"stkCallback", b"STKCALLBACK"),
    lambda body: body.replace(b'{"Name": "Balance"}', b'{"Name": "Balance", "Value": "{Amount={BasicAmount=9.00}}"}'),
]


@pytest.mark.parametrize("written", WAYS_TO_WRITE)
def test_a_callback_means_the_same_however_its_bytes_are_written(written: Callable[[bytes], bytes]) -> None:
    body = json.dumps(json.loads(shape("stk_callback_paid"))).encode()

    assert stk(written(body)) == stk(body)


@pytest.mark.parametrize("number", [1.0, "1.00", "1", " 1 ", 1])
def test_numbers_with_decimals_are_the_numbers(number: object) -> None:
    items = [
        item("Amount", number),
        item("MpesaReceiptNumber", "NLJ7RT61SV"),
        item("TransactionDate", 20191219102115.0),
        item("PhoneNumber", 254708374149.0),
    ]

    assert stk(shape_with("stk_callback_paid", *ITEMS, value=items)) == stk(shape("stk_callback_paid"))


def test_an_amount_may_have_commas() -> None:
    items = [item("Amount", "1,500.00"), item("MpesaReceiptNumber", "NLJ7RT61SV")]

    assert stk(shape_with("stk_callback_paid", *ITEMS, value=items)).amount == 150_000


def test_a_single_item_may_stand_without_its_list() -> None:
    only = stk(shape_with("stk_callback_paid", *ITEMS, value=item("MpesaReceiptNumber", "NLJ7RT61SV")))

    assert (only.receipt_number, only.amount) == ("NLJ7RT61SV", None)


@pytest.mark.parametrize("metadata", [None, {}, {"Item": []}, {"Item": None}, [], ""])
def test_a_payment_without_its_items_is_a_payment_without_a_receipt(metadata: object) -> None:
    callback = stk(shape_with("stk_callback_paid", *CALLBACK, "CallbackMetadata", value=metadata))

    assert (callback.result, callback.receipt_number) == (Succeeded(), None)


def test_a_byte_that_is_no_utf8_costs_no_more_than_the_sign_it_stands_for() -> None:
    body = shape("stk_callback_paid").replace(b"processed successfully", b"processed \xe9 successfully")

    assert msgspec.structs.replace(stk(body), description="") == msgspec.structs.replace(
        stk(shape("stk_callback_paid")), description=""
    )


def test_an_id_with_a_sign_that_could_not_be_read_is_no_id() -> None:
    receipt = stk(shape("stk_callback_paid").replace(b"NLJ7RT61SV", b"NLJ7\xffT61SV"))
    checkout = parse_stk_callback(shape("stk_callback_paid").replace(b"ws_CO_1912", b"ws_CO_\xff912"))

    assert receipt.receipt_number is None
    assert isinstance(checkout, Unreadable)


def test_gzip_that_unpacks_to_too_much_is_refused_before_it_fills_the_memory() -> None:
    bomb = gzip.compress(b" " * 50_000_000, mtime=0)
    assert len(bomb) < 60_000

    callback = parse_stk_callback(bomb)

    assert isinstance(callback, Unreadable)
    assert "too large" in callback.reason


def test_items_are_found_by_name_in_any_order() -> None:
    items = json.loads(shape("stk_callback_paid"))["Body"]["stkCallback"]["CallbackMetadata"]["Item"]

    assert stk(shape_with("stk_callback_paid", *ITEMS, value=items[::-1])) == stk(shape("stk_callback_paid"))


def test_an_amount_given_as_text_and_a_masked_payer_are_read() -> None:
    items = [item("Amount", "1500"), item("MpesaReceiptNumber", "NLJ7RT61SV"), item("PhoneNumber", "25470****149")]

    callback = stk(shape_with("stk_callback_paid", *ITEMS, value=items))

    assert (callback.amount, callback.payer, callback.paid_at, callback.unread) == (150_000, "25470****149", None, ())


def test_a_value_that_makes_no_sense_is_named_and_the_rest_still_counts() -> None:
    items = [item("Amount", "a lot"), item("MpesaReceiptNumber", "NLJ7RT61SV"), item("TransactionDate", 20191399102115)]

    callback = stk(shape_with("stk_callback_paid", *ITEMS, value=items))

    assert callback.receipt_number == "NLJ7RT61SV"
    assert (callback.amount, callback.paid_at) == (None, None)
    assert callback.unread == ("Amount", "TransactionDate")


def test_a_name_that_comes_twice_counts_if_it_says_the_same_and_is_not_believed_if_it_does_not() -> None:
    twice = [item("Amount", 5), item("Amount", "5.00")]
    torn = [item("Amount", 5), item("Amount", 500)]

    assert stk(shape_with("stk_callback_paid", *ITEMS, value=twice)).amount == 500
    disputed = stk(shape_with("stk_callback_paid", *ITEMS, value=torn))
    assert (disputed.amount, disputed.unread) == (None, ("Amount",))


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "not JSON"),
        (b"<html>", "not JSON"),
        (shape("stk_callback_paid")[:-40], "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (gzip.compress(shape("stk_callback_paid"), mtime=0)[:-9], "cut off"),
        (b"\x1f\x8b\x08 no gzip", "damaged gzip"),
        (gzip.compress(gzip.compress(shape("stk_callback_paid"), mtime=0), mtime=0), "not JSON"),
        (gzip.compress(b"[" * 60_000, mtime=0), "nested too deep"),
        (b"[" * 100_000, "nested too deep"),
        (b'{"a":' * 100_000, "nested too deep"),
        (b"1e99999999999999999999999", "not JSON"),
        (b"[]", "no object"),
        (b"{}", "no readable CheckoutRequestID"),
        (b'{"Body": []}', "no readable CheckoutRequestID"),
        (shape_with("stk_callback_paid", *CALLBACK, "CheckoutRequestID", value=None), "no readable CheckoutRequestID"),
        (
            shape_with("stk_callback_paid", *CALLBACK, "CheckoutRequestID", value="a\0b"),
            "no readable CheckoutRequestID",
        ),
        (shape_with("stk_callback_paid", *CALLBACK, "ResultCode", value={}), "no readable ResultCode"),
        (shape_with("stk_callback_paid", *CALLBACK, "ResultCode", value=True), "no readable ResultCode"),
        (shape_with("stk_callback_paid", *CALLBACK, "ResultCode", value=False), "no readable ResultCode"),
    ],
    ids=lambda part: repr(part[:20]),
)
def test_a_body_that_says_nothing_is_kept_with_the_reason(body: bytes, reason: str) -> None:
    callback = parse_stk_callback(body)

    assert isinstance(callback, Unreadable)
    assert reason in callback.reason
    assert callback.raw == body


def test_a_payout_that_was_made_is_read_whole() -> None:
    posted = payout(shape("payout_result_paid"))

    assert posted.result == Succeeded()
    assert posted.envelope.conversation_id == "AG_20240706_20106e9209f64bebd05b"
    assert posted.envelope.originator_conversation_id == "53e3-4aa8-9fe0-8fb5e4092cdd3533373"
    assert posted.envelope.transaction_id == posted.receipt_number == "SG632NMUAB"
    assert posted.amount == 1_000
    assert posted.completed_at == datetime(2024, 7, 6, 19, 48, 52, tzinfo=UTC)
    assert posted.receiver == "254708374149 - JANE DOE"
    assert (posted.utility_funds, posted.working_funds, posted.charges_funds) == (895_926_960, 119_937_100, -198_000)
    assert posted.unread == ()


def test_a_payout_without_float_failed_and_names_its_transaction() -> None:
    posted = payout(shape("payout_result_float_short"))

    assert posted.result == Failed("1", PayoutFailure.FLOAT_SHORT)
    assert posted.envelope.transaction_id == "SG632NMUAC"
    assert (posted.receipt_number, posted.amount) == (None, None)


def test_a_single_parameter_may_stand_without_its_list() -> None:
    only = {"Key": "TransactionAmount", "Value": "10.00"}

    assert payout(shape_with("payout_result_paid", *PARAMETERS, value=only)).amount == 1_000


def test_a_misspelled_originators_id_is_found() -> None:
    body = shape("payout_result_float_short").replace(b"OriginatorConversationID", b"OriginatorCoversationID")

    assert payout(body).envelope.originator_conversation_id == "payout-1"


def test_a_result_of_no_request_is_unreadable() -> None:
    posted = parse_payout_result(b'{"Result": {"ResultCode": 0, "TransactionID": "SG632NMUAB"}}')

    assert isinstance(posted, Unreadable)
    assert "no conversation id" in posted.reason


def test_a_reversal_is_done_or_was_before_or_knows_no_such_receipt() -> None:
    done = parse_reversal_result(shape("reversal_result_done"))
    before = parse_reversal_result(shape("reversal_result_already_done"))
    unknown = parse_reversal_result(shape("reversal_result_unknown_receipt"))

    assert isinstance(done, ReversalPosted)
    assert (done.result, done.original_receipt_number, done.amount, done.charge) == (Succeeded(), "SJL6S0FRV8", 100, 0)
    assert done.completed_at == datetime(2021, 11, 14, 10, 27, 11, tzinfo=UTC)
    assert isinstance(before, ReversalPosted)
    assert before.result == AlreadyDone("R000001")
    assert isinstance(unknown, ReversalPosted)
    assert unknown.result == Failed("R000002", ReversalFailure.UNKNOWN_TRANSACTION)


@pytest.mark.parametrize("code", ["R000002", "2032", 2032, 2032.0])
def test_a_transaction_that_m_pesa_does_not_know_is_told_from_one_that_it_is_not_done_with(code: object) -> None:
    posted = transaction(shape_with("transaction_result_completed", "Result", "ResultCode", value=code))

    assert isinstance(posted.result, NotKnown)
    assert posted.state is TransactionState.UNKNOWN


def test_a_transaction_paid_by_overdraft_is_read_though_fields_lack_their_values() -> None:
    parameters = [
        {"Key": "DebitPartyName", "Value": "0712000000 - JANE DOE"},
        {"Key": "DebitPartyCharges"},
        {"Key": "ReasonType", "Value": "Pay Utility with OD Online"},
        {"Key": "TransactionReason"},
        {"Key": "TransactionStatus", "Value": "Completed"},
        {"Key": "FinalisedTime", "Value": "20250706224852"},
        {"Key": "Amount", "Value": "1,500.00"},
        {"Key": "ReceiptNo", "Value": "SG632NMUAB"},
    ]

    posted = transaction(shape_with("transaction_result_completed", *PARAMETERS, value=parameters))

    assert (posted.state, posted.amount, posted.unread) == (TransactionState.COMPLETED, 150_000, ())
    assert posted.payers == ("0712000000 - JANE DOE",)


def test_a_transaction_found_completed_is_told_apart_from_the_query_about_it() -> None:
    posted = transaction(shape("transaction_result_completed"))

    assert posted.state is TransactionState.COMPLETED
    assert posted.asked_originator_conversation_id == "payout-1"
    assert posted.envelope.originator_conversation_id == "1236-7134259-1"
    assert (posted.receipt_number, posted.amount, posted.charge) == ("SG632NMUAB", 30_000, 2_240)
    assert posted.payers == ("600310 - Safaricom333", "254708374149 - JANE DOE")
    assert posted.finalised_at == datetime(2024, 7, 6, 19, 48, 52, tzinfo=UTC)
    assert posted.unread == ()


@pytest.mark.parametrize("reported", ["Pending", "Declined", "", None])
def test_a_transaction_in_any_other_state_is_unknown(reported: str | None) -> None:
    posted = transaction(
        shape_with("transaction_result_completed", *PARAMETERS, value=[{"Key": "TransactionStatus", "Value": reported}])
    )

    assert posted.state is TransactionState.UNKNOWN


def test_an_query_that_failed_completes_nothing_whatever_else_it_says() -> None:
    posted = transaction(shape_with("transaction_result_completed", "Result", "ResultCode", value=17))

    assert posted.state is TransactionState.UNKNOWN


def test_balances_are_read_account_by_account() -> None:
    posted = parse_balance_result(shape("balance_result"))

    assert isinstance(posted, BalancePosted)
    assert posted.accounts == (
        AccountFunds("Working Account", *map(KesCents, (70_000_000, 70_000_000, 0, 0))),
        AccountFunds("Utility Account", *map(KesCents, (22_803_700, 20_000_000, 2_803_700, 0))),
        AccountFunds("Charges Paid Account", *map(KesCents, (-154_000, -154_000, 0, 0))),
    )
    assert posted.completed_at == datetime(2020, 1, 9, 9, 57, 10, tzinfo=UTC)


@pytest.mark.parametrize("account", ["Float|USD|1|1|0|0", "Float|KES|1|1", "Float|KES|1|1|x|0", ""])
def test_an_account_that_cannot_be_read_is_owned_up_to(account: str) -> None:
    reported = [{"Key": "AccountBalance", "Value": f"Working Account|KES|1.00|1.00|0.00|0.00&{account}"}]

    posted = parse_balance_result(shape_with("balance_result", *PARAMETERS, value=reported))

    assert isinstance(posted, BalancePosted)
    assert [funds.name for funds in posted.accounts] == ["Working Account"]
    assert posted.unread == ("AccountBalance",)


def test_a_queue_timeout_tells_ids_if_it_has_any() -> None:
    assert parse_queue_timeout(shape("payout_accepted")) == QueueTimeout(
        "payout-1",  # type: ignore[arg-type]
        "AG_20240706_20106e9209f64bebd05b",  # type: ignore[arg-type]
    )
    assert parse_queue_timeout(shape("payout_result_float_short")).originator_conversation_id == "payout-1"
    assert parse_queue_timeout(b"") == QueueTimeout(None, None)


@given(value=values)
def test_no_parser_raises_on_any_json(value: object) -> None:
    for parse in PARSERS:
        parse(json.dumps(value).encode())


@given(data=st.data(), value=values)
def test_no_parser_raises_on_a_real_body_with_any_value_in_any_place(data: st.DataObject, value: object) -> None:
    body = json.loads(data.draw(st.sampled_from(all_shapes())))
    inner, step = body, data.draw(st.sampled_from(list(body)))
    while isinstance(place := inner[step], dict | list) and place and data.draw(st.booleans()):
        steps = list(place) if isinstance(place, dict) else list(range(len(place)))
        inner, step = place, data.draw(st.sampled_from(steps))
    inner[step] = value

    for parse in PARSERS:
        parse(json.dumps(body).encode())


@given(
    body=st.binary()
    | st.binary().map(gzip.compress)
    | st.binary().map(lambda packed: b"\x1f\x8b" + packed)
    | st.sampled_from(all_shapes()).flatmap(lambda whole: st.integers(0, len(whole)).map(lambda n: whole[:n]))
)
def test_no_parser_raises_on_bytes_or_on_half_a_body(body: bytes) -> None:
    for parse in PARSERS:
        parse(body)


@given(cents=st.integers(min_value=-(10**14), max_value=10**14))
def test_an_amount_is_read_to_the_cent_in_every_notation(cents: int) -> None:
    shillings = Decimal(cents) / 100

    assert amount_of(shillings) == cents
    assert amount_of(f"{shillings:.2f}") == cents
    assert amount_of(f"{shillings:.4f}") == cents
    assert amount_of(f"{shillings:,.2f}") == cents
    if cents % 100 == 0:
        assert amount_of(cents // 100) == amount_of(str(cents // 100)) == cents


@pytest.mark.parametrize(
    "value",
    [
        "",
        "1,00",
        "1,0000",
        ",100",
        "1,000,00",
        "10,00.00",
        "1.000,00",
        "1.005",
        "1e3",
        "KES 5",
        "٣",
        "1.",
        ".5",
        True,
        None,
        [],
        10**15,
        Decimal("0.001"),
    ],
)
def test_what_is_no_amount_in_whole_cents_is_not_read(value: object) -> None:
    assert amount_of(value) is None


@pytest.mark.parametrize(
    "value", ["20260231000000", "99999999999999", "00010101000000", "2026", "6.7.2024 1:2:3", 1.5, None]
)
def test_what_is_no_moment_is_not_read(value: object) -> None:
    assert time_of(value) is None
