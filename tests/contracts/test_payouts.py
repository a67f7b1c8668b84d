"""Payees that reject, burn or call back: nobody is blocked by them, and no credit is ever lost."""

from collections.abc import Callable
from typing import Any

import pytest

from .world import (
    DAY,
    DELIVERED,
    DISPUTED,
    DOT,
    FUNDED,
    REFUNDED,
    RESOLVED,
    SHIPPED,
    Event,
    Outcome,
    World,
    a_digest,
    parts_of,
    reason_in,
)

SELLER_PART = 10 * DOT - DOT // 4


REFUSING = ["rejecting", "gas_burning", "return_bomb"]


@pytest.mark.parametrize("kind", REFUSING)
def test_a_payout_that_the_seller_cannot_take_becomes_a_credit(world: World, kind: str) -> None:
    seller = world.a_payee(kind)
    order_id = world.an_order(SHIPPED, seller=seller)

    outcome = world.does("confirm_delivery", order_id, by=world.buyer)

    assert world.status(order_id) == DELIVERED
    assert outcome.event_names == ["OrderDelivered", "Credited", "Credited"]
    assert outcome.events[-1].fields == {"order_id": order_id, "payee": seller, "amount": SELLER_PART}
    assert world.credit(seller) == SELLER_PART
    assert world.balance(seller) == 0
    assert world.totals() == (0, 10 * DOT)
    assert world.books_agree()


def test_a_refund_that_the_buyer_cannot_take_becomes_a_credit(world: World) -> None:
    buyer = world.a_payee("rejecting")
    order_id = world.an_order(FUNDED, buyer=buyer)

    outcome = world.does("refund", order_id, by=world.seller)

    assert world.status(order_id) == REFUNDED
    assert outcome.event("Credited") == {"order_id": order_id, "payee": buyer, "amount": 10 * DOT}
    assert world.credit(buyer) == 10 * DOT
    assert world.books_agree()


SPLITS: dict[str, Callable[[World, int], Outcome]] = {
    "decided": lambda w, order_id: w.does("resolve_dispute", order_id, 4_000, by=w.arbiter),
    "agreed": lambda w, order_id: w.does("accept_settlement", order_id, 4_000, by=w.order(order_id).buyer),
    "by the terms": lambda w, order_id: w.does("settle_expired", [order_id], by=w.stranger),
}


@pytest.mark.parametrize("kind", REFUSING)
@pytest.mark.parametrize("split", SPLITS)
@pytest.mark.parametrize("hostile", ["buyer", "seller", "both"])
def test_a_split_pays_who_can_take_it_and_credits_who_cannot(world: World, split: str, hostile: str, kind: str) -> None:
    buyer = world.buyer if hostile == "seller" else world.a_payee(kind)
    seller = world.seller if hostile == "buyer" else world.a_payee(kind)
    terms_id = world.publishes_terms(default_seller_bps=4_000)
    order_id = world.an_order(DISPUTED, buyer=buyer, seller=seller, terms_id=terms_id)
    world.does("propose_settlement", order_id, 4_000, 365 * DAY, by=seller)
    had = {party: world.balance(party) for party in (buyer, seller)}
    if split == "by the terms":
        world.waits_until(world.order(order_id).deadline)

    outcome = SPLITS[split](world, order_id)

    parts = parts_of(10 * DOT, 4_000, 250)
    assert world.status(order_id) == RESOLVED
    for party, part in ((buyer, parts.buyer), (seller, parts.seller)):
        is_credited = party in world.contracts
        name = "Credited" if is_credited else "PaidOut"
        assert Event(name, {"order_id": order_id, "payee": party, "amount": part}) in outcome.events
        assert world.credit(party) == (part if is_credited else 0)
        assert world.balance(party) == had[party] + (0 if is_credited else part)
    assert world.credit(world.treasury) == parts.fee
    assert world.books_agree()


@pytest.mark.parametrize("kind", REFUSING)
def test_a_payee_that_never_takes_coin_is_paid_at_an_address_it_names(world: World, kind: str) -> None:
    payee = world.a_payee(kind)
    world.an_order(RESOLVED, seller=payee)
    world.an_order(REFUNDED, buyer=payee)
    owed = parts_of(10 * DOT, 5_000, 250).seller + 10 * DOT
    assert world.credit(payee) == owed
    had = world.balance(world.stranger)

    world.does("withdraw_to", world.stranger, by=payee)

    assert world.balance(world.stranger) == had + owed
    assert world.credit(payee) == 0
    assert world.books_agree()


