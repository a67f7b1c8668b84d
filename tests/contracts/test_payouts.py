"""Payouts to payees that reject or burn gas: the order ends, and the payout becomes a credit."""

from collections.abc import Callable

import pytest

from .abi import Event
from .environment import Environment, Outcome
from .payees import REFUSING_PAYEES
from .values import DAY, DELIVERED, DISPUTED, DOT, FUNDED, REFUNDED, RESOLVED, SHIPPED, split_amount

SELLER_PART = 10 * DOT - DOT // 4


@pytest.mark.parametrize("kind", REFUSING_PAYEES)
def test_a_payout_that_the_seller_rejects_becomes_a_credit(environment: Environment, kind: str) -> None:
    seller = environment.a_payee(kind)
    order_id = environment.an_order(SHIPPED, seller=seller)

    outcome = environment.execute("confirm_delivery", order_id, by=environment.buyer)

    assert environment.status(order_id) == DELIVERED
    assert outcome.event_names == ["OrderDelivered", "Credited", "Credited"]
    assert outcome.events[-1].fields == {"order_id": order_id, "payee": seller, "amount": SELLER_PART}
    assert environment.credit(seller) == SELLER_PART
    assert environment.balance(seller) == 0
    assert environment.totals() == (0, 10 * DOT)
    assert environment.is_balanced()


def test_a_refund_that_the_buyer_rejects_becomes_a_credit(environment: Environment) -> None:
    buyer = environment.a_payee("rejecting")
    order_id = environment.an_order(FUNDED, buyer=buyer)

    outcome = environment.execute("refund", order_id, by=environment.seller)

    assert environment.status(order_id) == REFUNDED
    assert outcome.event("Credited") == {"order_id": order_id, "payee": buyer, "amount": 10 * DOT}
    assert environment.credit(buyer) == 10 * DOT
    assert environment.is_balanced()


SPLITS: dict[str, Callable[[Environment, int], Outcome]] = {
    "decided": lambda w, order_id: w.execute("resolve_dispute", order_id, 4_000, by=w.arbiter),
    "agreed": lambda w, order_id: w.execute("accept_settlement", order_id, 4_000, by=w.order(order_id).buyer),
    "by the terms": lambda w, order_id: w.execute("settle_expired", [order_id], by=w.stranger),
}


@pytest.mark.parametrize("kind", REFUSING_PAYEES)
@pytest.mark.parametrize("split", SPLITS)
@pytest.mark.parametrize("rejecting", ["buyer", "seller", "both"])
def test_a_split_pays_parties_that_accept_and_credits_the_others(
    environment: Environment, split: str, rejecting: str, kind: str
) -> None:
    buyer = environment.buyer if rejecting == "seller" else environment.a_payee(kind)
    seller = environment.seller if rejecting == "buyer" else environment.a_payee(kind)
    terms_id = environment.publish_terms(default_seller_bps=4_000)
    order_id = environment.an_order(DISPUTED, buyer=buyer, seller=seller, terms_id=terms_id)
    environment.execute("propose_settlement", order_id, 4_000, 365 * DAY, by=seller)
    had = {party: environment.balance(party) for party in (buyer, seller)}
    if split == "by the terms":
        environment.advance_to(environment.order(order_id).deadline)

    outcome = SPLITS[split](environment, order_id)

    parts = split_amount(10 * DOT, 4_000, 250)
    assert environment.status(order_id) == RESOLVED
    for party, part in ((buyer, parts.buyer), (seller, parts.seller)):
        is_credited = party in environment.contracts
        name = "Credited" if is_credited else "PaidOut"
        assert Event(name, {"order_id": order_id, "payee": party, "amount": part}) in outcome.events
        assert environment.credit(party) == (part if is_credited else 0)
        assert environment.balance(party) == had[party] + (0 if is_credited else part)
    assert environment.credit(environment.treasury) == parts.fee
    assert environment.is_balanced()


@pytest.mark.parametrize("kind", REFUSING_PAYEES)
def test_a_payee_that_never_accepts_coin_is_paid_at_another_address(environment: Environment, kind: str) -> None:
    payee = environment.a_payee(kind)
    environment.an_order(RESOLVED, seller=payee)
    environment.an_order(REFUNDED, buyer=payee)
    owed = split_amount(10 * DOT, 5_000, 250).seller + 10 * DOT
    assert environment.credit(payee) == owed
    had = environment.balance(environment.stranger)

    environment.execute("withdraw_to", environment.stranger, by=payee)

    assert environment.balance(environment.stranger) == had + owed
    assert environment.credit(payee) == 0
    assert environment.is_balanced()


