"""Disputes: raised by the buyer in time, decided by the arbiter in time, or else by the terms."""

import pytest

from .world import (
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
    World,
    a_digest,
    an_address,
    parts_of,
)


def test_the_buyer_raises_a_dispute_and_the_arbiters_time_begins(world: World) -> None:
    order_id = world.an_order(SHIPPED)
    before = world.picture()
    world.waits(DAY)

    outcome = world.does("raise_dispute", order_id, a_digest("a photo"), by=world.buyer)

    deadline = world.now + 14 * DAY
    assert outcome.event_names == ["OrderDisputed"]
    assert outcome.event("OrderDisputed") == {
        "order_id": order_id,
        "buyer": world.buyer,
        "evidence": a_digest("a photo"),
        "deadline": deadline,
        "by": world.buyer,
    }
    disputed = before["orders"][0]._replace(status=DISPUTED, deadline=deadline)
    assert world.picture() == before | {"orders": [disputed]}


def test_the_last_second_to_dispute_is_the_one_before_the_deadline(world: World) -> None:
    early, late = world.an_order(SHIPPED), world.an_order(SHIPPED)

    world.waits_until(world.order(early).deadline - 1)
    world.does("raise_dispute", early, bytes(32), by=world.buyer)
    world.waits(1)

    world.refuses("escrow: time to dispute is over", "raise_dispute", late, bytes(32), by=world.buyer)


@pytest.mark.parametrize("who", ["buyer", "seller", "arbiter"])
def test_those_concerned_add_evidence_which_is_only_logged(world: World, who: str) -> None:
    order_id = world.an_order(DISPUTED)
    before, by = world.picture(), getattr(world, who)

    outcome = world.does("add_evidence", order_id, a_digest("a letter"), by=by)

    assert outcome.event_names == ["EvidenceAdded"]
    assert outcome.event("EvidenceAdded") == {"order_id": order_id, "by": by, "evidence": a_digest("a letter")}
    assert world.picture() == before


@pytest.mark.parametrize("payment_mode", MODES)
@pytest.mark.parametrize("seller_bps", [0, 1, 3_333, 9_999, 10_000])
def test_the_arbiter_splits_what_the_order_holds(world: World, payment_mode: int, seller_bps: int) -> None:
    order_id = world.an_order(DISPUTED, payment_mode=payment_mode)
    buyer_had, seller_had = world.balance(world.buyer), world.balance(world.seller)

    outcome = world.does("resolve_dispute", order_id, seller_bps, by=world.arbiter)

    parts = parts_of(AMOUNT[payment_mode], seller_bps, 250, payment_mode)
    order = world.order(order_id)
    assert (order.status, order.deadline) == (RESOLVED, 0)
    assert outcome.events[0].fields == {
        "order_id": order_id,
        "seller": world.seller,
        "seller_amount": parts.seller,
        "buyer_amount": parts.buyer,
        "fee": parts.fee,
        "by": world.arbiter,
    }
    sent = [
        ("Credited", world.treasury, parts.fee),
        ("PaidOut", world.seller, parts.seller),
        ("PaidOut", world.buyer, parts.buyer),
    ]
    assert [(event.name, event.fields["payee"], event.fields["amount"]) for event in outcome.events[1:]] == [
        (name, payee, amount) for name, payee, amount in sent if amount and payment_mode == BY_DOT
    ]
    if payment_mode == BY_DOT:
        assert world.balance(world.seller) == seller_had + parts.seller
        assert world.balance(world.buyer) == buyer_had + parts.buyer
        assert world.totals() == (0, parts.fee)
    assert world.books_agree()


@pytest.mark.parametrize("seller_bps", [10_001, 2**16, 2**256 - 1])
def test_more_than_the_whole_cannot_be_split(world: World, seller_bps: int) -> None:
    order_id = world.an_order(DISPUTED)

    world.refuses("escrow: share is above 100 percent", "resolve_dispute", order_id, seller_bps, by=world.arbiter)


