"""Each reason the contract can give is listed in its README, and given by a call here."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from .world import (
    BY_MPESA,
    CREATED,
    DAY,
    DELIVERED,
    DISPUTED,
    DOT,
    FUNDED,
    ROOT,
    SHILLING,
    SHIPPED,
    SOURCES,
    ZERO,
    Outcome,
    World,
    a_digest,
)


def _create(world: World, **changes: Any) -> Outcome:
    return world.call("create_order", *world.a_new_order(**changes), by=world.operator)


def _publish(world: World, **changes: int) -> Outcome:
    return world.call("publish_terms", *world.some_terms(**changes), by=world.owner)


def _fund(world: World, order_id: int, by: str, value: int = 10 * DOT) -> Outcome:
    return world.call("fund_order_dot", order_id, by=by, value=value)


def _record(world: World, order_id: int, **changes: Any) -> Outcome:
    payment = {"amount": world.order(order_id).amount, "receipt": world.a_receipt()} | changes
    return world.call("record_offchain_payment", order_id, *payment.values(), by=world.oracle)


def _recorded_with_caps(world: World, per_order: int, per_day: int) -> Outcome:
    world.does("set_oracle_caps", per_order, per_day, by=world.owner)
    return _record(world, world.an_order(payment_mode=BY_MPESA, amount=3 * SHILLING))


def _receipt_used_twice(world: World) -> Outcome:
    receipt = world.a_receipt()
    _record(world, world.an_order(payment_mode=BY_MPESA), receipt=receipt)
    return _record(world, world.an_order(payment_mode=BY_MPESA), receipt=receipt)


def _disputed_too_late(world: World) -> Outcome:
    order_id = world.an_order(SHIPPED)
    world.waits(7 * DAY)
    return world.call("raise_dispute", order_id, a_digest("e"), by=world.buyer)


def _decided_too_late(world: World) -> Outcome:
    order_id = world.an_order(DISPUTED)
    world.waits(14 * DAY)
    return world.call("resolve_dispute", order_id, 0, by=world.arbiter)


def _evidence_from_outside(world: World) -> Outcome:
    return world.call("add_evidence", world.an_order(DISPUTED), a_digest("e"), by=world.owner)


def _an_offer(world: World) -> int:
    order_id = world.an_order(FUNDED)
    world.does("propose_settlement", order_id, 5_000, DAY, by=world.seller)
    return order_id


def _accepted_too_late(world: World) -> Outcome:
    order_id = _an_offer(world)
    world.waits(DAY)
    return world.call("accept_settlement", order_id, 5_000, by=world.buyer)


def _paid_too_late(world: World) -> Outcome:
    order_id = world.an_order()
    world.waits(DAY)
    return _fund(world, order_id, world.buyer)


def _shipped_too_late(world: World) -> Outcome:
    order_id = world.an_order(FUNDED)
    world.waits(3 * DAY)
    return world.call("mark_shipped", order_id, a_digest("t"), by=world.seller)


def _more_than_the_totals_can_hold(world: World) -> Outcome:
    largest = (2**96 - 1) // 10**8 * 10**8
    world.gives(world.buyer, 2**105)
    for _ in range(256):
        world.an_order(FUNDED, amount=largest)
    return _fund(world, world.an_order(amount=largest), world.buyer, largest)


def _created_while_paused(world: World) -> Outcome:
    world.does("pause", by=world.guardian)
    return _create(world)


def _paused_twice(world: World) -> Outcome:
    world.does("pause", by=world.guardian)
    return world.call("pause", by=world.guardian)


def _credit_refused(world: World) -> Outcome:
    seller = world.a_payee("rejecting")
    world.an_order(DELIVERED, seller=seller)
    return world.call("withdraw_for", seller, by=world.stranger)


def _starved(world: World) -> Outcome:
    order_id = world.an_order(SHIPPED, seller=world.a_payee("careful"))
    return world.call("confirm_delivery", order_id, by=world.buyer, gas=25_000)


REASONS: dict[str, Callable[[World], Outcome]] = {
    "escrow: address is the escrow itself": lambda w: _create(w, buyer=w.escrow),
    "escrow: address is zero": lambda w: _create(w, buyer=ZERO),
    "escrow: already paused": _paused_twice,
    "escrow: amount is not exact": lambda w: _fund(w, w.an_order(), w.buyer, 1),
    "escrow: amount is not in whole planck": lambda w: _create(w, amount=1),
    "escrow: amount is not in whole shillings": lambda w: _create(w, payment_mode=BY_MPESA, amount=150),
    "escrow: amount is too large": lambda w: _create(w, amount=2**96),
    "escrow: amount is zero": lambda w: _create(w, amount=0),
    "escrow: buyer is the seller": lambda w: _create(w, buyer=w.seller),
    "escrow: caller is neither party nor arbiter": lambda w: w.call(
        "add_evidence", w.an_order(DISPUTED), a_digest("e"), by=w.owner
    ),
    "escrow: caller is neither party nor operator": lambda w: w.call("cancel_order", w.an_order(), by=w.owner),
    "escrow: caller is not a party": lambda w: w.call("propose_settlement", w.an_order(FUNDED), 0, DAY, by=w.arbiter),
    "escrow: caller is not guardian or owner": lambda w: w.call("pause", by=w.stranger),
    "escrow: caller is not the arbiter": lambda w: w.call("resolve_dispute", w.an_order(DISPUTED), 0, by=w.owner),
    "escrow: caller is not the buyer": lambda w: _fund(w, w.an_order(), w.stranger),
    "escrow: caller is not the operator": lambda w: w.call("create_orders", [], by=w.stranger),
    "escrow: caller is not the oracle": lambda w: w.call("record_offchain_payments", [], by=w.operator),
    "escrow: caller is not the owner": lambda w: w.call("unpause", by=w.guardian),
    "escrow: caller is not the pending owner": lambda w: w.call("accept_ownership", by=w.owner),
    "escrow: caller is not the proposer": lambda w: w.call("withdraw_settlement", _an_offer(w), by=w.buyer),
    "escrow: caller is not the seller": lambda w: w.call("refund", w.an_order(FUNDED), by=w.buyer),
    "escrow: caller is the proposer": lambda w: w.call("accept_settlement", _an_offer(w), 5_000, by=w.seller),
    "escrow: cap is too large": lambda w: w.call("set_oracle_caps", 0, 2**72, by=w.owner),
    "escrow: fee is too high": lambda w: _publish(w, fee_bps=1_001),
    "escrow: new orders and payments are paused": _created_while_paused,
    "escrow: no credit": lambda w: w.call("withdraw", by=w.stranger),
    "escrow: no open offer": lambda w: w.call("accept_settlement", w.an_order(FUNDED), 0, by=w.buyer),
    "escrow: no such order": lambda w: w.call("refund", 1, by=w.seller),
    "escrow: no such payment mode": lambda w: _create(w, payment_mode=2, amount=DOT),
    "escrow: no such terms": lambda w: _create(w, terms_id=99),
    "escrow: not paused": lambda w: w.call("unpause", by=w.owner),
    "escrow: nothing is due": lambda w: w.call("settle_expired", [w.an_order()], by=w.stranger),
    "escrow: offer has expired": _accepted_too_late,
    "escrow: order holds no payment": lambda w: w.call("refund", w.an_order(CREATED), by=w.seller),
    "escrow: order is not awaiting payment": lambda w: _fund(w, w.an_order(FUNDED), w.buyer),
    "escrow: order is not disputed": lambda w: w.call("resolve_dispute", w.an_order(SHIPPED), 0, by=w.arbiter),
    "escrow: order is not funded": lambda w: w.call("mark_shipped", w.an_order(), a_digest("t"), by=w.seller),
    "escrow: order is not paid by M-Pesa": lambda w: _record(w, w.an_order()),
    "escrow: order is not paid in DOT": lambda w: _fund(w, w.an_order(payment_mode=BY_MPESA), w.buyer, 250_000),
    "escrow: order is not shipped": lambda w: w.call("confirm_delivery", w.an_order(FUNDED), by=w.buyer),
    "escrow: payment is above the cap of an order": lambda w: _recorded_with_caps(w, per_order=200, per_day=300),
    "escrow: payment is above the cap of the day": lambda w: _recorded_with_caps(w, per_order=300, per_day=200),
    "escrow: receipt is empty": lambda w: _record(w, w.an_order(payment_mode=BY_MPESA), receipt=bytes(32)),
    "escrow: receipt was used before": _receipt_used_twice,
    "escrow: recipient refused the coin": _credit_refused,
    "escrow: share is above 100 percent": lambda w: _publish(w, default_seller_bps=10_001),
    "escrow: share is not the one offered": lambda w: w.call("accept_settlement", _an_offer(w), 4_999, by=w.buyer),
    "escrow: time to decide is over": _decided_too_late,
    "escrow: time to dispute is over": _disputed_too_late,
    "escrow: time to pay is over": _paid_too_late,
    "escrow: time to ship is over": _shipped_too_late,
    "escrow: too little gas for the payout": _starved,
    "escrow: total is too large": _more_than_the_totals_can_hold,
    "escrow: window is too long": lambda w: _publish(w, ship_window_s=365 * DAY + 1),
    "escrow: window is too short": lambda w: _publish(w, ship_window_s=59),
}


@pytest.mark.parametrize("reason", REASONS)
def test_the_reason_is_given(world: World, reason: str) -> None:
    assert REASONS[reason](world).refusal == reason


def test_every_reason_in_the_source_is_reached_here() -> None:
    in_source = {reason for source in SOURCES for reason in re.findall(r'"(escrow: [^"]+)"', source.read_text())}

    assert in_source == set(REASONS)


def test_every_reason_is_listed_in_the_readme() -> None:
    listed = set(re.findall(r"^\| `(escrow: [^`]+)`", (ROOT / "contracts" / "README.md").read_text(), re.MULTILINE))

    assert listed == set(REASONS)


def test_no_check_in_the_source_is_without_a_reason() -> None:
    for source in SOURCES:
        text = source.read_text()
        checks = re.findall(r"^ +assert ", text, re.MULTILINE)
        reasons = re.findall(r', "escrow: [A-Za-z0-9 -]+"$', text, re.MULTILINE)

        assert len(reasons) == len(checks), source.name
