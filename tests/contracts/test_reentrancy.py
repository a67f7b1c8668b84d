"""Payees that call back while they are paid: they change nothing and are paid once."""

from typing import Any

import pytest

from .abi import reason_in
from .environment import Environment
from .values import DAY, DELIVERED, DISPUTED, DOT, FUNDED, SHIPPED, a_digest, split_amount

SELLER_PART = 10 * DOT - DOT // 4


LOCKED_FUNCTIONS = [
    "confirm_delivery",
    "refund",
    "settle_expired",
    "resolve_dispute",
    "accept_settlement",
    "withdraw",
    "withdraw_for",
    "withdraw_to",
]


@pytest.mark.parametrize("function", LOCKED_FUNCTIONS)
def test_a_callback_into_a_paying_function_is_refused(environment: Environment, function: str) -> None:
    payee = environment.a_payee("reentering")
    credit = environment.a_credit_of(payee)
    environment.an_order(DELIVERED)  # and a credit for the treasury
    bought, sold = environment.an_order(SHIPPED, buyer=payee), environment.an_order(SHIPPED, seller=payee)
    disputed = environment.an_order(DISPUTED, terms_id=environment.publish_terms(arbiter=payee))
    environment.execute("propose_settlement", sold, 0, 365 * DAY, by=environment.buyer)
    if function == "settle_expired":
        environment.advance_to(environment.order(sold).deadline)
    args_of: dict[str, list[Any]] = {
        "confirm_delivery": [bought],
        "refund": [sold],
        "settle_expired": [[bought, sold]],
        "resolve_dispute": [disputed, 0],
        "accept_settlement": [sold, 0],
        "withdraw": [],
        "withdraw_for": [environment.treasury],
        "withdraw_to": [environment.stranger],
    }
    with environment.evm.rolled_back():  # but for the lock, the call would go through
        environment.execute(function, *args_of[function], by=payee)
    environment.set_callback(payee, function, *args_of[function])
    before = environment.state()

    outcome = environment.execute("withdraw_for", payee, by=environment.stranger)

    assert outcome.callbacks == ((False, b""),)
    after = environment.state()
    assert after["orders"] == before["orders"]
    assert environment.balance(payee) == before["balances"][payee] + credit
    assert environment.credit(payee) == 0
    assert environment.credit(environment.treasury) == before["credits"][environment.treasury]
    assert environment.is_balanced()


def test_a_payee_that_calls_back_during_a_payout_is_paid_once(environment: Environment) -> None:
    payee = environment.a_payee("reentering")
    first, second = (
        environment.an_order(SHIPPED, seller=payee),
        environment.an_order(SHIPPED, seller=payee, buyer=environment.stranger),
    )
    environment.set_callback(payee, "refund", second)

    outcome = environment.execute("confirm_delivery", first, by=environment.buyer)

    assert [is_success for is_success, _ in outcome.callbacks] == [False]
    assert environment.balance(payee) == SELLER_PART
    assert environment.status(second) == SHIPPED
    assert environment.is_balanced()


@pytest.mark.parametrize("party", ["buyer", "seller"])
def test_a_party_that_calls_back_during_a_split_is_paid_once(environment: Environment, party: str) -> None:
    payee = environment.a_payee("reentering")
    buyer, seller = (payee, environment.seller) if party == "buyer" else (environment.buyer, payee)
    order_id = environment.an_order(DISPUTED, buyer=buyer, seller=seller)
    environment.execute("propose_settlement", order_id, 5_000, DAY, by=payee)
    environment.set_callback(payee, "withdraw_for", environment.treasury)
    had = environment.balance(payee)

    outcome = environment.execute("resolve_dispute", order_id, 5_000, by=environment.arbiter)

    assert outcome.callbacks == ((False, b""),)
    parts = split_amount(10 * DOT, 5_000, 250)
    assert environment.balance(payee) == had + (parts.buyer if party == "buyer" else parts.seller)
    assert environment.credit(environment.treasury) == parts.fee
    assert environment.is_balanced()


def test_a_payee_reads_the_new_state_while_it_is_paid(environment: Environment) -> None:
    payee = environment.a_payee("reentering")
    order_id = environment.an_order(SHIPPED, seller=payee)
    environment.set_callback(payee, "totals")

    outcome = environment.execute("confirm_delivery", order_id, by=environment.buyer)

    ((is_success, output),) = outcome.callbacks
    assert is_success
    assert (int.from_bytes(output[:32]), int.from_bytes(output[32:64])) == (0, DOT // 4)


def test_a_callback_into_a_function_that_does_not_pay_is_an_ordinary_call(environment: Environment) -> None:
    payee = environment.a_payee("reentering")
    environment.a_credit_of(payee)
    environment.set_callback(payee, "mark_shipped", environment.an_order(FUNDED), a_digest("parcel"))

    outcome = environment.execute("withdraw_for", payee, by=environment.stranger)

    ((is_success, output),) = outcome.callbacks
    assert not is_success
    assert reason_in(output) == "escrow: caller is not the seller"
