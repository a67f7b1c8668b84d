"""Each reason the contract can give is listed in its README, and given by a call here."""

import re
from collections.abc import Callable

import pytest

from .world import (
    CREATED,
    DAY,
    DELIVERED,
    DOT,
    FUNDED,
    ROOT,
    SHIPPED,
    SOURCE,
    Outcome,
    World,
    a_digest,
)

ZERO = "0x" + "00" * 20


def _create(world: World, **changes: str | int) -> Outcome:
    fields = {"buyer": world.buyer, "seller": world.seller, "amount": DOT, "terms_id": world.terms_id} | changes
    return world.call("create_order", *fields.values(), a_digest("r"), a_digest("m"), by=world.operator)


def _publish(world: World, **changes: int) -> Outcome:
    return world.call("publish_terms", *world.some_terms(**changes), by=world.owner)


def _fund(world: World, order_id: int, by: str, value: int = 10 * DOT) -> Outcome:
    return world.call("fund_order_dot", order_id, by=by, value=value)


def _paid_too_late(world: World) -> Outcome:
    order_id = world.an_order()
    world.waits(DAY)
    return _fund(world, order_id, world.buyer)


def _shipped_too_late(world: World) -> Outcome:
    order_id = world.an_order(FUNDED)
    world.waits(3 * DAY)
    return world.call("mark_shipped", order_id, a_digest("t"), by=world.seller)


def _more_than_the_books_count(world: World) -> Outcome:
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
    "escrow: amount is too large": lambda w: _create(w, amount=2**96),
    "escrow: amount is zero": lambda w: _create(w, amount=0),
    "escrow: books are full": _more_than_the_books_count,
    "escrow: buyer is the seller": lambda w: _create(w, buyer=w.seller),
    "escrow: caller is not guardian or owner": lambda w: w.call("pause", by=w.stranger),
    "escrow: caller is not the buyer": lambda w: _fund(w, w.an_order(), w.stranger),
    "escrow: caller is not the operator": lambda w: w.call("create_orders", [], by=w.stranger),
    "escrow: caller is not the owner": lambda w: w.call("unpause", by=w.guardian),
    "escrow: caller is not the pending owner": lambda w: w.call("accept_ownership", by=w.owner),
    "escrow: caller is not the seller": lambda w: w.call("refund", w.an_order(FUNDED), by=w.buyer),
    "escrow: fee is too high": lambda w: _publish(w, fee_bps=1_001),
    "escrow: new orders and payments are paused": _created_while_paused,
    "escrow: no credit": lambda w: w.call("withdraw", by=w.stranger),
    "escrow: no such order": lambda w: w.call("refund", 1, by=w.seller),
    "escrow: no such terms": lambda w: _create(w, terms_id=99),
    "escrow: not paused": lambda w: w.call("unpause", by=w.owner),
    "escrow: nothing is due": lambda w: w.call("settle_expired", [w.an_order()], by=w.stranger),
    "escrow: order holds no payment": lambda w: w.call("refund", w.an_order(CREATED), by=w.seller),
    "escrow: order is not awaiting payment": lambda w: _fund(w, w.an_order(FUNDED), w.buyer),
    "escrow: order is not funded": lambda w: w.call("mark_shipped", w.an_order(), a_digest("t"), by=w.seller),
    "escrow: order is not shipped": lambda w: w.call("confirm_delivery", w.an_order(FUNDED), by=w.buyer),
    "escrow: recipient refused the coin": _credit_refused,
    "escrow: share is more than the whole": lambda w: _publish(w, default_seller_bps=10_001),
    "escrow: time to pay is over": _paid_too_late,
    "escrow: time to ship is over": _shipped_too_late,
    "escrow: too little gas for the payout": _starved,
    "escrow: window is too long": lambda w: _publish(w, ship_window_s=365 * DAY + 1),
    "escrow: window is too short": lambda w: _publish(w, ship_window_s=59),
}


@pytest.mark.parametrize("reason", REASONS)
def test_the_reason_is_given(world: World, reason: str) -> None:
    assert REASONS[reason](world).refusal == reason


def test_every_reason_in_the_source_is_reached_here() -> None:
    in_source = set(re.findall(r'"(escrow: [^"]+)"', SOURCE.read_text()))

    assert in_source == set(REASONS)


def test_every_reason_is_listed_in_the_readme() -> None:
    listed = set(re.findall(r"^\| `(escrow: [^`]+)`", (ROOT / "contracts" / "README.md").read_text(), re.MULTILINE))

    assert listed == set(REASONS)


def test_no_check_in_the_source_is_without_a_reason() -> None:
    checks = [line.strip() for line in SOURCE.read_text().splitlines() if line.strip().startswith("assert ")]

    assert checks
    assert [check for check in checks if not re.search(r', "escrow: [a-z0-9 ]+"$', check)] == []
