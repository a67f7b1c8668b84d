"""Payees without an account: they are credited, never paid, and nobody can move the credit past its owner."""

from collections.abc import Callable
from typing import NamedTuple

import pytest

from .environment import Environment, Outcome
from .values import (
    DAY,
    DELIVERED,
    DISPUTED,
    DOT,
    FUNDED,
    HOLDING,
    RECEIVED,
    SHIPPED,
    a_digest,
    a_fallback_address,
    an_address,
    split_amount,
)


class Ending(NamedTuple):
    """A way to end an order, with the seller's share."""

    status: int
    seller_bps: int
    end: Callable[[Environment, int], Outcome]


def _settle(environment: Environment, order_id: int) -> Outcome:
    environment.advance_to(environment.order(order_id).deadline)
    return environment.execute("settle_expired", [order_id], by=environment.stranger)


def _accept(environment: Environment, order_id: int) -> Outcome:
    order = environment.order(order_id)
    environment.execute("propose_settlement", order_id, 4_000, DAY, by=order.seller)
    return environment.execute("accept_settlement", order_id, 4_000, by=order.buyer)


ENDINGS = {
    "confirmed": Ending(SHIPPED, 10_000, lambda e, i: e.execute("confirm_delivery", i, by=e.order(i).buyer)),
    "confirmed after receipt": Ending(
        RECEIVED, 10_000, lambda e, i: e.execute("confirm_delivery", i, by=e.order(i).buyer)
    ),
    "refunded": Ending(FUNDED, 0, lambda e, i: e.execute("refund", i, by=e.order(i).seller)),
    "decided": Ending(DISPUTED, 3_000, lambda e, i: e.execute("resolve_dispute", i, 3_000, by=e.arbiter)),
    "agreed": Ending(FUNDED, 4_000, _accept),
    "not shipped in time": Ending(FUNDED, 0, _settle),
    "silent": Ending(SHIPPED, 10_000, _settle),
    "silent after receipt": Ending(RECEIVED, 10_000, _settle),
    "not decided in time": Ending(DISPUTED, 5_000, _settle),
}


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("is_fallback", [False, True])
def test_every_ending_credits_parties_without_an_account(
    environment: Environment, ending: str, is_fallback: bool
) -> None:
    status, seller_bps, end = ENDINGS[ending]
    make = a_fallback_address if is_fallback else an_address
    buyer, seller = make("a buyer"), make("a seller")
    for party in (buyer, seller):
        environment.set_balance(party, 1_000 * DOT)
    order_id = environment.an_order(status, buyer=buyer, seller=seller)
    if not is_fallback:
        for party in (buyer, seller):
            environment.set_balance(party, 0)
    had = environment.balance(buyer), environment.balance(seller)

    outcome = end(environment, order_id)

    parts = split_amount(10 * DOT, seller_bps, 250)
    assert environment.status(order_id) not in HOLDING
    assert "PaidOut" not in outcome.event_names
    assert (environment.credit(buyer), environment.credit(seller)) == (parts.buyer, parts.seller)
    assert (environment.balance(buyer), environment.balance(seller)) == had
    assert environment.is_balanced()


@pytest.mark.parametrize("is_fallback", [False, True])
def test_nobody_else_can_send_a_credit_to_an_account_that_is_not_there(
    environment: Environment, is_fallback: bool
) -> None:
    seller = a_fallback_address("a seller") if is_fallback else an_address("a seller")
    environment.set_balance(seller, DOT if is_fallback else 0)
    order_id = environment.an_order(FUNDED, seller=seller)
    environment.execute("mark_shipped", order_id, a_digest("parcel"), by=seller)
    environment.execute("confirm_delivery", order_id, by=environment.buyer)

    for by, call in (
        (environment.stranger, ("withdraw_for", seller)),
        (environment.treasury, ("withdraw_to", seller)),
    ):
        environment.assert_refused("escrow: recipient has no account", *call, by=by)


def test_a_payee_whose_account_is_back_is_paid_by_anybody(environment: Environment) -> None:
    seller = an_address("a seller")
    environment.an_order(DELIVERED, seller=seller)
    credit = environment.credit(seller)
    assert credit > 0
    environment.set_balance(seller, DOT)

    environment.execute("withdraw_for", seller, by=environment.stranger)

    assert environment.balance(seller) == DOT + credit
    assert environment.credit(seller) == 0
    assert environment.is_balanced()


def test_a_payee_with_a_fallback_account_withdraws_in_person(environment: Environment) -> None:
    """The account of an Ethereum wallet is one: its key can move what is on it."""
    seller = a_fallback_address("a seller")
    environment.set_balance(seller, DOT)
    environment.an_order(DELIVERED, seller=seller)
    credit = environment.credit(seller)

    environment.execute("withdraw", by=seller)

    assert environment.balance(seller) == DOT + credit
    assert environment.is_balanced()


def test_a_payee_without_an_account_withdraws_to_another_one(environment: Environment) -> None:
    seller = a_fallback_address("a seller")
    environment.set_balance(seller, DOT)
    environment.an_order(DELIVERED, seller=seller)
    credit, had = environment.credit(seller), environment.balance(environment.stranger)

    environment.execute("withdraw_to", environment.stranger, by=seller)

    assert environment.balance(environment.stranger) == had + credit


@pytest.mark.parametrize("answer", ["nothing is there", "accepting", "rejecting", "return_bomb", "gas_burning"])
def test_money_can_be_fetched_even_if_the_precompile_is_gone_or_broken(answer: str) -> None:
    """The escrow can never be changed, but the chain below it can."""
    environment = Environment(system=None if answer == "nothing is there" else answer)
    order_id = environment.an_order(SHIPPED)
    gas = 2_000_000

    environment.execute("confirm_delivery", order_id, by=environment.buyer, gas=gas)
    credit, had = environment.credit(environment.seller), environment.balance(environment.seller)
    environment.assert_refused(
        "escrow: recipient has no account", "withdraw_for", environment.seller, by=environment.stranger, gas=gas
    )
    environment.execute("withdraw", by=environment.seller)

    assert credit == split_amount(10 * DOT, 10_000, 250).seller
    assert environment.balance(environment.seller) == had + credit
    assert environment.is_balanced()


def test_no_amount_of_gas_keeps_the_precompile_from_answering() -> None:
    environment = Environment(system="slow_system")
    credit = environment.a_credit_of(environment.seller)  # a further one is cheap: the caller needs little to force it
    order_id = environment.an_order(SHIPPED)
    refusals = set()

    for gas in range(100_000, 5_000_000, 25_000):
        outcome = environment.call("confirm_delivery", order_id, by=environment.buyer, gas=gas)
        refusals.add(outcome.refusal)
        assert environment.credit(environment.seller) == credit
        if outcome.refusal is None:
            break

    assert refusals - {""} == {"escrow: too little gas for the payout", None}


def test_no_amount_of_gas_turns_a_payout_into_a_credit(environment: Environment) -> None:
    order_id = environment.an_order(SHIPPED)
    refusals = set()

    for gas in range(5_000, 100_000, 50):
        outcome = environment.call("confirm_delivery", order_id, by=environment.buyer, gas=gas)
        refusals.add(outcome.refusal)
        assert environment.credit(environment.seller) == 0
        if outcome.refusal is None:
            break

    assert {"", None} <= refusals <= {"", "escrow: too little gas for the payout", None}
