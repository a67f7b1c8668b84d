"""Goods on their way: the buyer confirms receipt or asks once for more time, and silence pays the seller."""

import pytest

from .environment import Environment
from .values import (
    BY_MPESA,
    DAY,
    DELIVERED,
    DISPUTED,
    HOLDING,
    MODES,
    OPEN_TO_BUYER,
    PAID_OUT,
    RECEIVED,
    SHIPPED,
    a_digest,
)

TRANSIT, INSPECTION = 5 * DAY, 7 * DAY


def test_the_buyer_confirms_receipt_and_the_inspection_begins(environment: Environment) -> None:
    order_id = environment.an_order(SHIPPED)
    before = environment.state()
    environment.advance(2 * DAY)

    outcome = environment.execute("confirm_receipt", order_id, by=environment.buyer)

    order = environment.order(order_id)
    assert (order.status, order.deadline) == (RECEIVED, environment.now + INSPECTION)
    assert outcome.event_names == ["OrderReceived"]
    assert outcome.event("OrderReceived") == {
        "order_id": order_id,
        "buyer": environment.buyer,
        "deadline": order.deadline,
        "by": environment.buyer,
    }
    after = environment.state()
    assert [after[key] for key in ("totals", "balances")] == [before[key] for key in ("totals", "balances")]


def test_the_buyer_extends_transit_by_one_more_window_once(environment: Environment) -> None:
    order_id = environment.an_order(SHIPPED)
    before = environment.order(order_id)
    environment.advance(DAY)

    outcome = environment.execute("extend_transit", order_id, by=environment.buyer)

    assert environment.order(order_id) == before._replace(deadline=before.deadline + TRANSIT)
    assert outcome.event_names == ["TransitExtended"]
    assert outcome.event("TransitExtended") == {
        "order_id": order_id,
        "buyer": environment.buyer,
        "deadline": before.deadline + TRANSIT,
        "by": environment.buyer,
    }
    environment.assert_refused("escrow: transit was extended before", "extend_transit", order_id, by=environment.buyer)


@pytest.mark.parametrize("payment_mode", MODES)
def test_an_extension_changes_nothing_else_of_an_order(environment: Environment, payment_mode: int) -> None:
    extended, other = (environment.an_order(SHIPPED, payment_mode=payment_mode) for _ in range(2))

    environment.execute("extend_transit", extended, by=environment.buyer)
    for order_id in (extended, other):
        environment.execute("confirm_receipt", order_id, by=environment.buyer)
        environment.execute("raise_dispute", order_id, a_digest("evidence"), by=environment.buyer)
        environment.execute("resolve_dispute", order_id, 5_000, by=environment.arbiter)

    assert environment.order(extended) == environment.order(other)
    assert environment.order(extended).payment_mode == payment_mode
    assert environment.is_balanced()


def test_an_offer_outlives_an_extension_but_not_the_receipt(environment: Environment) -> None:
    order_id = environment.an_offer(SHIPPED)

    environment.execute("extend_transit", order_id, by=environment.buyer)
    assert environment.offer(order_id).seller_bps == 4_000
    environment.execute("confirm_receipt", order_id, by=environment.buyer)

    environment.assert_refused("escrow: no open offer", "accept_settlement", order_id, 4_000, by=environment.buyer)


@pytest.mark.parametrize("function", ["confirm_receipt", "extend_transit"])
def test_the_oracle_relays_for_the_buyer_of_an_order_by_mpesa_and_is_named(
    environment: Environment, function: str
) -> None:
    by_mpesa, in_dot = environment.an_order(SHIPPED, payment_mode=BY_MPESA), environment.an_order(SHIPPED)

    outcome = environment.execute(function, by_mpesa, by=environment.oracle)

    (event,) = outcome.events
    assert (event.fields["buyer"], event.fields["by"]) == (environment.buyer, environment.oracle)
    environment.assert_refused("escrow: caller is not the buyer", function, in_dot, by=environment.oracle)


@pytest.mark.parametrize("function", ["confirm_receipt", "extend_transit"])
def test_the_last_second_in_transit_is_the_one_before_the_deadline(environment: Environment, function: str) -> None:
    early, late = environment.an_order(SHIPPED), environment.an_order(SHIPPED)
    environment.advance_to(environment.order(late).deadline - 1)

    environment.execute(function, early, by=environment.buyer)
    environment.advance(1)

    environment.assert_refused("escrow: order is overdue", function, late, by=environment.buyer)


@pytest.mark.parametrize("status", sorted(OPEN_TO_BUYER))
def test_silence_pays_the_seller_at_the_deadline_and_not_before(environment: Environment, status: int) -> None:
    order_id = environment.an_order(status)
    environment.advance_to(environment.order(order_id).deadline - 1)
    environment.assert_refused("escrow: nothing is due", "settle_expired", [order_id], by=environment.stranger)
    environment.advance(1)

    environment.execute("settle_expired", [order_id], by=environment.stranger)

    assert environment.status(order_id) == DELIVERED


def test_a_dispute_after_receipt_has_the_time_for_a_dispute(environment: Environment) -> None:
    order_id = environment.an_order(RECEIVED)
    environment.advance_to(environment.order(order_id).deadline - 1)

    environment.execute("raise_dispute", order_id, a_digest("evidence"), by=environment.buyer)

    assert environment.status(order_id) == DISPUTED
    assert environment.order(order_id).deadline == environment.now + 14 * DAY


def test_the_longest_windows_still_have_an_end(environment: Environment) -> None:
    """No money is stuck: the deadlines of a shipped order add up to four windows at most."""
    longest = dict.fromkeys(("transit_window_s", "inspection_window_s"), 365 * DAY)
    order_id = environment.an_order(SHIPPED, terms_id=environment.publish_terms(**longest))
    shipped_at = environment.now

    environment.execute("extend_transit", order_id, by=environment.buyer)
    environment.advance_to(environment.order(order_id).deadline - 1)
    environment.execute("confirm_receipt", order_id, by=environment.buyer)
    environment.advance_to(environment.order(order_id).deadline)
    environment.execute("settle_expired", [order_id], by=environment.stranger)

    assert environment.now < shipped_at + 4 * 365 * DAY
    assert environment.status(order_id) in PAID_OUT - HOLDING
