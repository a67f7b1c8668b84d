"""Settlements: one party offers a split, and the other accepts that split while the offer is open."""

from itertools import product

import pytest

from .environment import Environment
from .values import (
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
    a_digest,
    split_amount,
)

PARTIES = [("buyer", "seller"), ("seller", "buyer")]
NO_OPEN_OFFER = "escrow: no open offer"


@pytest.mark.parametrize(("one", "other"), PARTIES)
@pytest.mark.parametrize(("status", "payment_mode"), list(product(sorted(HOLDING), MODES)))
def test_what_one_party_offers_the_other_accepts(
    environment: Environment, one: str, other: str, status: int, payment_mode: int
) -> None:
    order_id = environment.an_order(status, payment_mode=payment_mode)
    before = environment.state()
    proposer, answerer = getattr(environment, one), getattr(environment, other)

    proposed = environment.execute("propose_settlement", order_id, 4_000, DAY, by=proposer)
    expiry = environment.now + DAY
    assert proposed.event_names == ["SettlementProposed"]
    assert proposed.event("SettlementProposed") == {
        "order_id": order_id,
        "by": proposer,
        "seller_bps": 4_000,
        "expiry": expiry,
    }
    assert environment.state() == before | {"offers": [Offer(proposer, 4_000, expiry)]}
    accepted = environment.execute("accept_settlement", order_id, 4_000, by=answerer)

    parts = split_amount(AMOUNT[payment_mode], 4_000, 250, payment_mode)
    resolved = accepted.event("OrderResolved")
    assert (resolved["seller_amount"], resolved["buyer_amount"], resolved["fee"]) == parts
    assert resolved["by"] == answerer
    assert environment.status(order_id) == RESOLVED
    assert environment.offer(order_id) == NO_OFFER
    assert environment.is_balanced()


@pytest.mark.parametrize(("one", "other"), PARTIES)
def test_nobody_accepts_their_own_offer(environment: Environment, one: str, other: str) -> None:
    order_id = environment.an_offer(by=one)

    environment.assert_refused(
        "escrow: caller is the proposer", "accept_settlement", order_id, 4_000, by=getattr(environment, one)
    )
    environment.execute("accept_settlement", order_id, 4_000, by=getattr(environment, other))


@pytest.mark.parametrize("share", [0, 3_999, 4_001, 10_000, 4_000 + 2**16])
def test_another_share_than_the_one_offered_is_not_accepted(environment: Environment, share: int) -> None:
    order_id = environment.an_offer()

    environment.assert_refused(
        "escrow: share is not the one offered", "accept_settlement", order_id, share, by=environment.buyer
    )


@pytest.mark.parametrize("share", [0, 10_000])
def test_everything_or_nothing_can_be_offered(environment: Environment, share: int) -> None:
    order_id = environment.an_offer(seller_bps=share)
    had = environment.balance(environment.buyer)

    outcome = environment.execute("accept_settlement", order_id, share, by=environment.buyer)

    parts = split_amount(10 * DOT, share, 250)
    assert environment.balance(environment.buyer) == had + parts.buyer
    assert [event.fields["payee"] for event in outcome.events if event.name == "PaidOut"] == [
        environment.seller if share else environment.buyer
    ]


@pytest.mark.parametrize("share", [10_001, 2**16, 2**256 - 1])
def test_an_offer_above_100_percent_is_refused(environment: Environment, share: int) -> None:
    order_id = environment.an_order(FUNDED)

    environment.assert_refused(
        "escrow: share is above 100 percent", "propose_settlement", order_id, share, DAY, by=environment.buyer
    )


def test_an_offer_is_open_for_a_minute_at_least_and_a_year_at_most(environment: Environment) -> None:
    order_id = environment.an_order(FUNDED)

    environment.assert_refused(
        "escrow: window is too short", "propose_settlement", order_id, 0, 59, by=environment.buyer
    )
    environment.assert_refused(
        "escrow: window is too long", "propose_settlement", order_id, 0, 365 * DAY + 1, by=environment.buyer
    )
    environment.execute("propose_settlement", order_id, 0, 60, by=environment.buyer)
    environment.execute("propose_settlement", order_id, 0, 365 * DAY, by=environment.buyer)


def test_the_last_second_to_accept_is_the_one_before_the_expiry(environment: Environment) -> None:
    early, late = environment.an_offer(), environment.an_offer()

    environment.advance(DAY - 1)
    assert environment.offer(late) == Offer(environment.seller, 4_000, environment.now + 1)
    environment.execute("accept_settlement", early, 4_000, by=environment.buyer)
    environment.advance(1)

    assert environment.offer(late) == NO_OFFER
    environment.assert_refused("escrow: offer has expired", "accept_settlement", late, 4_000, by=environment.buyer)


def test_an_offer_may_be_accepted_after_the_orders_deadline_until_somebody_settles(environment: Environment) -> None:
    order_id = environment.an_offer(valid_for_s=30 * DAY)
    environment.advance_to(environment.order(order_id).deadline + 1)

    environment.execute("accept_settlement", order_id, 4_000, by=environment.buyer)

    assert environment.status(order_id) == RESOLVED


