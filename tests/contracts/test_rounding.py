"""The parts of any amount are whole units and add up to it, for every split, fee and payment mode."""

from fractions import Fraction
from math import floor

from hypothesis import given, settings
from hypothesis import strategies as st

from .environment import Environment
from .values import BY_DOT, DISPUTED, LARGEST_AMOUNT, MODES, PLANCK, SHILLING, SHIPPED, UNIT, split_amount

LARGEST = LARGEST_AMOUNT // PLANCK
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
    environment = Environment()
    environment.set_balance(environment.buyer, 2**96)
    environment.execute("set_oracle_caps", 2**72 - 1, 2**72 - 1, by=environment.owner)
    terms_id = environment.publish_terms(fee_bps=fee_bps)
    order_id = environment.an_order(DISPUTED, payment_mode=payment_mode, amount=amount, terms_id=terms_id)
    buyer_had, seller_had = environment.balance(environment.buyer), environment.balance(environment.seller)

    resolved = environment.execute("resolve_dispute", order_id, seller_bps, by=environment.arbiter).event(
        "OrderResolved"
    )

    seller, buyer, fee = resolved["seller_amount"], resolved["buyer_amount"], resolved["fee"]
    unit = UNIT[payment_mode]
    assert seller + buyer + fee == amount
    assert seller % unit == buyer % unit == fee % unit == 0
    assert (seller, buyer, fee) == split_amount(amount, seller_bps, fee_bps, payment_mode)
    before_fee = Fraction(amount * seller_bps, 10_000)
    assert seller + fee == floor(before_fee / unit) * unit
    assert fee == floor(Fraction((seller + fee) * fee_bps, 10_000) / unit) * unit
    is_coin = payment_mode == BY_DOT
    assert environment.balance(environment.seller) == seller_had + (seller if is_coin else 0)
    assert environment.balance(environment.buyer) == buyer_had + (buyer if is_coin else 0)
    assert environment.credit(environment.treasury) == (fee if is_coin else 0)
    assert environment.totals() == (0, fee if is_coin else 0)
    assert environment.is_balanced()


@settings(max_examples=100, deadline=None)
@given(amount=amounts(BY_DOT), fee_bps=FEES)
def test_a_delivery_is_a_split_with_everything_for_the_seller(amount: int, fee_bps: int) -> None:
    environment = Environment()
    environment.set_balance(environment.buyer, amount)
    order_id = environment.an_order(SHIPPED, amount=amount, terms_id=environment.publish_terms(fee_bps=fee_bps))
    seller_had = environment.balance(environment.seller)

    delivered = environment.execute("confirm_delivery", order_id, by=environment.buyer).event("OrderDelivered")

    assert delivered["fee"] + delivered["seller_amount"] == amount
    assert delivered["fee"] == split_amount(amount, 10_000, fee_bps).fee <= amount * fee_bps // 10_000
    assert delivered["fee"] > amount * fee_bps // 10_000 - PLANCK
    assert environment.balance(environment.seller) == seller_had + delivered["seller_amount"]
    assert environment.credit(environment.treasury) == delivered["fee"]
    assert environment.is_balanced()