def test_the_last_second_to_decide_is_the_one_before_the_deadline(world: World) -> None:
    early, late = world.an_order(DISPUTED), world.an_order(DISPUTED)

    world.waits_until(world.order(early).deadline - 1)
    world.does("resolve_dispute", early, 0, by=world.arbiter)
    world.waits(1)

    world.refuses("escrow: time to decide is over", "resolve_dispute", late, 0, by=world.arbiter)


def test_the_arbiter_is_the_one_in_the_orders_own_terms(world: World) -> None:
    other = an_address("another arbiter")
    terms_id = world.publishes_terms(arbiter=other)
    theirs, ours = world.an_order(DISPUTED, terms_id=terms_id), world.an_order(DISPUTED)

    world.refuses("escrow: caller is not the arbiter", "resolve_dispute", theirs, 0, by=world.arbiter)
    world.refuses("escrow: caller is not the arbiter", "resolve_dispute", ours, 0, by=other)
    world.refuses("escrow: caller is neither party nor arbiter", "add_evidence", ours, bytes(32), by=other)

    world.does("add_evidence", theirs, bytes(32), by=other)
    world.does("resolve_dispute", theirs, 0, by=other)


@pytest.mark.parametrize("default_seller_bps", [0, 2_500, 10_000])
@pytest.mark.parametrize("payment_mode", MODES)
def test_an_undecided_dispute_ends_as_the_terms_say(world: World, payment_mode: int, default_seller_bps: int) -> None:
    terms_id = world.publishes_terms(default_seller_bps=default_seller_bps)
    order_id = world.an_order(DISPUTED, payment_mode=payment_mode, terms_id=terms_id)
    world.waits_until(world.order(order_id).deadline - 1)
    world.refuses("escrow: nothing is due", "settle_expired", [order_id], by=world.stranger)
    world.waits(1)

    resolved = world.does("settle_expired", [order_id], by=world.stranger).event("OrderResolved")

    parts = parts_of(AMOUNT[payment_mode], default_seller_bps, 250, payment_mode)
    assert (resolved["seller_amount"], resolved["buyer_amount"], resolved["fee"]) == parts
    assert resolved["by"] == world.stranger
    assert world.status(order_id) == RESOLVED
    assert world.books_agree()


def test_during_a_dispute_the_buyer_may_still_be_content_and_the_seller_may_still_give_back(world: World) -> None:
    confirmed, given_back = world.an_order(DISPUTED), world.an_order(DISPUTED)

    delivered = world.does("confirm_delivery", confirmed, by=world.buyer).event("OrderDelivered")
    refunded = world.does("refund", given_back, by=world.seller).event("OrderRefunded")

    assert (delivered["seller_amount"], delivered["fee"]) == (10 * DOT - DOT // 4, DOT // 4)
    assert refunded["amount"] == 10 * DOT
    assert [world.status(confirmed), world.status(given_back)] == [DELIVERED, REFUNDED]


@pytest.mark.parametrize("who", ["buyer", "seller", "operator"])
def test_an_unpaid_order_is_called_off(world: World, who: str) -> None:
    order_id = world.an_order(CREATED)
    before, by = world.picture(), getattr(world, who)

    outcome = world.does("cancel_order", order_id, by=by)

    assert outcome.event_names == ["OrderCancelled"]
    assert outcome.event("OrderCancelled") == {"order_id": order_id, "by": by}
    assert world.picture() == before | {"orders": [before["orders"][0]._replace(status=CANCELLED, deadline=0)]}


def test_a_cancelled_order_takes_no_money_and_is_never_due(world: World) -> None:
    in_dot = world.an_order(CANCELLED)
    by_mpesa = world.an_order(CANCELLED, payment_mode=BY_MPESA)
    reason = "escrow: order is not awaiting payment"

    world.refuses(reason, "fund_order_dot", in_dot, by=world.buyer, value=10 * DOT)
    world.refuses(reason, "record_offchain_payment", by_mpesa, AMOUNT[BY_MPESA], world.a_receipt(), by=world.oracle)
    world.waits(365 * DAY)
    world.refuses("escrow: nothing is due", "settle_expired", [in_dot, by_mpesa], by=world.stranger)
