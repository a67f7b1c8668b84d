"""Disputes: raised by the buyer in time, decided by the arbiter in time, or else by the terms."""

import pytest

from .environment import Environment
from .values import (
    AMOUNT,
    BY_DOT,
    BY_MPESA,
    CANCELLED,
    CREATED,
    DAY,
    DELIVERED,
    DISPUTED,
    DOT,
    MODES,
    REFUNDED,
    RESOLVED,
    SHIPPED,
    a_digest,
    an_address,
    split_amount,
)


def test_the_buyer_raises_a_dispute_and_the_arbiters_time_begins(environment: Environment) -> None:
    order_id = environment.an_order(SHIPPED)
    before = environment.state()
    environment.advance(DAY)

    outcome = environment.execute("raise_dispute", order_id, a_digest("a photo"), by=environment.buyer)

    deadline = environment.now + 14 * DAY
    assert outcome.event_names == ["OrderDisputed"]
    assert outcome.event("OrderDisputed") == {
        "order_id": order_id,
        "buyer": environment.buyer,
        "evidence": a_digest("a photo"),
        "deadline": deadline,
        "by": environment.buyer,
    }
    disputed = before["orders"][0]._replace(status=DISPUTED, deadline=deadline)
    assert environment.state() == before | {"orders": [disputed]}


def test_the_last_second_to_dispute_is_the_one_before_the_deadline(environment: Environment) -> None:
    early, late = environment.an_order(SHIPPED), environment.an_order(SHIPPED)

    environment.advance_to(environment.order(early).deadline - 1)
    environment.execute("raise_dispute", early, bytes(32), by=environment.buyer)
    environment.advance(1)

    environment.assert_refused(
        "escrow: time to dispute is over", "raise_dispute", late, bytes(32), by=environment.buyer
    )


@pytest.mark.parametrize("who", ["buyer", "seller", "arbiter"])
def test_those_concerned_add_evidence_which_is_only_logged(environment: Environment, who: str) -> None:
    order_id = environment.an_order(DISPUTED)
    before, by = environment.state(), getattr(environment, who)

    outcome = environment.execute("add_evidence", order_id, a_digest("a letter"), by=by)

    assert outcome.event_names == ["EvidenceAdded"]
    assert outcome.event("EvidenceAdded") == {"order_id": order_id, "by": by, "evidence": a_digest("a letter")}
    assert environment.state() == before


@pytest.mark.parametrize("payment_mode", MODES)
@pytest.mark.parametrize("seller_bps", [0, 1, 3_333, 9_999, 10_000])
def test_the_arbiter_splits_what_the_order_holds(environment: Environment, payment_mode: int, seller_bps: int) -> None:
    order_id = environment.an_order(DISPUTED, payment_mode=payment_mode)
    buyer_had, seller_had = environment.balance(environment.buyer), environment.balance(environment.seller)

    outcome = environment.execute("resolve_dispute", order_id, seller_bps, by=environment.arbiter)

    parts = split_amount(AMOUNT[payment_mode], seller_bps, 250, payment_mode)
    order = environment.order(order_id)
    assert (order.status, order.deadline) == (RESOLVED, 0)
    assert outcome.events[0].fields == {
        "order_id": order_id,
        "seller": environment.seller,
        "seller_amount": parts.seller,
        "buyer_amount": parts.buyer,
        "fee": parts.fee,
        "by": environment.arbiter,
    }
    sent = [
        ("Credited", environment.treasury, parts.fee),
        ("PaidOut", environment.seller, parts.seller),
        ("PaidOut", environment.buyer, parts.buyer),
    ]
    assert [(event.name, event.fields["payee"], event.fields["amount"]) for event in outcome.events[1:]] == [
        (name, payee, amount) for name, payee, amount in sent if amount and payment_mode == BY_DOT
    ]
    if payment_mode == BY_DOT:
        assert environment.balance(environment.seller) == seller_had + parts.seller
        assert environment.balance(environment.buyer) == buyer_had + parts.buyer
        assert environment.totals() == (0, parts.fee)
    assert environment.is_balanced()


@pytest.mark.parametrize("seller_bps", [10_001, 2**16, 2**256 - 1])
def test_a_share_above_100_percent_is_refused(environment: Environment, seller_bps: int) -> None:
    order_id = environment.an_order(DISPUTED)

    environment.assert_refused(
        "escrow: share is above 100 percent", "resolve_dispute", order_id, seller_bps, by=environment.arbiter
    )


