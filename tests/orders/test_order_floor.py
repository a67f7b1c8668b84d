"""The smallest order, and every larger one, can be divided into parts that are paid out."""

from hypothesis import given
from hypothesis import strategies as st

from descrow.contract.order_status import PaymentMode
from descrow.contract.terms import Terms
from descrow.kernel.money import CENTS_PER_SHILLING
from descrow.mpesa.requests import SMALLEST_PAYOUT
from descrow.orders.order_floor import smallest_amount

WHOLE = 10_000
TEN_SHILLINGS = SMALLEST_PAYOUT * CENTS_PER_SHILLING

fees = st.integers(min_value=0, max_value=1_000)  # the contract's MAX_FEE_BPS
shares = st.integers(min_value=0, max_value=WHOLE)


def share_of(cents: int, bps: int) -> int:
    """Return the share as the contract's `_share` rounds it."""
    return cents * bps // (WHOLE * CENTS_PER_SHILLING) * CENTS_PER_SHILLING


@given(fee_bps=fees, seller_bps=shares, more=st.integers(min_value=0, max_value=10**6))
def test_every_part_of_an_order_by_m_pesa_can_be_paid_out(fee_bps: int, seller_bps: int, more: int) -> None:
    smallest = smallest_amount(
        PaymentMode.RECORD, smallest_part=TEN_SHILLINGS, fee_bps=fee_bps, default_seller_bps=seller_bps
    )
    amount = smallest + more * CENTS_PER_SHILLING

    for share in (WHOLE, seller_bps):
        seller = share_of(amount, share)
        fee = share_of(seller, fee_bps)
        parts = (seller - fee, amount - seller)
        assert all(part == 0 or part >= TEN_SHILLINGS for part in parts)
        assert all(part % CENTS_PER_SHILLING == 0 for part in (*parts, fee))
    assert fee_bps == 0 or share_of(amount, fee_bps) >= CENTS_PER_SHILLING


@given(fee_bps=fees, seller_bps=shares)
def test_no_smaller_order_would_do(fee_bps: int, seller_bps: int) -> None:
    smallest = smallest_amount(
        PaymentMode.RECORD, smallest_part=TEN_SHILLINGS, fee_bps=fee_bps, default_seller_bps=seller_bps
    )
    less = smallest - CENTS_PER_SHILLING
    seller = share_of(less, seller_bps)

    parts = [less - share_of(less, fee_bps)]
    parts += [seller - share_of(seller, fee_bps)] if seller_bps > 0 else []
    parts += [less - seller] if seller_bps < WHOLE else []
    assert min(parts) < TEN_SHILLINGS or share_of(less, fee_bps) == 0 < fee_bps


def test_under_the_usual_terms_the_fee_decides() -> None:
    terms = Terms()

    smallest = smallest_amount(
        PaymentMode.RECORD,
        smallest_part=TEN_SHILLINGS,
        fee_bps=terms.fee_bps,
        default_seller_bps=terms.default_seller_bps,
    )

    assert smallest == 100 * CENTS_PER_SHILLING
    assert smallest_amount(PaymentMode.COIN, smallest_part=1, fee_bps=terms.fee_bps, default_seller_bps=None) == 100
