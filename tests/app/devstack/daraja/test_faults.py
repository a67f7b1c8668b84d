"""Each fault happens when it is switched on, is written down, and does not happen when it is off."""

import httpx
import pytest

from tests.app.devstack.daraja.conftest import StartDaraja
from tests.app.devstack.daraja.merchant import PAYER, SELLER, SHILLING, Daraja, Json, result_of
from tests.waiting import wait_until

ONCE: Json = {"count": 1}
OTHER = "254110000002"


@pytest.fixture
def daraja(daraja: Daraja) -> Daraja:
    """With a second payer, a seller, and money to pay out."""
    daraja.a_phone(OTHER)
    daraja.a_phone(SELLER, 0)
    daraja.control("POST", "/deposits", {"to": "utility", "amount_cents": 1000 * SHILLING})
    return daraja


def codes(daraja: Daraja, path: str = "/stk") -> list[int]:
    return [body["Body"]["stkCallback"]["ResultCode"] for body in daraja.inbox.bodies(path)]


def ids(daraja: Daraja, path: str = "/stk") -> list[str]:
    return [body["Body"]["stkCallback"]["CheckoutRequestID"] for body in daraja.inbox.bodies(path)]


def sent(daraja: Daraja, bearing: str) -> list[tuple[str, str]]:
    return [(callback["kind"], callback["state"]) for callback in daraja.transaction(bearing)["callbacks"]]


def struck(daraja: Daraja, bearing: str) -> list[str]:
    """The faults in the history of one transaction."""
    return [event["detail"] for event in daraja.transaction(bearing)["history"] if event["what"] == "fault"]


def all_sent(daraja: Daraja, bearing: str) -> bool:
    callbacks = daraja.transaction(bearing)["callbacks"]
    return bool(callbacks) and all(callback["answer"] or callback["state"] == "lost" for callback in callbacks)


def test_nothing_goes_wrong_when_all_faults_are_off(daraja: Daraja) -> None:
    push, _ = daraja.paid_push()
    daraja.pay_out("payout-1")
    daraja.inbox.wait("/b2c")
    wait_until(lambda: all_sent(daraja, push) and all_sent(daraja, "payout-1"))

    assert daraja.query(push).json()["ResultCode"] == "0"
    assert sent(daraja, push) == [("stk", "sent")]
    assert sent(daraja, "payout-1") == [("result", "sent")]
    assert (codes(daraja), len(daraja.inbox.received)) == ([0], 2)
    assert daraja.faults_struck() == []


# Any request


def test_a_killed_token_is_refused_and_the_next_one_works(daraja: Daraja) -> None:
    daraja.authorize()
    daraja.faults(token_killed=ONCE)

    refused, refused_again = daraja.push(), daraja.push()
    daraja.authorize()

    assert (refused.status_code, refused.json()["errorCode"]) == (404, "404.001.03")
    assert refused_again.status_code == 404
    assert daraja.push().status_code == 200
    assert daraja.faults_struck() == ["token_killed"]


@pytest.mark.parametrize(
    ("fault", "status", "content_type", "says"),
    [
        ("spike_arrest", 500, "application/json", b"500.003.02"),
        ("html_error", 503, "text/html", b"<html>"),
        ("empty_error", 500, "", b""),
    ],
)
def test_a_request_is_turned_away_and_nothing_is_done(
    daraja: Daraja, fault: str, status: int, content_type: str, says: bytes
) -> None:
    daraja.authorize()
    daraja.fault(fault, count=2)

    push, query = daraja.push(), daraja.query("ws_CO_1")
    after = daraja.push()

    for answer in (push, query):
        assert answer.status_code == status
        assert content_type in answer.headers.get("Content-Type", "")
        assert says in answer.content
        assert says or not answer.content
    assert after.status_code == 200
    assert len(daraja.transactions()) == 1
    events = daraja.control("GET", "/history")
    details = [event["detail"] for event in events if event["what"] == "fault"]
    assert details == [f"{fault} stk_push AccountReference ORDER-17", f"{fault} stk_query CheckoutRequestID ws_CO_1"]


def test_a_token_request_is_turned_away_too(daraja: Daraja) -> None:
    daraja.faults(empty_error=ONCE)

    assert (daraja.ask_for_token().status_code, daraja.ask_for_token().status_code) == (500, 200)


