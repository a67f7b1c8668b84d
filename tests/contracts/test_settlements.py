"""Settlements: one party offers a split, the other agrees to that very split while the offer stands."""

from itertools import product

import pytest

from .world import (
    AMOUNT,
    BY_MPESA,
    CREATED,
    DAY,
    DELIVERED,
    DISPUTED,
    DOT,
    FUNDED,
    HOLDING,
    MODES,
    NO_OFFER,
    REFUNDED,
    RESOLVED,
    SHIPPED,
    Offer,
    World,
    a_digest,
    parts_of,
)

PARTIES = [("buyer", "seller"), ("seller", "buyer")]
NO_OPEN_OFFER = "escrow: no open offer"


def an_offer(
    world: World, status: int = FUNDED, *, by: str = "seller", bps: int = 4_000, valid_for_s: int = DAY
) -> int:
    order_id = world.an_order(status)
    world.does("propose_settlement", order_id, bps, valid_for_s, by=getattr(world, by))
    return order_id


@pytest.mark.parametrize(("one", "other"), PARTIES)
@pytest.mark.parametrize(("status", "payment_mode"), list(product(sorted(HOLDING), MODES)))
def test_what_one_party_offers_the_other_accepts(
    world: World, one: str, other: str, status: int, payment_mode: int
) -> None:
    order_id = world.an_order(status, payment_mode=payment_mode)
    before = world.picture()
    proposer, answerer = getattr(world, one), getattr(world, other)

    proposed = world.does("propose_settlement", order_id, 4_000, DAY, by=proposer)
    expiry = world.now + DAY
    assert proposed.event_names == ["SettlementProposed"]
    assert proposed.event("SettlementProposed") == {
        "order_id": order_id,
        "by": proposer,
        "seller_bps": 4_000,
        "expiry": expiry,
    }
    assert world.picture() == before | {"offers": [Offer(proposer, 4_000, expiry)]}
    accepted = world.does("accept_settlement", order_id, 4_000, by=answerer)

    parts = parts_of(AMOUNT[payment_mode], 4_000, 250, payment_mode)
    resolved = accepted.event("OrderResolved")
    assert (resolved["seller_amount"], resolved["buyer_amount"], resolved["fee"]) == parts
    assert resolved["by"] == answerer
    assert world.status(order_id) == RESOLVED
    assert world.offer(order_id) == NO_OFFER
    assert world.books_agree()


@pytest.mark.parametrize(("one", "other"), PARTIES)
def test_nobody_accepts_their_own_offer(world: World, one: str, other: str) -> None:
    order_id = an_offer(world, by=one)

    world.refuses("escrow: caller is the proposer", "accept_settlement", order_id, 4_000, by=getattr(world, one))
    world.does("accept_settlement", order_id, 4_000, by=getattr(world, other))


@pytest.mark.parametrize("share", [0, 3_999, 4_001, 10_000, 4_000 + 2**16])
def test_another_share_than_the_one_offered_is_not_accepted(world: World, share: int) -> None:
    order_id = an_offer(world)

    world.refuses("escrow: share is not the one offered", "accept_settlement", order_id, share, by=world.buyer)


@pytest.mark.parametrize("share", [0, 10_000])
def test_everything_or_nothing_can_be_offered(world: World, share: int) -> None:
    order_id = an_offer(world, bps=share)
    had = world.balance(world.buyer)

    outcome = world.does("accept_settlement", order_id, share, by=world.buyer)

    parts = parts_of(10 * DOT, share, 250)
    assert world.balance(world.buyer) == had + parts.buyer
    assert [event.fields["payee"] for event in outcome.events if event.name == "PaidOut"] == [
        world.seller if share else world.buyer
    ]


@pytest.mark.parametrize("share", [10_001, 2**16, 2**256 - 1])
def test_more_than_the_whole_cannot_be_offered(world: World, share: int) -> None:
    order_id = world.an_order(FUNDED)

    world.refuses("escrow: share is above 100 percent", "propose_settlement", order_id, share, DAY, by=world.buyer)


def test_an_offer_stands_for_a_minute_at_least_and_a_year_at_most(world: World) -> None:
    order_id = world.an_order(FUNDED)

    world.refuses("escrow: window is too short", "propose_settlement", order_id, 0, 59, by=world.buyer)
    world.refuses("escrow: window is too long", "propose_settlement", order_id, 0, 365 * DAY + 1, by=world.buyer)
    world.does("propose_settlement", order_id, 0, 60, by=world.buyer)
    world.does("propose_settlement", order_id, 0, 365 * DAY, by=world.buyer)


def test_the_last_second_to_accept_is_the_one_before_the_expiry(world: World) -> None:
    early, late = an_offer(world), an_offer(world)

    world.waits(DAY - 1)
    assert world.offer(late) == Offer(world.seller, 4_000, world.now + 1)
    world.does("accept_settlement", early, 4_000, by=world.buyer)
    world.waits(1)

    assert world.offer(late) == NO_OFFER
    world.refuses("escrow: offer has expired", "accept_settlement", late, 4_000, by=world.buyer)


def test_an_offer_may_be_accepted_after_the_orders_deadline_until_somebody_settles(world: World) -> None:
    order_id = an_offer(world, valid_for_s=30 * DAY)
    world.waits_until(world.order(order_id).deadline + 1)

    world.does("accept_settlement", order_id, 4_000, by=world.buyer)

    assert world.status(order_id) == RESOLVED


