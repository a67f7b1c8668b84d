"""The other words of M-Pesa: each is spoken when it is switched on, and means what the usual ones mean."""

import sqlite3
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from descrow.app.devstack.daraja.faults import Fault
from descrow.app.devstack.daraja.results import Result
from descrow.app.devstack.daraja.store import VERSION, Store
from descrow.app.devstack.daraja.wordings import REWORDINGS, UNUSUAL_B2C, UNUSUAL_STK, Bytes, reworded, unusual, written
from descrow.mpesa.callbacks import PayoutPosted, StkCallback, parse_payout_result, parse_stk_callback
from descrow.mpesa.results import Failed, Succeeded, Undecided, payout_result, stk_result
from tests.app.devstack.daraja.merchant import PAYER, Daraja
from tests.mpesa.recorded import shape

FEWER_ITEMS = {Fault.SINGLE_ITEM, Fault.ITEMS_MISSING}


@given(wordings=st.sets(st.sampled_from(REWORDINGS)), how=st.sampled_from(Bytes))
def test_a_payment_is_read_in_whichever_words_it_is_told(wordings: set[Fault], how: Bytes) -> None:
    usual = parse_stk_callback(shape("stk_callback_paid"))

    read = parse_stk_callback(written(reworded(shape("stk_callback_paid").decode(), sorted(wordings)), how))

    assert isinstance(read, StkCallback)
    assert isinstance(usual, StkCallback)
    assert (read.result, read.checkout_request_id) == (usual.result, usual.checkout_request_id)
    assert read.receipt_number in {usual.receipt_number} | ({None} if wordings & FEWER_ITEMS else set())
    assert read.amount in {usual.amount} | ({None} if wordings & FEWER_ITEMS else set())


@given(wordings=st.sets(st.sampled_from(REWORDINGS)), how=st.sampled_from(Bytes))
def test_a_payout_is_read_in_whichever_words_it_is_told(wordings: set[Fault], how: Bytes) -> None:
    read = parse_payout_result(written(reworded(shape("payout_result_paid").decode(), sorted(wordings)), how))

    assert isinstance(read, PayoutPosted)
    assert (read.result, read.receipt_number, read.amount) == (Succeeded(), "SG632NMUAB", 1_000)
    assert read.envelope.conversation_id == "AG_20240706_20106e9209f64bebd05b"


@given(draw=st.floats(min_value=0, max_value=1, exclude_max=True))
def test_every_unusual_code_is_a_failure_or_in_doubt_and_never_a_payment(draw: float) -> None:
    assert isinstance(stk_result(unusual(UNUSUAL_STK, draw)), Failed)
    assert isinstance(payout_result(unusual(UNUSUAL_B2C, draw)), Failed | Undecided)


def test_callback_and_query_tell_the_same_unusual_code(daraja: Daraja) -> None:
    daraja.faults(stk_code_unusual={"count": 1})
    push = daraja.push().json()["CheckoutRequestID"]
    daraja.control("POST", f"/phones/{PAYER}/answer", {"cancel": True})

    [read] = daraja.inbox.wait("/stk")

    code = read["Body"]["stkCallback"]["ResultCode"]
    assert Result(str(code)) in UNUSUAL_STK
    assert daraja.query(push).json()["ResultCode"] == str(code)


def test_a_file_of_an_earlier_version_is_written_anew_and_keeps_what_it_holds(tmp_path: Path) -> None:
    path = tmp_path / "daraja.sqlite"
    Store(path).close()
    earlier = sqlite3.connect(path)
    earlier.execute("ALTER TABLE callbacks DROP COLUMN written_as")
    row = "('{}', 'open', '{}', 'g', '', 1, '', '', '', '', 1, 1)"
    columns = "(kind, state, request_id, group_id, msisdn, amount_cents, command, reference, remarks, result_url,"
    insert = f"INSERT INTO transactions {columns} requested_at_ms, due_at_ms) VALUES {row}"
    earlier.execute(insert.format("stk", "first"))
    earlier.execute(
        "INSERT INTO callbacks (number, kind, url, body, state, due_at_ms) VALUES (1, 'stk', 'u', 'b', 'sent', 1)"
    )
    earlier.execute("PRAGMA user_version = 1")
    earlier.commit()
    earlier.close()

    store = Store(path)
    store.run(insert.format("c2b", "second"))

    assert store.number("PRAGMA user_version") == VERSION
    assert [tuple(found) for found in store.rows("SELECT number, request_id FROM transactions ORDER BY number")] == [
        (1, "first"),
        (2, "second"),
    ]
    assert [tuple(found) for found in store.rows("SELECT body, written_as FROM callbacks")] == [("b", "plain")]
    store.close()