def test_a_slow_answer_comes_after_the_work_was_done(daraja: Daraja) -> None:
    daraja.authorize()
    daraja.faults(slow_answer={"count": 1, "delay_s": 5})

    with pytest.raises(httpx.ReadTimeout):
        daraja.http.post(
            "/mpesa/stkpush/v1/processrequest",
            json=daraja.push_body(),
            headers={"Authorization": f"Bearer {daraja.token}"},
            timeout=0.3,
        )

    assert daraja.phone()["prompt"] is not None
    assert struck(daraja, PAYER) == ["slow_answer stk_push"]


# The push and its answer


def test_a_push_whose_answer_is_lost_can_still_be_paid(daraja: Daraja) -> None:
    daraja.faults(ack_lost=ONCE)

    with pytest.raises(httpx.RemoteProtocolError):
        daraja.push()
    daraja.answer()

    daraja.inbox.wait("/stk")
    assert codes(daraja) == [0]
    assert daraja.balance("wallet", PAYER) == 900 * SHILLING
    assert struck(daraja, PAYER) == ["ack_lost"]


def test_a_callback_comes_before_the_answer_to_the_push(daraja: Daraja) -> None:
    daraja.control("PUT", "/auto-answer", {"pay": 1})
    daraja.faults(callback_before_ack=ONCE)

    accepted = daraja.push().json()

    assert ids(daraja) == [accepted["CheckoutRequestID"]]


def test_an_answer_is_not_held_for_ever(daraja: Daraja) -> None:
    daraja.faults(callback_before_ack={"count": 1, "delay_s": 0.1})

    request_id = daraja.push().json()["CheckoutRequestID"]

    assert daraja.inbox.received == []
    assert "ack_released" in [event["what"] for event in daraja.transaction(request_id)["history"]]


# The query


def test_a_query_in_flight_may_say_4999(daraja: Daraja) -> None:
    request_id = daraja.push().json()["CheckoutRequestID"]
    daraja.faults(query_4999=ONCE)

    struck_query, query = daraja.query(request_id), daraja.query(request_id)

    assert struck_query.status_code == 200
    assert struck_query.json()["ResultCode"] == "4999"
    assert struck_query.json()["ResultDesc"] == "The transaction is still under processing"
    assert query.status_code == 500


def test_a_query_of_a_decided_push_may_fail_without_a_word(daraja: Daraja) -> None:
    request_id, _ = daraja.paid_push()
    daraja.faults(query_500=ONCE)

    struck_query, query = daraja.query(request_id), daraja.query(request_id)

    assert struck_query.status_code == 500
    assert (struck_query.json()["errorCode"], struck_query.json()["errorMessage"]) == ("500.001.1001", "")
    assert query.json()["ResultCode"] == "0"


def test_a_query_may_deny_a_payment_that_was_made(daraja: Daraja) -> None:
    request_id, _ = daraja.paid_push()
    daraja.faults(query_wrong_final=ONCE)

    denied, reported = daraja.query(request_id).json(), daraja.query(request_id).json()

    assert (denied["ResultCode"], reported["ResultCode"]) == ("1037", "0")
    assert struck(daraja, request_id) == ["query_wrong_final"]


# The callback


def test_a_lost_callback_is_never_sent(daraja: Daraja) -> None:
    daraja.faults(callback_lost=ONCE)
    lost, _ = daraja.paid_push()
    other, _ = daraja.paid_push()

    daraja.inbox.wait("/stk")

    assert ids(daraja) == [other]
    assert sent(daraja, lost) == [("stk", "lost")]
    assert struck(daraja, lost) == ["callback_lost"]
    assert daraja.query(lost).json()["ResultCode"] == "0"


def test_a_delayed_callback_comes_after_one_that_was_decided_later(daraja: Daraja) -> None:
    daraja.faults(callback_delayed={"count": 1, "delay_s": 0.3})
    delayed, _ = daraja.paid_push()
    other, _ = daraja.paid_push(PartyA=OTHER)

    daraja.inbox.wait("/stk", 2)

    assert ids(daraja) == [other, delayed]


