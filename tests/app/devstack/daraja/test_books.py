"""The simulator's own books, whatever is done."""

from typing import Any

import httpx
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.app.devstack.daraja.merchant import PAYER, SELLER, SHILLING, Daraja, Json
from tests.waiting import wait_until

AMOUNTS = st.sampled_from([0, 1, 9, 10, 50, 100, 101, 400, 1_000, 1_501, 250_000, 250_001])
PHONES = st.sampled_from([PAYER, SELLER, "254700000000"])
STEPS = st.one_of(
    st.tuples(st.just("push"), PHONES, AMOUNTS),
    st.tuples(st.just("answer"), PHONES, st.sampled_from(["1234", "0000"])),
    st.tuples(st.just("cancel"), PHONES),
    st.tuples(st.just("pay out"), PHONES, AMOUNTS, st.integers(1, 6)),
    st.tuples(st.just("reverse"), st.integers(0, 5), AMOUNTS),
    st.tuples(st.just("deposit"), st.sampled_from([PAYER, "utility", "working"]), st.integers(1, 10**7)),
)
CHANCES = st.fixed_dictionaries(
    {name: st.just({"probability": 0.3}) for name in ("queue_timeout_paid", "queue_timeout_unpaid", "ack_lost")}
)


def take(daraja: Daraja, step: Any) -> None:
    """Do one thing. That it is refused, or its answer lost, is as good as that it is done."""
    try:
        match step:
            case "push", phone, amount:
                daraja.push(PartyA=phone, Amount=amount)
            case "answer", phone, pin:
                daraja.http.post(f"/control/phones/{phone}/answer", json={"pin": pin})
            case "cancel", phone:
                daraja.http.post(f"/control/phones/{phone}/answer", json={"cancel": True})
            case "pay out", phone, amount, conversation:
                daraja.pay_out(f"payout-{conversation}", amount, PartyB=phone)
            case "reverse", place, amount:
                receipts = [t["receipt"] for t in daraja.transactions() if t["receipt"]]
                daraja.reverse(receipts[place % len(receipts)] if receipts else "UKO0000000", amount)
            case "deposit", to, cents:
                daraja.http.post("/control/deposits", json={"to": to, "amount_cents": cents})
    except httpx.RemoteProtocolError:
        pass


def commands_are_done(daraja: Daraja) -> bool:
    return all(t["state"] != "open" for t in daraja.transactions() if t["kind"] != "stk" or t["refusal_code"])


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEPS, min_size=1, max_size=20), faults=st.one_of(st.just({}), CHANCES), seed=st.integers(0, 99))
def test_all_accounts_sum_to_zero_and_no_wallet_goes_negative(
    daraja: Daraja, steps: list[Any], faults: Json, seed: int
) -> None:
    daraja.control("POST", "/reset")
    daraja.token = ""
    daraja.a_phone(balance_kes=1_000)
    daraja.a_phone(SELLER, 0)
    daraja.faults(seed=seed, **faults)

    for step in steps:
        take(daraja, step)
    wait_until(lambda: commands_are_done(daraja))

    books, entries = daraja.control("GET", "/books"), daraja.control("GET", "/books/entries")
    assert (books["accounts_sum_cents"], books["entries_sum_cents"]) == (0, 0)
    for account in books["accounts"]:
        own = [e for e in entries if (e["kind"], e["owner"]) == (account["kind"], account["owner"])]
        assert account["balance_cents"] == sum(entry["amount_cents"] for entry in own)
        if account["kind"] not in ("outside", "charges_paid"):
            assert account["balance_cents"] >= 0
            assert all(entry["balance_after_cents"] >= 0 for entry in own)
    for posting in {entry["posting_id"] for entry in entries}:
        assert sum(entry["amount_cents"] for entry in entries if entry["posting_id"] == posting) == 0
    assert_every_movement_has_its_transaction(daraja.transactions(), entries)


def assert_every_movement_has_its_transaction(transactions: list[Json], entries: list[Json]) -> None:
    """A transaction moved its amount if it was completed, and nothing otherwise."""
    for transaction in transactions:
        moved = sum(
            abs(entry["amount_cents"])
            for entry in entries
            if entry["number"] == transaction["number"] and entry["kind"] == "wallet"
        )
        completed = transaction["state"] == "completed"
        assert moved == (transaction["amount_cents"] if completed else 0)


def test_a_payment_a_payout_and_a_reversal_are_each_found_in_the_books(daraja: Daraja) -> None:
    daraja.a_phone(SELLER, 0)
    receipt = daraja.paid_push(Amount=300)[1]["receipt"]
    daraja.paid_push(Amount=400)
    daraja.pay_out("payout-1", 350)
    daraja.reverse(receipt, 300)
    daraja.inbox.wait("/b2c")
    daraja.inbox.wait("/reversal")

    assert daraja.balance("wallet", PAYER) == (1000 - 300 - 400 + 300) * SHILLING
    assert daraja.balance("wallet", SELLER) == 350 * SHILLING
    assert daraja.balance("utility") == (300 + 400 - 350 - 300) * SHILLING
    assert daraja.balance("charges_paid") == -5 * SHILLING
    assert daraja.balance("fees", "m-pesa") == 5 * SHILLING
    assert daraja.balance("outside", "m-pesa") == -1000 * SHILLING
    reasons = [entry["reason"] for entry in daraja.control("GET", "/books/entries") if entry["amount_cents"] > 0]
    assert reasons == ["opening balance", "payment", "payment", "payout", "payout", "reversal"]
