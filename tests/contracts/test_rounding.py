"""Whatever the amount, the split, the fee and the way of paying: the parts are whole units and add up to the whole."""

from fractions import Fraction
from math import floor

from hypothesis import given, settings
from hypothesis import strategies as st

from .world import BY_DOT, DISPUTED, MODES, PLANCK, SHILLING, SHIPPED, UNIT, World, parts_of

LARGEST = (2**96 - 1) // PLANCK
LARGEST_RECORDED = (2**72 - 1) // SHILLING
SHARES = st.one_of(st.integers(0, 10_000), st.sampled_from([0, 1, 9_999, 10_000]))
FEES = st.one_of(st.integers(0, 1_000), st.sampled_from([0, 1, 999, 1_000]))


def amounts(payment_mode: int) -> st.SearchStrategy[int]:
    largest = LARGEST if payment_mode == BY_DOT else LARGEST_RECORDED
    units = st.one_of(st.integers(1, largest), st.integers(1, 50_000), st.integers(largest - 50_000, largest))
    return units.map(lambda count: count * UNIT[payment_mode])


ORDERS = st.sampled_from(MODES).flatmap(lambda mode: st.tuples(st.just(mode), amounts(mode)))


@settings(max_examples=150, deadline=None)
@given(order=ORDERS, seller_bps=SHARES, fee_bps=FEES)
def test_a_split_adds_up_to_the_whole(order: tuple[int, int], seller_bps: int, fee_bps: int) -> None:
    payment_mode, amount = order
    world = World()
    world.gives(world.buyer, 2**96)
    world.does("set_oracle_caps", 2**72 - 1, 2**72 - 1, by=world.owner)
    terms_id = world.publishes_terms(fee_bps=fee_bps)
    order_id = world.an_order(DISPUTED, payment_mode=payment_mode, amount=amount, terms_id=terms_id)
    buyer_had, seller_had = world.balance(world.buyer), world.balance(world.seller)

    told = world.does("resolve_dispute", order_id, seller_bps, by=world.arbiter).event("OrderResolved")

    seller, buyer, fee = told["seller_amount"], told["buyer_amount"], told["fee"]
    unit = UNIT[payment_mode]
    assert seller + buyer + fee == amount
    assert seller % unit == buyer % unit == fee % unit == 0
    assert (seller, buyer, fee) == parts_of(amount, seller_bps, fee_bps, payment_mode)
    before_fee = Fraction(amount * seller_bps, 10_000)
    assert seller + fee == floor(before_fee / unit) * unit
    assert fee == floor(Fraction((seller + fee) * fee_bps, 10_000) / unit) * unit
    is_coin = payment_mode == BY_DOT
    assert world.balance(world.seller) == seller_had + (seller if is_coin else 0)
    assert world.balance(world.buyer) == buyer_had + (buyer if is_coin else 0)
    assert world.credit(world.treasury) == (fee if is_coin else 0)
    assert world.totals() == (0, fee if is_coin else 0)
    assert world.books_agree()


@settings(max_examples=100, deadline=None)
@given(amount=amounts(BY_DOT), fee_bps=FEES)
def test_a_delivery_is_a_split_with_everything_for_the_seller(amount: int, fee_bps: int) -> None:
    world = World()
    world.gives(world.buyer, amount)
    order_id = world.an_order(SHIPPED, amount=amount, terms_id=world.publishes_terms(fee_bps=fee_bps))
    seller_had = world.balance(world.seller)

    delivered = world.does("confirm_delivery", order_id, by=world.buyer).event("OrderDelivered")

    assert delivered["fee"] + delivered["seller_amount"] == amount
    assert delivered["fee"] == parts_of(amount, 10_000, fee_bps).fee <= amount * fee_bps // 10_000
    assert delivered["fee"] > amount * fee_bps // 10_000 - PLANCK
    assert world.balance(world.seller) == seller_had + delivered["seller_amount"]
    assert world.credit(world.treasury) == delivered["fee"]
    assert world.books_agree()