def test_a_doubled_callback_comes_twice_and_alike(daraja: Daraja) -> None:
    daraja.faults(callback_doubled=ONCE)
    request_id, _ = daraja.paid_push()

    first, second = daraja.inbox.wait("/stk", 2)

    assert first == second
    assert daraja.balance("wallet", PAYER) == 900 * SHILLING
    assert sent(daraja, request_id) == [("stk", "sent")] * 2


def test_a_reordered_callback_waits_for_the_next_one(daraja: Daraja) -> None:
    daraja.faults(callback_reordered={"count": 1, "delay_s": 60})
    held, _ = daraja.paid_push()
    other, _ = daraja.paid_push(PartyA=OTHER)

    daraja.inbox.wait("/stk", 2)

    assert ids(daraja) == [other, held]


def test_a_reordered_callback_with_none_after_it_comes_in_the_end(daraja: Daraja) -> None:
    daraja.faults(callback_reordered={"count": 1, "delay_s": 0.1})
    held, _ = daraja.paid_push()

    daraja.inbox.wait("/stk")

    assert ids(daraja) == [held]


def test_a_forged_callback_claims_a_payment_that_nobody_made(daraja: Daraja) -> None:
    daraja.faults(callback_forged=ONCE)
    request_id = daraja.push().json()["CheckoutRequestID"]

    forged = daraja.inbox.wait("/stk")[0]["Body"]["stkCallback"]
    daraja.answer(cancel=True)
    daraja.inbox.wait("/stk", 2)

    receipt = next(i for i in forged["CallbackMetadata"]["Item"] if i["Name"] == "MpesaReceiptNumber")["Value"]
    assert forged["CheckoutRequestID"] == request_id
    assert codes(daraja) == [0, 1032]
    assert daraja.transactions(receipt) == []
    assert daraja.balance("wallet", PAYER) == 1000 * SHILLING


def test_a_callback_may_state_another_amount_than_was_paid(daraja: Daraja) -> None:
    daraja.faults(callback_wrong_amount=ONCE)
    daraja.paid_push(Amount=100)
    daraja.paid_push(Amount=100)

    wrong, right = (
        body["Body"]["stkCallback"]["CallbackMetadata"]["Item"][0]["Value"] for body in daraja.inbox.wait("/stk", 2)
    )

    assert sorted((wrong, right)) == [100, 101]
    assert daraja.balance("wallet", PAYER) == 800 * SHILLING


# Payouts and their results


def test_a_payout_whose_answer_is_lost_is_made_and_its_id_is_taken(daraja: Daraja) -> None:
    daraja.faults(b2c_ack_lost=ONCE)

    with pytest.raises(httpx.RemoteProtocolError):
        daraja.pay_out("payout-1")

    assert daraja.pay_out("payout-1").json()["errorCode"] == "500.002.1001"
    assert result_of(daraja.inbox.wait("/b2c")[0])["ResultCode"] == 0
    assert daraja.balance("wallet", SELLER) == 50 * SHILLING


def test_a_result_comes_before_the_answer(daraja: Daraja) -> None:
    daraja.faults(result_before_ack=ONCE)

    accepted = daraja.pay_out("payout-1").json()

    (body,) = daraja.inbox.bodies("/b2c")
    assert result_of(body)["ConversationID"] == accepted["ConversationID"]


def test_a_lost_result_is_never_sent_but_the_status_tells(daraja: Daraja) -> None:
    daraja.faults(result_lost=ONCE)
    daraja.pay_out("payout-1")
    wait_until(lambda: sent(daraja, "payout-1") == [("result", "lost")])

    daraja.ask_status(OriginalConversationID="payout-1")

    assert result_of(daraja.inbox.wait("/status")[0])["ResultCode"] == 0
    assert daraja.inbox.bodies("/b2c") == []
    assert daraja.balance("wallet", SELLER) == 50 * SHILLING


def test_a_delayed_result_comes_after_a_later_one(daraja: Daraja) -> None:
    daraja.faults(result_delayed={"count": 1, "delay_s": 0.3})
    daraja.pay_out("payout-1")
    wait_until(lambda: daraja.faults_struck() == ["result_delayed"])
    daraja.pay_out("payout-2")

    results = [result_of(body)["OriginatorConversationID"] for body in daraja.inbox.wait("/b2c", 2)]

    assert results == ["payout-2", "payout-1"]