def test_no_amount_of_gas_turns_either_part_of_a_split_into_a_credit(environment: Environment) -> None:
    buyer, seller = environment.a_payee("gas_requiring"), environment.a_payee("gas_requiring")
    for payee in (buyer, seller):
        environment.a_credit_of(payee)
    credits_before = environment.credit(buyer), environment.credit(seller)
    order_id = environment.an_order(DISPUTED, buyer=buyer, seller=seller)
    refusals = set()

    for gas in range(5_000, 140_000, 100):
        outcome = environment.call("resolve_dispute", order_id, 5_000, by=environment.arbiter, gas=gas)
        refusals.add(outcome.refusal)
        assert (environment.credit(buyer), environment.credit(seller)) == credits_before
        if outcome.refusal is None:
            break

    assert refusals == {"", "escrow: too little gas for the payout", None}
    assert outcome.event_names == ["OrderResolved", "Credited", "PaidOut", "PaidOut"]


def test_the_output_of_a_payee_is_not_copied(environment: Environment) -> None:
    """Copying the 64,000 bytes would cost more than 13,000 gas."""
    short, long = (
        environment.execute(
            "confirm_delivery", environment.an_order(SHIPPED, seller=environment.a_payee(kind)), by=environment.buyer
        ).gas_used
        for kind in ("rejecting", "return_bomb")
    )
    burning = environment.an_order(SHIPPED, seller=environment.a_payee("gas_burning"))
    burnt = environment.execute("confirm_delivery", burning, by=environment.buyer).gas_used

    assert short < long <= burnt


def test_credits_of_several_orders_add_up(environment: Environment) -> None:
    seller = environment.a_payee("rejecting")

    for _ in range(3):
        environment.an_order(DELIVERED, seller=seller)

    assert environment.credit(seller) == 3 * SELLER_PART
    assert environment.credit(environment.treasury) == 3 * DOT // 4


def test_a_rejecting_payee_does_not_block_a_batch(environment: Environment) -> None:
    sellers = [
        environment.a_payee("rejecting"),
        environment.seller,
        environment.a_payee("gas_burning"),
        environment.seller,
    ]
    ids = [environment.an_order(SHIPPED, seller=seller) for seller in sellers]
    had = environment.balance(environment.seller)
    environment.advance_to(environment.order(ids[-1]).deadline)

    outcome = environment.execute("settle_expired", ids, by=environment.stranger)

    assert outcome.value == 4
    assert environment.balance(environment.seller) == had + 2 * SELLER_PART
    assert [environment.credit(sellers[0]), environment.credit(sellers[2])] == [SELLER_PART, SELLER_PART]
    assert environment.is_balanced()


def test_a_gas_burning_payee_costs_the_caller_no_more_than_a_payout_may(environment: Environment) -> None:
    rejecting_gas, burning_gas = (
        environment.execute(
            "confirm_delivery", environment.an_order(SHIPPED, seller=seller), by=environment.buyer
        ).gas_used
        for seller in (environment.a_payee("rejecting"), environment.a_payee("gas_burning"))
    )

    assert burning_gas - rejecting_gas < 23_000


def test_a_wallet_that_needs_most_of_the_gas_offered_is_paid(environment: Environment) -> None:
    seller = environment.a_payee("gas_requiring")

    outcome = environment.execute(
        "confirm_delivery", environment.an_order(SHIPPED, seller=seller), by=environment.buyer
    )

    assert outcome.event("PaidOut")["payee"] == seller
    assert environment.balance(seller) == SELLER_PART


@pytest.mark.parametrize("kind", ["rejecting", "gas_burning"])
def test_an_ordinary_amount_of_gas_is_enough_for_a_payout_that_fails(environment: Environment, kind: str) -> None:
    """Wallets bring what a dry run asked for and some more, not all that fits into a block."""
    seller = environment.a_payee(kind)
    order_id = environment.an_order(SHIPPED, seller=seller)

    environment.execute("confirm_delivery", order_id, by=environment.buyer, gas=200_000)

    assert environment.credit(seller) > 0


@pytest.mark.parametrize("has_credit", [False, True])
def test_no_amount_of_gas_turns_a_good_payout_into_a_credit(environment: Environment, has_credit: bool) -> None:
    seller = environment.a_payee("gas_requiring")
    if has_credit:  # then a further credit is cheap, and the caller needs little to force one
        environment.a_credit_of(seller)
    credit = environment.credit(seller)
    order_id = environment.an_order(SHIPPED, seller=seller)
    refusals = set()

    for gas in range(5_000, 100_000, 50):
        outcome = environment.call("confirm_delivery", order_id, by=environment.buyer, gas=gas)
        refusals.add(outcome.refusal)
        assert environment.credit(seller) == credit
        if outcome.refusal is None:
            break

    assert refusals == {"", "escrow: too little gas for the payout", None}
    assert environment.status(order_id) == DELIVERED
    assert environment.balance(seller) == SELLER_PART


def test_forced_coin_belongs_to_nobody_and_changes_no_payout(environment: Environment) -> None:
    environment.force_coin_in(5 * DOT)
    order_id = environment.an_order(SHIPPED)
    had = environment.balance(environment.seller)

    environment.execute("confirm_delivery", order_id, by=environment.buyer)
    environment.execute("withdraw", by=environment.treasury)

    assert environment.balance(environment.seller) == had + SELLER_PART
    assert environment.totals() == (0, 0)
    assert environment.balance(environment.escrow) == 5 * DOT