def test_no_amount_of_gas_turns_either_part_of_a_split_into_a_credit(world: World) -> None:
    buyer, seller = world.a_payee("careful"), world.a_payee("careful")
    for payee in (buyer, seller):
        _credit_given_to(world, payee)
    credits_before = world.credit(buyer), world.credit(seller)
    order_id = world.an_order(DISPUTED, buyer=buyer, seller=seller)
    refusals = set()

    for gas in range(5_000, 140_000, 100):
        outcome = world.call("resolve_dispute", order_id, 5_000, by=world.arbiter, gas=gas)
        refusals.add(outcome.refusal)
        assert (world.credit(buyer), world.credit(seller)) == credits_before
        if outcome.refusal is None:
            break

    assert refusals == {"", "escrow: too little gas for the payout", None}
    assert outcome.event_names == ["OrderResolved", "Credited", "PaidOut", "PaidOut"]


def test_an_answer_of_any_length_is_not_copied(world: World) -> None:
    """Copying the 64,000 bytes would cost more than 13,000 gas."""
    brief, wordy = (
        world.does("confirm_delivery", world.an_order(SHIPPED, seller=world.a_payee(kind)), by=world.buyer).gas_used
        for kind in ("rejecting", "return_bomb")
    )
    burning = world.an_order(SHIPPED, seller=world.a_payee("gas_burning"))
    all_burnt = world.does("confirm_delivery", burning, by=world.buyer).gas_used

    assert brief < wordy <= all_burnt


def test_credits_of_several_orders_add_up(world: World) -> None:
    seller = world.a_payee("rejecting")

    for _ in range(3):
        world.an_order(DELIVERED, seller=seller)

    assert world.credit(seller) == 3 * SELLER_PART
    assert world.credit(world.treasury) == 3 * DOT // 4


def test_a_hostile_payee_does_not_spoil_a_batch(world: World) -> None:
    sellers = [world.a_payee("rejecting"), world.seller, world.a_payee("gas_burning"), world.seller]
    ids = [world.an_order(SHIPPED, seller=seller) for seller in sellers]
    had = world.balance(world.seller)
    world.waits_until(world.order(ids[-1]).deadline)

    outcome = world.does("settle_expired", ids, by=world.stranger)

    assert outcome.value == 4
    assert world.balance(world.seller) == had + 2 * SELLER_PART
    assert [world.credit(sellers[0]), world.credit(sellers[2])] == [SELLER_PART, SELLER_PART]
    assert world.books_agree()


def test_a_gas_burning_payee_costs_the_caller_no_more_than_a_payout_may(world: World) -> None:
    plain, dear = (
        world.does("confirm_delivery", world.an_order(SHIPPED, seller=seller), by=world.buyer).gas_used
        for seller in (world.a_payee("rejecting"), world.a_payee("gas_burning"))
    )

    assert dear - plain < 23_000


def test_a_wallet_that_needs_most_of_the_gas_offered_is_paid(world: World) -> None:
    seller = world.a_payee("careful")

    outcome = world.does("confirm_delivery", world.an_order(SHIPPED, seller=seller), by=world.buyer)

    assert outcome.event("PaidOut")["payee"] == seller
    assert world.balance(seller) == SELLER_PART


@pytest.mark.parametrize("kind", ["rejecting", "gas_burning"])
def test_an_ordinary_amount_of_gas_is_enough_for_a_payout_that_fails(world: World, kind: str) -> None:
    """Wallets bring what a dry run asked for and some more, not all that fits into a block."""
    seller = world.a_payee(kind)
    order_id = world.an_order(SHIPPED, seller=seller)

    world.does("confirm_delivery", order_id, by=world.buyer, gas=200_000)

    assert world.credit(seller) > 0


@pytest.mark.parametrize("has_credit", [False, True])
def test_no_amount_of_gas_turns_a_good_payout_into_a_credit(world: World, has_credit: bool) -> None:
    seller = world.a_payee("careful")
    if has_credit:  # then a further credit is cheap, and the caller needs little to force one
        _credit_given_to(world, seller)
    credit = world.credit(seller)
    order_id = world.an_order(SHIPPED, seller=seller)
    refusals = set()

    for gas in range(5_000, 100_000, 50):
        outcome = world.call("confirm_delivery", order_id, by=world.buyer, gas=gas)
        refusals.add(outcome.refusal)
        assert world.credit(seller) == credit
        if outcome.refusal is None:
            break

    assert refusals == {"", "escrow: too little gas for the payout", None}
    assert world.status(order_id) == DELIVERED
    assert world.balance(seller) == SELLER_PART