@pytest.mark.parametrize(("one", "other"), PARTIES)
def test_a_counter_offer_replaces_the_offer(environment: Environment, one: str, other: str) -> None:
    order_id = environment.an_offer(by=one)

    environment.execute("propose_settlement", order_id, 6_000, 2 * DAY, by=getattr(environment, other))

    assert environment.offer(order_id) == Offer(getattr(environment, other), 6_000, environment.now + 2 * DAY)
    environment.assert_refused(
        "escrow: caller is the proposer", "accept_settlement", order_id, 4_000, by=getattr(environment, other)
    )
    environment.assert_refused(
        "escrow: share is not the one offered", "accept_settlement", order_id, 4_000, by=getattr(environment, one)
    )
    environment.execute("accept_settlement", order_id, 6_000, by=getattr(environment, one))


def test_an_acceptance_of_a_replaced_offer_is_refused(environment: Environment) -> None:
    order_id = environment.an_offer()

    environment.execute("propose_settlement", order_id, 9_000, DAY, by=environment.seller)

    environment.assert_refused(
        "escrow: share is not the one offered", "accept_settlement", order_id, 4_000, by=environment.buyer
    )


def test_a_withdrawn_offer_is_gone(environment: Environment) -> None:
    order_id = environment.an_offer()
    before = environment.state()

    outcome = environment.execute("withdraw_settlement", order_id, by=environment.seller)

    assert outcome.event_names == ["SettlementWithdrawn"]
    assert outcome.event("SettlementWithdrawn") == {"order_id": order_id, "by": environment.seller}
    assert environment.state() == before | {"offers": [NO_OFFER]}
    environment.assert_refused(NO_OPEN_OFFER, "accept_settlement", order_id, 4_000, by=environment.buyer)
    environment.assert_refused(NO_OPEN_OFFER, "withdraw_settlement", order_id, by=environment.seller)


@pytest.mark.parametrize("caller", ["buyer", "stranger", "owner", "arbiter", "operator", "oracle"])
def test_only_the_proposer_withdraws_an_offer(environment: Environment, caller: str) -> None:
    order_id = environment.an_offer()

    environment.assert_refused(
        "escrow: caller is not the proposer", "withdraw_settlement", order_id, by=getattr(environment, caller)
    )


@pytest.mark.parametrize("party", ["buyer", "seller"])
def test_an_offer_lapses_when_the_goods_are_shipped(environment: Environment, party: str) -> None:
    order_id = environment.an_offer(FUNDED)

    environment.execute("mark_shipped", order_id, a_digest("t"), by=environment.seller)

    assert environment.offer(order_id) == NO_OFFER
    environment.assert_refused(NO_OPEN_OFFER, "accept_settlement", order_id, 4_000, by=getattr(environment, party))
    environment.assert_refused(NO_OPEN_OFFER, "withdraw_settlement", order_id, by=environment.seller)


def test_an_offer_lapses_when_a_dispute_begins_and_a_new_one_can_be_made(environment: Environment) -> None:
    order_id = environment.an_offer(SHIPPED)
    environment.execute("raise_dispute", order_id, a_digest("e"), by=environment.buyer)
    environment.assert_refused(NO_OPEN_OFFER, "accept_settlement", order_id, 4_000, by=environment.buyer)

    environment.execute("propose_settlement", order_id, 4_000, DAY, by=environment.seller)
    environment.execute("accept_settlement", order_id, 4_000, by=environment.buyer)

    assert environment.status(order_id) == RESOLVED


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
    environment: Environment, status: int, function: str, caller: str, ending: int
) -> None:
    order_id = environment.an_offer(status)
    args = [4_000] if function in ("resolve_dispute", "accept_settlement") else []
    environment.execute(function, order_id, *args, by=getattr(environment, caller))
    assert environment.status(order_id) == ending

    assert environment.offer(order_id) == NO_OFFER
    environment.assert_refused(NO_OPEN_OFFER, "accept_settlement", order_id, 4_000, by=environment.buyer)
    environment.assert_refused(NO_OPEN_OFFER, "withdraw_settlement", order_id, by=environment.seller)


def test_offers_for_different_orders_are_independent(environment: Environment) -> None:
    first, second = environment.an_offer(seller_bps=1_000), environment.an_offer(seller_bps=2_000)
    expiry = environment.now + DAY

    environment.execute("withdraw_settlement", first, by=environment.seller)

    assert environment.offer(second) == Offer(environment.seller, 2_000, expiry)
    assert environment.offer(99) == NO_OFFER


def test_the_oracle_neither_offers_nor_answers_for_a_party(environment: Environment) -> None:
    order_id = environment.an_order(FUNDED, payment_mode=BY_MPESA)
    environment.assert_refused(
        "escrow: caller is not a party", "propose_settlement", order_id, 0, DAY, by=environment.oracle
    )
    environment.execute("propose_settlement", order_id, 0, DAY, by=environment.seller)

    environment.assert_refused("escrow: caller is not a party", "accept_settlement", order_id, 0, by=environment.oracle)


def test_an_unpaid_order_has_nothing_to_split(environment: Environment) -> None:
    order_id = environment.an_order(CREATED)

    environment.assert_refused(
        "escrow: order holds no payment", "propose_settlement", order_id, 0, DAY, by=environment.buyer
    )
    environment.assert_refused(NO_OPEN_OFFER, "accept_settlement", order_id, 0, by=environment.buyer)
    environment.assert_refused(NO_OPEN_OFFER, "withdraw_settlement", order_id, by=environment.buyer)
