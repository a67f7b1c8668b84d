"""Who may set what, and what a pause stops."""

import pytest

from .world import AMOUNT, BY_MPESA, CREATED, DOT, ZERO, Roles, World, an_address

EVERYBODY_ELSE = ["operator", "oracle", "guardian", "treasury", "arbiter", "buyer", "seller", "stranger"]
SETTERS = {
    "set_operator": ("operator", "OperatorChanged"),
    "set_oracle": ("oracle", "OracleChanged"),
    "set_guardian": ("guardian", "GuardianChanged"),
}


def test_the_deployer_owns_and_the_roles_are_as_deployed(world: World) -> None:
    assert world.roles() == Roles(world.owner, ZERO, world.operator, world.oracle, world.guardian)
    assert world.view("paused") is False
    assert (world.view("next_order_id"), world.view("next_terms_id")) == (1, world.terms_id + 1)


@pytest.mark.parametrize("setter", SETTERS)
def test_the_owner_changes_a_role(world: World, setter: str) -> None:
    role, event = SETTERS[setter]
    previous, successor = getattr(world, role), an_address("successor")
    before = world.picture()

    outcome = world.does(setter, successor, by=world.owner)

    assert outcome.event(event) == {"previous": previous, role: successor}
    assert world.picture() == before | {"roles": before["roles"]._replace(**{role: successor})}


@pytest.mark.parametrize("setter", SETTERS)
def test_a_role_is_never_nobody_nor_the_escrow(world: World, setter: str) -> None:
    world.refuses("escrow: address is zero", setter, ZERO, by=world.owner)
    world.refuses("escrow: address is the escrow itself", setter, world.escrow, by=world.owner)


@pytest.mark.parametrize("caller", EVERYBODY_ELSE)
def test_nobody_but_the_owner_changes_roles_terms_or_ends_a_pause(world: World, caller: str) -> None:
    by = getattr(world, caller)

    for setter in [*SETTERS, "transfer_ownership"]:
        world.refuses("escrow: caller is not the owner", setter, by, by=by)
    terms = world.terms(world.terms_id)
    world.refuses("escrow: caller is not the owner", "publish_terms", *terms, by=by)
    world.refuses("escrow: caller is not the owner", "set_oracle_caps", 1, 1, by=by)
    world.does("pause", by=world.owner)
    world.refuses("escrow: caller is not the owner", "unpause", by=by)


def test_a_former_operator_creates_no_more_orders(world: World) -> None:
    world.does("set_operator", world.stranger, by=world.owner)
    order = world.a_new_order()

    world.refuses("escrow: caller is not the operator", "create_order", *order, by=world.operator)

    assert world.does("create_order", *order, by=world.stranger).value == 1


def test_ownership_passes_in_two_steps(world: World) -> None:
    successor = world.stranger

    offered = world.does("transfer_ownership", successor, by=world.owner)
    assert offered.event("OwnershipTransferStarted") == {"previous_owner": world.owner, "new_owner": successor}
    assert world.roles()[:2] == (world.owner, successor)
    accepted = world.does("accept_ownership", by=successor)

    assert accepted.event("OwnershipTransferred") == {"previous_owner": world.owner, "new_owner": successor}
    assert world.roles()[:2] == (successor, ZERO)
    world.refuses("escrow: caller is not the owner", "set_oracle", world.owner, by=world.owner)


@pytest.mark.parametrize("caller", ["owner", "buyer", "operator"])
def test_only_the_one_it_was_offered_to_accepts_ownership(world: World, caller: str) -> None:
    world.does("transfer_ownership", world.stranger, by=world.owner)

    world.refuses("escrow: caller is not the pending owner", "accept_ownership", by=getattr(world, caller))


def test_an_offer_of_ownership_can_be_taken_back(world: World) -> None:
    world.does("transfer_ownership", world.stranger, by=world.owner)

    world.does("transfer_ownership", ZERO, by=world.owner)

    world.refuses("escrow: caller is not the pending owner", "accept_ownership", by=world.stranger)


@pytest.mark.parametrize("who", ["guardian", "owner"])
def test_guardian_and_owner_pause_and_the_owner_unpauses(world: World, who: str) -> None:
    by = getattr(world, who)
    before = world.picture()

    paused = world.does("pause", by=by)
    assert paused.event("Paused") == {"by": by}
    assert world.view("paused") is True
    unpaused = world.does("unpause", by=world.owner)

    assert unpaused.event("Unpaused") == {"by": world.owner}
    assert world.picture() == before


@pytest.mark.parametrize("caller", ["operator", "oracle", "treasury", "arbiter", "buyer", "seller", "stranger"])
def test_nobody_else_pauses(world: World, caller: str) -> None:
    world.refuses("escrow: caller is not guardian or owner", "pause", by=getattr(world, caller))


def test_a_pause_stops_new_orders_and_new_money(world: World) -> None:
    order_id = world.an_order()
    order = world.a_new_order()
    payment = (world.an_order(payment_mode=BY_MPESA), AMOUNT[BY_MPESA], world.a_receipt())
    world.does("pause", by=world.guardian)
    reason = "escrow: new orders and payments are paused"

    world.refuses(reason, "create_order", *order, by=world.operator)
    world.refuses(reason, "create_orders", [order], by=world.operator)
    world.refuses(reason, "fund_order_dot", order_id, by=world.buyer, value=10 * DOT)
    world.refuses(reason, "record_offchain_payment", *payment, by=world.oracle)
    world.refuses(reason, "record_offchain_payments", [payment], by=world.oracle)
    world.refuses(reason, "record_offchain_payments", [], by=world.oracle)

    world.does("unpause", by=world.owner)
    world.does("record_offchain_payments", [payment], by=world.oracle)
    world.does("fund_order_dot", order_id, by=world.buyer, value=10 * DOT)
    world.does("create_order", *order, by=world.operator)


def test_a_pause_does_not_stretch_a_deadline(world: World) -> None:
    order_id = world.an_order(CREATED)
    world.does("pause", by=world.guardian)
    world.waits_until(world.order(order_id).deadline)
    world.does("unpause", by=world.owner)

    world.refuses("escrow: time to pay is over", "fund_order_dot", order_id, by=world.buyer, value=10 * DOT)


def test_a_pause_neither_begins_nor_ends_twice(world: World) -> None:
    world.refuses("escrow: not paused", "unpause", by=world.owner)

    world.does("pause", by=world.guardian)

    world.refuses("escrow: already paused", "pause", by=world.owner)
