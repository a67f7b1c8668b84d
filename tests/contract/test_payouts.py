"""Payees that reject, burn or call back: nobody is blocked by them, and no credit is ever lost."""

from typing import Any

import pytest

from .world import (
    DELIVERED,
    DOT,
    FUNDED,
    REFUNDED,
    SHIPPED,
    World,
    a_digest,
    calldata,
    reason_in,
)

SELLER_PART = 10 * DOT - DOT // 4


@pytest.mark.parametrize("kind", ["rejecting", "gas_burning"])
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


LOCKED = ["confirm_delivery", "refund", "settle_expired", "withdraw", "withdraw_for", "withdraw_to"]


@pytest.mark.parametrize("function", LOCKED)
def test_a_payee_that_calls_back_while_it_is_paid_finds_the_door_locked(world: World, function: str) -> None:
    payee = world.a_payee("reentering")
    credit = _credit_given_to(world, payee)
    bought, sold = world.an_order(SHIPPED, buyer=payee), world.an_order(SHIPPED, seller=payee)
    world.waits_until(world.order(sold).deadline)
    args_of: dict[str, list[Any]] = {
        "confirm_delivery": [bought],
        "refund": [sold],
        "settle_expired": [[bought, sold]],
        "withdraw": [],
        "withdraw_for": [world.treasury],
        "withdraw_to": [world.stranger],
    }
    world.aims(payee, calldata(function, *args_of[function]))
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
    world.aims(payee, calldata("refund", second))

    outcome = world.does("confirm_delivery", first, by=world.buyer)

    assert [went_through for went_through, _ in outcome.callbacks] == [False]
    assert world.balance(payee) == SELLER_PART
    assert world.status(second) == SHIPPED
    assert world.books_agree()


def test_what_a_payee_sees_while_it_is_paid_is_the_state_after(world: World) -> None:
    payee = world.a_payee("reentering")
    order_id = world.an_order(SHIPPED, seller=payee)
    world.aims(payee, calldata("totals"))

    outcome = world.does("confirm_delivery", order_id, by=world.buyer)

    ((went_through, answer),) = outcome.callbacks
    assert went_through
    assert (int.from_bytes(answer[:32]), int.from_bytes(answer[32:64])) == (0, DOT // 4)


def test_calling_back_where_nothing_is_sent_is_judged_like_any_call(world: World) -> None:
    payee = world.a_payee("reentering")
    _credit_given_to(world, payee)
    world.aims(payee, calldata("mark_shipped", world.an_order(FUNDED), a_digest("parcel")))

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
