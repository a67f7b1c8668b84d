"""Terms sheets: published once by the owner, within sane bounds, never changed."""

import pytest

from .environment import Environment
from .values import DAY, ZERO, Terms


def test_the_owner_publishes_terms_and_gets_their_id(environment: Environment) -> None:
    terms = Terms(environment.treasury, environment.arbiter, 1_000, 10_000, 60, 365 * DAY, 9 * DAY, 2 * DAY, 3 * DAY)

    outcome = environment.execute("publish_terms", *terms, by=environment.owner)

    assert outcome.value == environment.terms_id + 1
    assert environment.terms(outcome.value) == terms
    assert outcome.event("TermsPublished") == {"terms_id": outcome.value, **terms._asdict()}
    assert environment.view("next_terms_id") == outcome.value + 1


def test_new_terms_leave_older_ones_and_their_orders_alone(environment: Environment) -> None:
    order_id = environment.an_order()
    terms, order = environment.terms(environment.terms_id), environment.order(order_id)

    environment.publish_terms(fee_bps=0, ship_window_s=60)

    assert environment.terms(environment.terms_id) == terms
    assert environment.order(order_id) == order


def test_terms_that_do_not_exist_are_all_zero(environment: Environment) -> None:
    assert environment.terms(0) == environment.terms(99) == Terms(ZERO, ZERO, 0, 0, 0, 0, 0, 0, 0)


@pytest.mark.parametrize("window", [name for name in Terms._fields if name.endswith("_window_s")])
def test_every_window_is_bounded(environment: Environment, window: str) -> None:
    too_short = environment.terms_with(**{window: 59})
    too_long = environment.terms_with(**{window: 365 * DAY + 1})

    environment.assert_refused("escrow: window is too short", "publish_terms", *too_short, by=environment.owner)
    environment.assert_refused("escrow: window is too long", "publish_terms", *too_long, by=environment.owner)


@pytest.mark.parametrize("party", ["treasury", "arbiter"])
def test_treasury_and_arbiter_must_be_somebody_else(environment: Environment, party: str) -> None:
    nobody = environment.terms_with(**{party: ZERO})
    escrow = environment.terms_with(**{party: environment.escrow})

    environment.assert_refused("escrow: address is zero", "publish_terms", *nobody, by=environment.owner)
    environment.assert_refused("escrow: address is the escrow itself", "publish_terms", *escrow, by=environment.owner)


def test_publishing_terms_again_leaves_the_treasurys_credit(environment: Environment) -> None:
    environment.an_order(4)
    credit = environment.credit(environment.treasury)
    assert credit > 0

    environment.publish_terms()

    assert environment.credit(environment.treasury) == credit
    assert environment.is_balanced()
