"""Roles: their rights, ownership in two steps, and the pause."""

import pytest

from .environment import Environment
from .values import AMOUNT, BY_MPESA, CREATED, DOT, ZERO, Roles, an_address

EVERYBODY_ELSE = ["operator", "oracle", "guardian", "treasury", "arbiter", "buyer", "seller", "stranger"]
SETTERS = {
    "set_operator": ("operator", "OperatorChanged"),
    "set_oracle": ("oracle", "OracleChanged"),
    "set_guardian": ("guardian", "GuardianChanged"),
}


def test_the_deployer_owns_and_the_roles_are_as_deployed(environment: Environment) -> None:
    assert environment.roles() == Roles(
        environment.owner, ZERO, environment.operator, environment.oracle, environment.guardian
    )
    assert environment.view("paused") is False
    assert (environment.view("next_order_id"), environment.view("next_terms_id")) == (1, environment.terms_id + 1)


@pytest.mark.parametrize("setter", SETTERS)
def test_the_owner_changes_a_role(environment: Environment, setter: str) -> None:
    role, event = SETTERS[setter]
    previous, successor = getattr(environment, role), an_address("successor")
    before = environment.state()

    outcome = environment.execute(setter, successor, by=environment.owner)

    assert outcome.event(event) == {"previous": previous, role: successor}
    assert environment.state() == before | {"roles": before["roles"]._replace(**{role: successor})}


@pytest.mark.parametrize("setter", SETTERS)
def test_a_role_is_never_nobody_nor_the_escrow(environment: Environment, setter: str) -> None:
    environment.assert_refused("escrow: address is zero", setter, ZERO, by=environment.owner)
    environment.assert_refused("escrow: address is the escrow itself", setter, environment.escrow, by=environment.owner)


@pytest.mark.parametrize("caller", EVERYBODY_ELSE)
def test_only_the_owner_changes_roles_and_terms_or_ends_a_pause(environment: Environment, caller: str) -> None:
    by = getattr(environment, caller)

    for setter in [*SETTERS, "transfer_ownership"]:
        environment.assert_refused("escrow: caller is not the owner", setter, by, by=by)
    terms = environment.terms(environment.terms_id)
    environment.assert_refused("escrow: caller is not the owner", "publish_terms", *terms, by=by)
    environment.assert_refused("escrow: caller is not the owner", "set_oracle_caps", 1, 1, by=by)
    environment.execute("pause", by=environment.owner)
    environment.assert_refused("escrow: caller is not the owner", "unpause", by=by)


def test_a_former_operator_creates_no_more_orders(environment: Environment) -> None:
    environment.execute("set_operator", environment.stranger, by=environment.owner)
    order = environment.a_new_order()

    environment.assert_refused("escrow: caller is not the operator", "create_order", *order, by=environment.operator)

    assert environment.execute("create_order", *order, by=environment.stranger).value == 1


def test_ownership_passes_in_two_steps(environment: Environment) -> None:
    successor = environment.stranger

    offered = environment.execute("transfer_ownership", successor, by=environment.owner)
    assert offered.event("OwnershipTransferStarted") == {"previous_owner": environment.owner, "new_owner": successor}
    assert environment.roles()[:2] == (environment.owner, successor)
    accepted = environment.execute("accept_ownership", by=successor)

    assert accepted.event("OwnershipTransferred") == {"previous_owner": environment.owner, "new_owner": successor}
    assert environment.roles()[:2] == (successor, ZERO)
    environment.assert_refused("escrow: caller is not the owner", "set_oracle", environment.owner, by=environment.owner)


@pytest.mark.parametrize("caller", ["owner", "buyer", "operator"])
def test_only_the_pending_owner_accepts_ownership(environment: Environment, caller: str) -> None:
    environment.execute("transfer_ownership", environment.stranger, by=environment.owner)

    environment.assert_refused(
        "escrow: caller is not the pending owner", "accept_ownership", by=getattr(environment, caller)
    )


def test_an_offer_of_ownership_can_be_withdrawn(environment: Environment) -> None:
    environment.execute("transfer_ownership", environment.stranger, by=environment.owner)

    environment.execute("transfer_ownership", ZERO, by=environment.owner)

    environment.assert_refused("escrow: caller is not the pending owner", "accept_ownership", by=environment.stranger)


@pytest.mark.parametrize("who", ["guardian", "owner"])
def test_guardian_and_owner_pause_and_the_owner_unpauses(environment: Environment, who: str) -> None:
    by = getattr(environment, who)
    before = environment.state()

    paused = environment.execute("pause", by=by)
    assert paused.event("Paused") == {"by": by}
    assert environment.view("paused") is True
    unpaused = environment.execute("unpause", by=environment.owner)

    assert unpaused.event("Unpaused") == {"by": environment.owner}
    assert environment.state() == before


@pytest.mark.parametrize("caller", ["operator", "oracle", "treasury", "arbiter", "buyer", "seller", "stranger"])
def test_nobody_else_pauses(environment: Environment, caller: str) -> None:
    environment.assert_refused("escrow: caller is not guardian or owner", "pause", by=getattr(environment, caller))


def test_a_pause_stops_new_orders_and_new_money(environment: Environment) -> None:
    order_id = environment.an_order()
    order = environment.a_new_order()
    payment = (environment.an_order(payment_mode=BY_MPESA), AMOUNT[BY_MPESA], environment.a_receipt())
    environment.execute("pause", by=environment.guardian)
    reason = "escrow: new orders and payments are paused"

    environment.assert_refused(reason, "create_order", *order, by=environment.operator)
    environment.assert_refused(reason, "create_orders", [order], by=environment.operator)
    environment.assert_refused(reason, "fund_order_dot", order_id, by=environment.buyer, value=10 * DOT)
    environment.assert_refused(reason, "record_offchain_payment", *payment, by=environment.oracle)
    environment.assert_refused(reason, "record_offchain_payments", [payment], by=environment.oracle)
    environment.assert_refused(reason, "record_offchain_payments", [], by=environment.oracle)

    environment.execute("unpause", by=environment.owner)
    environment.execute("record_offchain_payments", [payment], by=environment.oracle)
    environment.execute("fund_order_dot", order_id, by=environment.buyer, value=10 * DOT)
    environment.execute("create_order", *order, by=environment.operator)


def test_a_pause_does_not_extend_a_deadline(environment: Environment) -> None:
    order_id = environment.an_order(CREATED)
    environment.execute("pause", by=environment.guardian)
    environment.advance_to(environment.order(order_id).deadline)
    environment.execute("unpause", by=environment.owner)

    environment.assert_refused(
        "escrow: time to pay is over", "fund_order_dot", order_id, by=environment.buyer, value=10 * DOT
    )


def test_a_pause_neither_begins_nor_ends_twice(environment: Environment) -> None:
    environment.assert_refused("escrow: not paused", "unpause", by=environment.owner)

    environment.execute("pause", by=environment.guardian)

    environment.assert_refused("escrow: already paused", "pause", by=environment.owner)