@pytest.mark.parametrize(("one", "other"), PARTIES)
def test_a_counter_offer_replaces_the_offer(world: World, one: str, other: str) -> None:
    order_id = an_offer(world, by=one)

    world.does("propose_settlement", order_id, 6_000, 2 * DAY, by=getattr(world, other))

    assert world.offer(order_id) == Offer(getattr(world, other), 6_000, world.now + 2 * DAY)
    world.refuses("escrow: caller is the proposer", "accept_settlement", order_id, 4_000, by=getattr(world, other))
    world.refuses("escrow: share is not the one offered", "accept_settlement", order_id, 4_000, by=getattr(world, one))
    world.does("accept_settlement", order_id, 6_000, by=getattr(world, one))


def test_a_new_offer_cannot_slip_in_under_the_answer(world: World) -> None:
    order_id = an_offer(world)

    world.does("propose_settlement", order_id, 9_000, DAY, by=world.seller)

    world.refuses("escrow: share is not the one offered", "accept_settlement", order_id, 4_000, by=world.buyer)


def test_a_withdrawn_offer_is_gone(world: World) -> None:
    order_id = an_offer(world)
    before = world.picture()

    outcome = world.does("withdraw_settlement", order_id, by=world.seller)

    assert outcome.event_names == ["SettlementWithdrawn"]
    assert outcome.event("SettlementWithdrawn") == {"order_id": order_id, "by": world.seller}
    assert world.picture() == before | {"offers": [NO_OFFER]}
    world.refuses(NO_OPEN_OFFER, "accept_settlement", order_id, 4_000, by=world.buyer)
    world.refuses(NO_OPEN_OFFER, "withdraw_settlement", order_id, by=world.seller)


@pytest.mark.parametrize("caller", ["buyer", "stranger", "owner", "arbiter", "operator", "oracle"])
def test_only_the_proposer_withdraws_an_offer(world: World, caller: str) -> None:
    order_id = an_offer(world)

    world.refuses("escrow: caller is not the proposer", "withdraw_settlement", order_id, by=getattr(world, caller))


@pytest.mark.parametrize("party", ["buyer", "seller"])
def test_an_offer_lapses_when_the_goods_are_shipped(world: World, party: str) -> None:
    order_id = an_offer(world, FUNDED)

    world.does("mark_shipped", order_id, a_digest("t"), by=world.seller)

    assert world.offer(order_id) == NO_OFFER
    world.refuses(NO_OPEN_OFFER, "accept_settlement", order_id, 4_000, by=getattr(world, party))
    world.refuses(NO_OPEN_OFFER, "withdraw_settlement", order_id, by=world.seller)


def test_an_offer_lapses_when_a_dispute_begins_and_a_new_one_can_be_made(world: World) -> None:
    order_id = an_offer(world, SHIPPED)
    world.does("raise_dispute", order_id, a_digest("e"), by=world.buyer)
    world.refuses(NO_OPEN_OFFER, "accept_settlement", order_id, 4_000, by=world.buyer)

    world.does("propose_settlement", order_id, 4_000, DAY, by=world.seller)
    world.does("accept_settlement", order_id, 4_000, by=world.buyer)

    assert world.status(order_id) == RESOLVED


@pytest.mark.parametrize(
    ("status", "function", "caller", "ending"),
    [
        (SHIPPED, "confirm_delivery", "buyer", DELIVERED),
        (FUNDED, "refund", "seller", REFUNDED),
        (DISPUTED, "resolve_dispute", "arbiter", RESOLVED),
        (DISPUTED, "accept_settlement", "buyer", RESOLVED),
    ],
)
def test_an_offer_lapses_when_the_order_ends(
    world: World, status: int, function: str, caller: str, ending: int
) -> None:
    order_id = an_offer(world, status)
    args = [4_000] if function in ("resolve_dispute", "accept_settlement") else []
    world.does(function, order_id, *args, by=getattr(world, caller))
    assert world.status(order_id) == ending

    assert world.offer(order_id) == NO_OFFER
    world.refuses(NO_OPEN_OFFER, "accept_settlement", order_id, 4_000, by=world.buyer)
    world.refuses(NO_OPEN_OFFER, "withdraw_settlement", order_id, by=world.seller)


def test_offers_for_different_orders_do_not_touch_each_other(world: World) -> None:
    first, second = an_offer(world, bps=1_000), an_offer(world, bps=2_000)
    expiry = world.now + DAY

    world.does("withdraw_settlement", first, by=world.seller)

    assert world.offer(second) == Offer(world.seller, 2_000, expiry)
    assert world.offer(99) == NO_OFFER


def test_the_oracle_neither_offers_nor_answers_for_a_party(world: World) -> None:
    order_id = world.an_order(FUNDED, payment_mode=BY_MPESA)
    world.refuses("escrow: caller is not a party", "propose_settlement", order_id, 0, DAY, by=world.oracle)
    world.does("propose_settlement", order_id, 0, DAY, by=world.seller)

    world.refuses("escrow: caller is not a party", "accept_settlement", order_id, 0, by=world.oracle)


def test_an_unpaid_order_has_nothing_to_split(world: World) -> None:
    order_id = world.an_order(CREATED)

    world.refuses("escrow: order holds no payment", "propose_settlement", order_id, 0, DAY, by=world.buyer)
    world.refuses(NO_OPEN_OFFER, "accept_settlement", order_id, 0, by=world.buyer)
    world.refuses(NO_OPEN_OFFER, "withdraw_settlement", order_id, by=world.buyer)