def test_a_doubled_result_comes_twice_and_pays_once(daraja: Daraja) -> None:
    daraja.faults(result_doubled=ONCE)
    daraja.pay_out("payout-1")

    first, second = daraja.inbox.wait("/b2c", 2)

    assert first == second
    assert daraja.balance("wallet", SELLER) == 50 * SHILLING


@pytest.mark.parametrize(("fault", "paid"), [("queue_timeout_paid", 50), ("queue_timeout_unpaid", 0)])
def test_a_timeout_in_the_queue_leaves_the_outcome_open(daraja: Daraja, fault: str, paid: int) -> None:
    daraja.fault(fault, count=1)
    daraja.pay_out("payout-1")

    (body,) = daraja.inbox.wait("/b2c/timeout")

    assert body["Result"]["OriginatorConversationID"] == "payout-1"
    assert daraja.inbox.bodies("/b2c") == []
    assert daraja.balance("wallet", SELLER) == paid * SHILLING
    assert struck(daraja, "payout-1") == [fault]


# The switchboard


def outcome_of_a_run(daraja: Daraja, seed: int) -> list[tuple[str, list[str]]]:
    """Return what each of thirty pushes came to, under chance."""
    daraja.control("POST", "/reset")
    for number in range(30):
        daraja.a_phone(f"2547000000{number:02}")
    daraja.control("PUT", "/auto-answer", {"pay": 0.5, "cancel": 0.2, "wrong_pin": 0.1, "insufficient": 0.2})
    daraja.faults(seed=seed, callback_lost={"probability": 0.3}, callback_doubled={"probability": 0.3})
    daraja.token = ""
    for number in range(30):
        assert daraja.push(PartyA=f"2547000000{number:02}").status_code == 200
    wait_until(lambda: all(transaction["state"] != "open" for transaction in daraja.transactions()))
    return [(t["result_code"], struck(daraja, t["request_id"])) for t in daraja.transactions()]


def test_the_same_seed_gives_the_same_run_and_another_seed_another(daraja: Daraja) -> None:
    first, again, other = (outcome_of_a_run(daraja, seed) for seed in (7, 7, 8))

    assert first == again
    assert first != other
    assert {code for code, _ in first} == {"0", "1", "1032", "2001"}


def test_a_fault_of_certain_probability_strikes_always_and_one_of_none_never(daraja: Daraja) -> None:
    request_id, _ = daraja.paid_push()
    daraja.faults(query_500={"probability": 1})
    always = {daraja.query(request_id).status_code for _ in range(20)}
    daraja.faults(query_500={"probability": 0})
    never = {daraja.query(request_id).status_code for _ in range(20)}

    assert (always, never) == ({500}, {200})


def test_a_count_runs_down_and_is_shown(daraja: Daraja) -> None:
    daraja.faults(query_500={"count": 2})
    request_id, _ = daraja.paid_push()

    daraja.query(request_id)

    shown = daraja.control("GET", "/faults")["faults"]
    assert shown["query_500"]["setting"] == {"count": 1}
    assert shown["callback_lost"]["setting"] == {}


@pytest.mark.parametrize(
    "faults",
    [
        {"no_such_fault": {"count": 1}},
        {"query_500": {"probability": 2}},
        {"query_500": {"count": -1}},
        {"query_500": {"often": 1}},
    ],
)
def test_a_switch_that_makes_no_sense_is_refused_and_nothing_is_switched(daraja: Daraja, faults: Json) -> None:
    daraja.faults(callback_lost={"probability": 0.5})

    answer = daraja.http.put("/control/faults", json={"seed": 1, "faults": faults})

    assert answer.status_code == 400
    assert answer.json()["code"] in ("fault_unknown", "invalid_request")
    assert daraja.control("GET", "/faults")["faults"]["callback_lost"]["setting"] == {"probability": 0.5}


def test_the_switchboard_survives_a_kill(start_daraja: StartDaraja) -> None:
    daraja = start_daraja()
    daraja.faults(seed=5, callback_lost={"probability": 0.5})

    daraja.kill()
    daraja.start()

    shown = daraja.control("GET", "/faults")
    assert shown["seed"] == 5
    assert shown["faults"]["callback_lost"]["setting"] == {"probability": 0.5}
