"""Phones: their pages, their messages, and how they answer by themselves."""

import json
import re
import threading
from collections.abc import Iterator

import httpx
import pytest

from tests.app.devstack.daraja.conftest import StartDaraja
from tests.app.devstack.daraja.merchant import PAYER, SELLER, SHILLING, Daraja, Json
from tests.waiting import wait_until

HOSTILE = "<script>alert(1)</script>"


def views(response: httpx.Response) -> Iterator[Json]:
    """Return what a page is told, one view after the other."""
    for line in response.iter_lines():
        if line.startswith("data: "):
            yield json.loads(line.removeprefix("data: "))


def test_a_page_learns_at_once_of_prompt_answer_balance_and_message(daraja: Daraja) -> None:
    with daraja.http.stream("GET", f"/control/phones/{PAYER}/events") as response:
        page = views(response)
        idle = next(page)
        threading.Thread(target=daraja.push, kwargs={"AccountReference": "ORDER-17"}).start()
        prompted = next(page)
        threading.Thread(target=daraja.answer).start()
        answered = next(page)

    assert response.headers["Content-Type"].startswith("text/event-stream")
    assert (idle["prompt"], idle["messages"]) == (None, [])
    assert prompted["prompt"]["text"] == (
        "Do you want to pay KES 100.00 to DESCROW? Account no. ORDER-17. Enter M-PESA PIN:"
    )
    assert answered["prompt"] is None
    assert answered["balance_cents"] == 900 * SHILLING
    assert len(answered["messages"]) == 1


def test_an_open_page_does_not_keep_the_simulator_from_stopping(start_daraja: StartDaraja) -> None:
    daraja = start_daraja()
    daraja.a_phone()
    page = daraja.http.send(daraja.http.build_request("GET", f"/control/phones/{PAYER}/events"), stream=True)
    assert next(views(page))["msisdn"] == PAYER

    assert daraja.stop() == 0


@pytest.mark.parametrize("path", ["/", f"/phones/{PAYER}"])
def test_pages_run_nothing_but_their_own_files(daraja: Daraja, path: str) -> None:
    page = daraja.http.get(path)

    policy = page.headers["Content-Security-Policy"]
    assert page.headers["Content-Type"].startswith("text/html")
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'")
    assert "unsafe" not in policy
    assert "<style" not in page.text
    assert not re.search(r"\son\w+=|\sstyle=|<script(?! src=\"/static/)", page.text)
    for reference in re.findall(r"(?:src|href)=\"(/static/[^\"]+)\"", page.text):
        assert daraja.http.get(reference).status_code == 200


def test_no_text_of_a_merchant_is_part_of_a_page(daraja: Daraja) -> None:
    daraja.push(AccountReference=HOSTILE, TransactionDesc=HOSTILE)
    assert daraja.phone()["prompt"]["reference"] == HOSTILE

    scripts = daraja.http.get("/static/phone.js").text + daraja.http.get("/static/operator.js").text

    assert HOSTILE not in daraja.http.get(f"/phones/{PAYER}").text + daraja.http.get("/").text
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", scripts)


def test_no_file_but_those_of_the_pages_is_served(daraja: Daraja) -> None:
    for name in ("operator.html", "..%2fsettings.py", "schema.sql"):
        assert daraja.http.get(f"/static/{name}").status_code == 404


def test_messages_read_like_confirmations(daraja: Daraja) -> None:
    daraja.a_phone(SELLER, 0)
    _, paid = daraja.paid_push(Amount=250)
    daraja.pay_out("payout-1", 60)
    daraja.inbox.wait("/b2c")

    (bought,), (sold,) = daraja.phone()["messages"], daraja.phone(SELLER)["messages"]

    assert re.fullmatch(
        rf"{paid['receipt']} Confirmed\. You paid KES 250\.00 to DESCROW, account ORDER-17, on \d+/\d+/\d\d at"
        r" \d+:\d\d [AP]M\. New M-PESA balance: KES 750\.00\. Cost to you: KES 0\.00\."
        r" You may still send KES 499,750\.00 today\.",
        bought["text"],
    )
    assert re.fullmatch(
        r"\w{10} Confirmed\. DESCROW sent you KES 60\.00 on \S+ at \d+:\d\d [AP]M\. New M-PESA balance: KES 60\.00\.",
        sold["text"],
    )