def test_the_last_second_to_decide_is_the_one_before_the_deadline(environment: Environment) -> None:
    early, late = environment.an_order(DISPUTED), environment.an_order(DISPUTED)

    environment.advance_to(environment.order(early).deadline - 1)
    environment.execute("resolve_dispute", early, 0, by=environment.arbiter)
    environment.advance(1)

    environment.assert_refused("escrow: time to decide is over", "resolve_dispute", late, 0, by=environment.arbiter)


def test_the_arbiter_is_the_one_in_the_orders_own_terms(environment: Environment) -> None:
    other = an_address("another arbiter")
    terms_id = environment.publish_terms(arbiter=other)
    theirs, ours = environment.an_order(DISPUTED, terms_id=terms_id), environment.an_order(DISPUTED)

    environment.assert_refused(
        "escrow: caller is not the arbiter", "resolve_dispute", theirs, 0, by=environment.arbiter
    )
    environment.assert_refused("escrow: caller is not the arbiter", "resolve_dispute", ours, 0, by=other)
    environment.assert_refused("escrow: caller is neither party nor arbiter", "add_evidence", ours, bytes(32), by=other)

    environment.execute("add_evidence", theirs, bytes(32), by=other)
    environment.execute("resolve_dispute", theirs, 0, by=other)


@pytest.mark.parametrize("default_seller_bps", [0, 2_500, 10_000])
@pytest.mark.parametrize("payment_mode", MODES)
def test_an_undecided_dispute_ends_as_the_terms_say(
    environment: Environment, payment_mode: int, default_seller_bps: int
) -> None:
    terms_id = environment.publish_terms(default_seller_bps=default_seller_bps)
    order_id = environment.an_order(DISPUTED, payment_mode=payment_mode, terms_id=terms_id)
    environment.advance_to(environment.order(order_id).deadline - 1)
    environment.assert_refused("escrow: nothing is due", "settle_expired", [order_id], by=environment.stranger)
    environment.advance(1)

    resolved = environment.execute("settle_expired", [order_id], by=environment.stranger).event("OrderResolved")

    parts = split_amount(AMOUNT[payment_mode], default_seller_bps, 250, payment_mode)
    assert (resolved["seller_amount"], resolved["buyer_amount"], resolved["fee"]) == parts
    assert resolved["by"] == environment.stranger
    assert environment.status(order_id) == RESOLVED
    assert environment.is_balanced()


def test_during_a_dispute_the_buyer_may_confirm_and_the_seller_may_refund(
    environment: Environment,
) -> None:
    confirmed, refunded_id = environment.an_order(DISPUTED), environment.an_order(DISPUTED)

    delivered = environment.execute("confirm_delivery", confirmed, by=environment.buyer).event("OrderDelivered")
    refunded = environment.execute("refund", refunded_id, by=environment.seller).event("OrderRefunded")

    assert (delivered["seller_amount"], delivered["fee"]) == (10 * DOT - DOT // 4, DOT // 4)
    assert refunded["amount"] == 10 * DOT
    assert [environment.status(confirmed), environment.status(refunded_id)] == [DELIVERED, REFUNDED]


@pytest.mark.parametrize("who", ["buyer", "seller", "operator"])
def test_an_unpaid_order_is_cancelled(environment: Environment, who: str) -> None:
    order_id = environment.an_order(CREATED)
    before, by = environment.state(), getattr(environment, who)

    outcome = environment.execute("cancel_order", order_id, by=by)

    assert outcome.event_names == ["OrderCancelled"]
    assert outcome.event("OrderCancelled") == {"order_id": order_id, "by": by}
    assert environment.state() == before | {"orders": [before["orders"][0]._replace(status=CANCELLED, deadline=0)]}


def test_a_cancelled_order_takes_no_money_and_is_never_due(environment: Environment) -> None:
    in_dot = environment.an_order(CANCELLED)
    by_mpesa = environment.an_order(CANCELLED, payment_mode=BY_MPESA)
    reason = "escrow: order is not awaiting payment"

    environment.assert_refused(reason, "fund_order_dot", in_dot, by=environment.buyer, value=10 * DOT)
    environment.assert_refused(
        reason, "record_offchain_payment", by_mpesa, AMOUNT[BY_MPESA], environment.a_receipt(), by=environment.oracle
    )
    environment.advance(365 * DAY)
    environment.assert_refused("escrow: nothing is due", "settle_expired", [in_dot, by_mpesa], by=environment.stranger)