def test_a_payee_withdraws_its_credit_when_it_can_take_it(world: World) -> None:
    seller = world.a_payee("rejecting")
    world.an_order(DELIVERED, seller=seller)
    world.opens(seller)

    outcome = world.does("withdraw", by=seller)

    assert outcome.event("Withdrawn") == {"payee": seller, "to": seller, "amount": SELLER_PART}
    assert world.balance(seller) == SELLER_PART
    assert world.credit(seller) == 0
    assert world.totals() == (0, DOT // 4)
    assert world.books_agree()


def test_a_refused_withdrawal_leaves_the_credit(world: World) -> None:
    seller = world.a_payee("rejecting")
    world.an_order(DELIVERED, seller=seller)

    world.refuses("escrow: recipient refused the coin", "withdraw", by=seller)
    world.refuses("escrow: recipient refused the coin", "withdraw_for", seller, by=world.stranger)

    assert world.credit(seller) == SELLER_PART


def test_a_payee_that_cannot_receive_names_another_address(world: World) -> None:
    seller = world.a_payee("rejecting")
    world.an_order(DELIVERED, seller=seller)
    had = world.balance(world.seller)

    outcome = world.does("withdraw_to", world.seller, by=seller)

    assert outcome.event("Withdrawn") == {"payee": seller, "to": world.seller, "amount": SELLER_PART}
    assert world.balance(world.seller) == had + SELLER_PART
    assert world.credit(seller) == 0
    assert world.books_agree()


def test_anybody_pushes_a_credit_to_its_payee_and_to_nobody_else(world: World) -> None:
    world.an_order(DELIVERED)
    treasury_had, stranger_had = world.balance(world.treasury), world.balance(world.stranger)

    outcome = world.does("withdraw_for", world.treasury, by=world.stranger)

    assert outcome.value == DOT // 4
    assert world.balance(world.treasury) == treasury_had + DOT // 4
    assert world.balance(world.stranger) == stranger_had
    assert world.credit(world.treasury) == 0


def test_who_has_no_credit_withdraws_nothing(world: World) -> None:
    world.an_order(DELIVERED)

    world.refuses("escrow: no credit", "withdraw", by=world.stranger)
    world.refuses("escrow: no credit", "withdraw_for", world.stranger, by=world.treasury)
    world.refuses("escrow: no credit", "withdraw_to", world.stranger, by=world.stranger)


def test_a_credit_is_withdrawn_once(world: World) -> None:
    world.an_order(DELIVERED)
    world.does("withdraw", by=world.treasury)

    world.refuses("escrow: no credit", "withdraw", by=world.treasury)


def test_a_credit_goes_neither_to_zero_nor_to_the_escrow(world: World) -> None:
    world.an_order(DELIVERED)

    world.refuses("escrow: address is zero", "withdraw_to", "0x" + "00" * 20, by=world.treasury)
    world.refuses("escrow: address is the escrow itself", "withdraw_to", world.escrow, by=world.treasury)


def test_a_burning_payee_spends_the_callers_gas_on_withdrawal_but_not_the_credit(world: World) -> None:
    seller = world.a_payee("gas_burning")
    world.an_order(DELIVERED, seller=seller)

    world.refuses("escrow: recipient refused the coin", "withdraw_for", seller, by=world.stranger, gas=2_000_000)

    assert world.credit(seller) == SELLER_PART


LOCKED = [
    "confirm_delivery",
    "refund",
    "settle_expired",
    "resolve_dispute",
    "accept_settlement",
    "withdraw",
    "withdraw_for",
    "withdraw_to",
]


@pytest.mark.parametrize("function", LOCKED)
def test_a_payee_that_calls_back_while_it_is_paid_finds_the_door_locked(world: World, function: str) -> None:
    payee = world.a_payee("reentering")
    credit = _credit_given_to(world, payee)
    world.an_order(DELIVERED)  # and a credit for the treasury
    bought, sold = world.an_order(SHIPPED, buyer=payee), world.an_order(SHIPPED, seller=payee)
    judged = world.an_order(DISPUTED, terms_id=world.publishes_terms(arbiter=payee))
    world.does("propose_settlement", sold, 0, 365 * DAY, by=world.buyer)
    if function == "settle_expired":
        world.waits_until(world.order(sold).deadline)
    args_of: dict[str, list[Any]] = {
        "confirm_delivery": [bought],
        "refund": [sold],
        "settle_expired": [[bought, sold]],
        "resolve_dispute": [judged, 0],
        "accept_settlement": [sold, 0],
        "withdraw": [],
        "withdraw_for": [world.treasury],
        "withdraw_to": [world.stranger],
    }
    with world.evm.rolled_back():  # but for the lock, the call would go through
        world.does(function, *args_of[function], by=payee)
    world.aims(payee, function, *args_of[function])
    before = world.picture()

    outcome = world.does("withdraw_for", payee, by=world.stranger)

    assert outcome.callbacks == ((False, b""),)
    after = world.picture()
    assert after["orders"] == before["orders"]
    assert world.balance(payee) == before["balances"][payee] + credit
    assert world.credit(payee) == 0
    assert world.credit(world.treasury) == before["credits"][world.treasury]
    assert world.books_agree()


def test_a_payee_that_calls_back_during_a_payout_gets_its_money_once(world: World) -> None:
    payee = world.a_payee("reentering")
    first, second = world.an_order(SHIPPED, seller=payee), world.an_order(SHIPPED, seller=payee, buyer=world.stranger)
    world.aims(payee, "refund", second)

    outcome = world.does("confirm_delivery", first, by=world.buyer)

    assert [went_through for went_through, _ in outcome.callbacks] == [False]
    assert world.balance(payee) == SELLER_PART
    assert world.status(second) == SHIPPED
    assert world.books_agree()


@pytest.mark.parametrize("party", ["buyer", "seller"])
def test_a_party_that_calls_back_during_a_split_gets_its_part_once(world: World, party: str) -> None:
    payee = world.a_payee("reentering")
    buyer, seller = (payee, world.seller) if party == "buyer" else (world.buyer, payee)
    order_id = world.an_order(DISPUTED, buyer=buyer, seller=seller)
    world.does("propose_settlement", order_id, 5_000, DAY, by=payee)
    world.aims(payee, "withdraw_for", world.treasury)
    had = world.balance(payee)

    outcome = world.does("resolve_dispute", order_id, 5_000, by=world.arbiter)

    assert outcome.callbacks == ((False, b""),)
    parts = parts_of(10 * DOT, 5_000, 250)
    assert world.balance(payee) == had + (parts.buyer if party == "buyer" else parts.seller)
    assert world.credit(world.treasury) == parts.fee
    assert world.books_agree()


def test_what_a_payee_sees_while_it_is_paid_is_the_state_after(world: World) -> None:
    payee = world.a_payee("reentering")
    order_id = world.an_order(SHIPPED, seller=payee)
    world.aims(payee, "totals")

    outcome = world.does("confirm_delivery", order_id, by=world.buyer)

    ((went_through, answer),) = outcome.callbacks
    assert went_through
    assert (int.from_bytes(answer[:32]), int.from_bytes(answer[32:64])) == (0, DOT // 4)


def test_calling_back_where_nothing_is_sent_is_judged_like_any_call(world: World) -> None:
    payee = world.a_payee("reentering")
    _credit_given_to(world, payee)
    world.aims(payee, "mark_shipped", world.an_order(FUNDED), a_digest("parcel"))

    outcome = world.does("withdraw_for", payee, by=world.stranger)

    ((went_through, answer),) = outcome.callbacks
    assert not went_through
    assert reason_in(answer) == "escrow: caller is not the seller"


def test_forced_coin_belongs_to_nobody_and_changes_no_payout(world: World) -> None:
    world.forces_coin_in(5 * DOT)
    order_id = world.an_order(SHIPPED)
    had = world.balance(world.seller)

    world.does("confirm_delivery", order_id, by=world.buyer)
    world.does("withdraw", by=world.treasury)

    assert world.balance(world.seller) == had + SELLER_PART
    assert world.totals() == (0, 0)
    assert world.balance(world.escrow) == 5 * DOT


def _credit_given_to(world: World, payee: str) -> int:
    """Let the payee be a treasury once: fees are credited, not pushed."""
    world.an_order(DELIVERED, terms_id=world.publishes_terms(treasury=payee))
    credit = world.credit(payee)
    assert credit > 0
    return credit
