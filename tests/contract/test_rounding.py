"""Whatever the amount and the fee, the parts are whole planck and add up to the whole."""

from hypothesis import given, settings
from hypothesis import strategies as st

from .world import PLANCK, SHIPPED, World, parts_of

LARGEST = (2**96 - 1) // PLANCK
PLANCKS = st.one_of(st.integers(1, LARGEST), st.integers(1, 50_000), st.integers(LARGEST - 50_000, LARGEST))


@settings(max_examples=100, deadline=None)
@given(planck=PLANCKS, fee_bps=st.integers(0, 1_000))
def test_the_parts_add_up_to_the_whole(planck: int, fee_bps: int) -> None:
    world = World()
    amount = planck * PLANCK
    world.gives(world.buyer, amount)
    order_id = world.an_order(SHIPPED, amount=amount, terms_id=world.publishes_terms(fee_bps=fee_bps))
    seller_had = world.balance(world.seller)

    delivered = world.does("confirm_delivery", order_id, by=world.buyer).event("OrderDelivered")

    assert delivered["fee"] + delivered["seller_amount"] == amount
    assert delivered["fee"] % PLANCK == delivered["seller_amount"] % PLANCK == 0
    assert delivered["fee"] == parts_of(amount, 10_000, fee_bps).fee <= amount * fee_bps // 10_000
    assert delivered["fee"] > amount * fee_bps // 10_000 - PLANCK
    assert world.balance(world.seller) == seller_had + delivered["seller_amount"]
    assert world.credit(world.treasury) == delivered["fee"]
    assert world.totals() == (0, delivered["fee"])
    assert world.books_agree()