def test_a_failure_is_told_and_a_cancelled_prompt_is_not(daraja: Daraja) -> None:
    daraja.push()
    daraja.answer(cancel=True)
    assert daraja.phone()["messages"] == []

    daraja.push()
    daraja.answer(pin="0000")

    assert [m["text"] for m in daraja.phone()["messages"]] == [
        "Failed. KES 100.00 to DESCROW was not paid: the PIN was wrong."
    ]


@pytest.mark.parametrize(
    ("way", "code"), [("pay", "0"), ("cancel", "1032"), ("wrong_pin", "2001"), ("insufficient", "1")]
)
def test_a_phone_answers_by_itself(daraja: Daraja, way: str, code: str) -> None:
    daraja.control("PUT", "/auto-answer", {way: 1, "delay_s": 0.01, "longest_delay_s": 0.02})

    request_id = daraja.push().json()["CheckoutRequestID"]

    daraja.inbox.wait("/stk")
    assert daraja.query(request_id).json()["ResultCode"] == code
    assert daraja.balance("wallet", PAYER) == (900 if code == "0" else 1000) * SHILLING


def test_a_phone_of_its_own_way_does_not_heed_the_way_of_all(daraja: Daraja) -> None:
    daraja.a_phone(SELLER)
    daraja.control("PUT", "/auto-answer", {"cancel": 1})
    daraja.control("PUT", f"/phones/{SELLER}/auto-answer", {"ignore": 1})

    daraja.push()
    daraja.push(PartyA=SELLER)

    daraja.inbox.wait("/stk")
    assert daraja.phone()["prompt"] is None
    assert daraja.phone(SELLER)["prompt"] is not None


def test_a_person_may_be_quicker_than_the_phone(daraja: Daraja) -> None:
    daraja.control("PUT", "/auto-answer", {"cancel": 1, "delay_s": 0.3})
    request_id, decided = daraja.paid_push()
    daraja.push(Amount=1)

    wait_until(lambda: daraja.transactions()[-1]["state"] == "failed")

    assert decided["result_code"] == "0"
    assert daraja.query(request_id).json()["ResultCode"] == "0"


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("GET", "/phones/254700000000", None, 404, "phone_unknown"),
        ("GET", "/phones/254700000000/events", None, 404, "phone_unknown"),
        ("POST", "/phones/254700000000/answer", {"pin": "1234"}, 404, "phone_unknown"),
        ("POST", f"/phones/{PAYER}/answer", {"pin": "1234"}, 409, "no_prompt"),
        ("POST", f"/phones/{PAYER}/answer", {}, 400, "answer_needed"),
        ("POST", "/phones", {"msisdn": PAYER}, 409, "phone_exists"),
        ("POST", "/phones", {"msisdn": "0712345678"}, 400, "invalid_request"),
        ("POST", "/phones", {"msisdn": SELLER, "pin": "12"}, 400, "invalid_request"),
        ("POST", "/phones", {"msisdn": SELLER, "balance": 1}, 400, "invalid_request"),
        ("POST", "/deposits", {"to": "254700000000", "amount_cents": 1}, 404, "phone_unknown"),
        ("POST", "/deposits", {"to": PAYER, "amount_cents": 0}, 400, "invalid_request"),
        ("GET", "/transactions/99", None, 404, "transaction_unknown"),
        ("GET", "/nothing", None, 404, "invalid_request"),
        ("PUT", "/auto-answer", {"pay": -1}, 400, "invalid_request"),
    ],
)
def test_the_control_interface_says_what_is_wrong(
    daraja: Daraja, method: str, path: str, body: Json | None, status: int, code: str
) -> None:
    answer = daraja.http.request(method, f"/control{path}", json=body)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["message"]
    assert daraja.balance("wallet", PAYER) == 1000 * SHILLING


def test_a_reset_forgets_all_but_the_certificate(daraja: Daraja) -> None:
    certificate = daraja.http.get("/control/certificate").text
    daraja.faults(query_500={"count": 1})
    daraja.paid_push()
    daraja.push()

    daraja.control("POST", "/reset")

    overview = daraja.control("GET", "/overview")
    assert (overview["phones"], overview["transactions"]) == ([], [])
    assert {account["balance_cents"] for account in overview["books"]["accounts"]} == {0}
    assert overview["switchboard"]["faults"]["query_500"]["setting"] == {}
    assert daraja.http.get("/control/certificate").text == certificate
    assert daraja.push().status_code == 404  # the token is gone as well


def test_the_simulator_says_that_it_is_well(daraja: Daraja) -> None:
    assert daraja.http.get("/health").json() == {"status": "ok"}
