"""Terms sheets: published once by the owner, within sane bounds, never changed."""

import pytest

from .world import DAY, Terms, World


def test_the_owner_publishes_terms_and_gets_their_id(world: World) -> None:
    terms = Terms(world.treasury, world.arbiter, 1_000, 10_000, 60, 365 * DAY, 2 * DAY, 3 * DAY)

    outcome = world.does("publish_terms", *terms, by=world.owner)

    assert outcome.value == world.terms_id + 1
    assert world.terms(outcome.value) == terms
    assert outcome.event("TermsPublished") == {"terms_id": outcome.value, **terms._asdict()}
    assert world.view("next_terms_id") == outcome.value + 1


def test_new_terms_leave_older_ones_and_their_orders_alone(world: World) -> None:
    order_id = world.an_order()
    terms, order = world.terms(world.terms_id), world.order(order_id)

    world.publishes_terms(fee_bps=0, ship_window_s=60)

    assert world.terms(world.terms_id) == terms
    assert world.order(order_id) == order


def test_terms_that_do_not_exist_are_all_zero(world: World) -> None:
    zero = "0x" + "00" * 20

    assert world.terms(0) == world.terms(99) == Terms(zero, zero, 0, 0, 0, 0, 0, 0)


@pytest.mark.parametrize("window", ["fund_window_s", "ship_window_s", "inspection_window_s", "dispute_window_s"])
def test_every_window_is_bounded(world: World, window: str) -> None:
    too_short = world.some_terms(**{window: 59})
    too_long = world.some_terms(**{window: 365 * DAY + 1})

    world.refuses("escrow: window is too short", "publish_terms", *too_short, by=world.owner)
    world.refuses("escrow: window is too long", "publish_terms", *too_long, by=world.owner)


@pytest.mark.parametrize("party", ["treasury", "arbiter"])
def test_treasury_and_arbiter_must_be_somebody_else(world: World, party: str) -> None:
    nobody = world.some_terms(**{party: "0x" + "00" * 20})
    escrow = world.some_terms(**{party: world.escrow})

    world.refuses("escrow: address is zero", "publish_terms", *nobody, by=world.owner)
    world.refuses("escrow: address is the escrow itself", "publish_terms", *escrow, by=world.owner)


def test_publishing_terms_again_leaves_the_treasurys_credit(world: World) -> None:
    world.an_order(4)
    credit = world.credit(world.treasury)
    assert credit > 0

    world.publishes_terms()

    assert world.credit(world.treasury) == credit
    assert world.books_agree()
