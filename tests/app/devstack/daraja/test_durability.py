"""Check what a kill of the process leaves, and what the next start makes of it."""

import subprocess
import sys
from pathlib import Path

from tests.app.devstack.daraja.conftest import StartDaraja
from tests.app.devstack.daraja.merchant import PAYER, SELLER, SHILLING, Daraja, Json, result_of
from tests.waiting import wait_until


def books(daraja: Daraja) -> Json:
    shown: Json = daraja.control("GET", "/books")
    return shown


def test_money_and_transactions_are_as_before_the_kill(start_daraja: StartDaraja) -> None:
    daraja = start_daraja()
    daraja.a_phone()
    daraja.a_phone(SELLER, 0)
    for _ in range(5):
        daraja.paid_push(Amount=100)
    daraja.pay_out("payout-1", 200)
    daraja.inbox.wait("/b2c")
    daraja.inbox.wait("/stk", 5)
    before = (books(daraja), daraja.transactions(), daraja.control("GET", "/books/entries"), daraja.phone()["messages"])
    certificate = daraja.http.get("/control/certificate").text

    daraja.kill()
    daraja.start()

    after = (books(daraja), daraja.transactions(), daraja.control("GET", "/books/entries"), daraja.phone()["messages"])
    assert after == before
    assert daraja.http.get("/control/certificate").text == certificate
    assert daraja.pay_out("payout-1", 200).json()["errorCode"] == "500.002.1001"


def test_a_token_survives_the_kill(start_daraja: StartDaraja) -> None:
    daraja = start_daraja()
    daraja.a_phone()
    token = daraja.authorize()

    daraja.kill()
    daraja.start()

    assert daraja.call("/mpesa/stkpush/v1/processrequest", daraja.push_body(), token=token).status_code == 200


def test_a_live_prompt_goes_on_and_can_be_answered_after_the_kill(start_daraja: StartDaraja) -> None:
    daraja = start_daraja()
    daraja.a_phone()
    daraja.push()
    before = daraja.phone()["prompt"]

    daraja.kill()
    daraja.start()

    assert daraja.phone()["prompt"] == before
    daraja.answer()
    assert daraja.inbox.wait("/stk")[0]["Body"]["stkCallback"]["ResultCode"] == 0
    assert daraja.balance("wallet", PAYER) == 900 * SHILLING


def test_a_prompt_whose_time_ran_out_meanwhile_expires_at_the_start(start_daraja: StartDaraja) -> None:
    daraja = start_daraja(prompt_timeout_s=0.3)
    daraja.a_phone()
    daraja.push()
    daraja.kill()

    daraja.start()

    assert daraja.inbox.wait("/stk")[0]["Body"]["stkCallback"]["ResultCode"] == 1037


def test_a_command_that_was_accepted_is_carried_out_once_after_the_kill(start_daraja: StartDaraja) -> None:
    daraja = start_daraja(result_delay_s=0.4)
    daraja.a_phone(SELLER, 0)
    daraja.control("POST", "/deposits", {"to": "utility", "amount_cents": 1000 * SHILLING})
    daraja.pay_out("payout-1")
    daraja.kill()

    daraja.start()

    assert result_of(daraja.inbox.wait("/b2c")[0])["ResultCode"] == 0
    assert daraja.balance("wallet", SELLER) == 50 * SHILLING
    assert len(daraja.inbox.bodies("/b2c")) == 1


def a_callback_not_yet_sent(daraja: Daraja) -> str:
    daraja.a_phone()
    daraja.faults(callback_delayed={"count": 1, "delay_s": 0.5})
    request_id, _ = daraja.paid_push()
    daraja.kill()
    return request_id


def test_a_callback_not_yet_sent_is_sent_after_the_kill(start_daraja: StartDaraja) -> None:
    daraja = start_daraja()
    request_id = a_callback_not_yet_sent(daraja)
    assert daraja.inbox.received == []

    daraja.start()

    daraja.inbox.wait("/stk")
    assert daraja.transaction(request_id)["callbacks"][0]["state"] == "sent"


def test_a_callback_not_yet_sent_is_lost_if_so_chosen(start_daraja: StartDaraja) -> None:
    daraja = start_daraja(after_restart="lose")
    request_id = a_callback_not_yet_sent(daraja)

    daraja.start()

    assert daraja.transaction(request_id)["callbacks"][0]["state"] == "lost"
    assert "callback_lost" in [event["what"] for event in daraja.transaction(request_id)["history"]]
    assert daraja.query(request_id).json()["ResultCode"] == "0"


def test_a_payment_in_the_moment_of_the_kill_is_whole_or_was_not_made(start_daraja: StartDaraja) -> None:
    daraja = start_daraja()
    daraja.a_phone(balance_kes=10_000)
    daraja.control("PUT", "/auto-answer", {"pay": 1})
    for _ in range(3):
        for _ in range(10):
            daraja.push(Amount=1)
        daraja.kill()
        daraja.start()
        wait_until(lambda: all(transaction["state"] == "completed" for transaction in daraja.transactions()))

        paid = len(daraja.transactions()) * SHILLING
        assert daraja.balance("utility") == paid
        assert daraja.balance("wallet", PAYER) == 10_000 * SHILLING - paid
        assert len(daraja.phone()["messages"]) == min(len(daraja.transactions()), 30)


def test_a_file_is_used_by_one_simulator_at_a_time(start_daraja: StartDaraja, tmp_path: Path) -> None:
    start_daraja()

    second = subprocess.run(
        [sys.executable, "-m", "descrow.app.devstack.daraja", f"--data={tmp_path / '0.sqlite'}", "--port=1"],
        capture_output=True,
        text=True,
        timeout=30,
    )

    assert second.returncode == 1
    assert second.stderr == f"{tmp_path / '0.sqlite'} is in use by another simulator\n"
