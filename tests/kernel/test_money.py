"""Amounts of DOT and of shillings: exact in every unit, whatever their size."""

from decimal import localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from descrow.kernel.money import (
    PLANCK_PER_DOT,
    WEI_PER_PLANCK,
    KesCents,
    Planck,
    Shillings,
    Wei,
    cents_from_shillings,
    fee_of,
    format_dot,
    parse_dot,
    planck_from_wei,
    shillings_from_cents,
    wei_from_planck,
)

amounts = st.integers(min_value=0, max_value=2**128 - 1).map(Planck)  # what a balance can be on the chain
basis_points = st.integers(min_value=0, max_value=10_000)


@given(planck=amounts)
def test_an_amount_comes_back_from_the_contracts_unit_unchanged(planck: Planck) -> None:
    assert planck_from_wei(wei_from_planck(planck)) == planck


def test_a_dot_is_ten_to_the_tenth_on_the_chain_and_ten_to_the_eighteenth_in_the_contract() -> None:
    one_dot = parse_dot("1")

    assert one_dot == 10**10 == PLANCK_PER_DOT
    assert wei_from_planck(one_dot) == 10**18


@given(planck=amounts, dust=st.integers(min_value=1, max_value=WEI_PER_PLANCK - 1))
def test_less_than_a_planck_is_refused_rather_than_lost(planck: Planck, dust: int) -> None:
    with pytest.raises(ValueError, match="whole number of planck"):
        planck_from_wei(Wei(wei_from_planck(planck) + dust))


@given(planck=amounts)
def test_what_is_shown_to_people_is_exact_and_can_be_typed_again(planck: Planck) -> None:
    shown = format_dot(planck)

    assert parse_dot(shown.removesuffix(" DOT").replace(",", "")) == planck


@pytest.mark.parametrize(
    ("planck", "shown"),
    [
        (0, "0 DOT"),
        (1, "0.0000000001 DOT"),
        (PLANCK_PER_DOT, "1 DOT"),
        (125_000_000_000, "12.5 DOT"),
        (1_000 * PLANCK_PER_DOT, "1,000 DOT"),
        (-15_000_000_000, "-1.5 DOT"),
    ],
)
def test_people_see_no_zeros_that_say_nothing(planck: int, shown: str) -> None:
    assert format_dot(Planck(planck)) == shown


def test_amounts_are_exact_however_the_process_rounds_its_decimals() -> None:
    large = Planck(123_456_789_012_345_678_901)

    with localcontext(prec=5):
        assert format_dot(large) == "12,345,678,901.2345678901 DOT"
        assert parse_dot("12345678901.2345678901") == large


@pytest.mark.parametrize(
    "typed",
    [
        "0.00000000001",
        "1.00000000000000000000000000001",
        "123456789012345678.00000000001",
        "-1",
        "NaN",
        "sNaN",
        "Infinity",
        "twelve",
        "1,5",
        "1.5 DOT",
        "1e3",
        "1_000",
        "٣",
        "1.",
        "",
    ],
)
def test_what_is_no_amount_of_whole_planck_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match=r"DOT|planck"):
        parse_dot(typed)


@given(amount=amounts, fee_bps=basis_points)
def test_the_fee_is_rounded_down_and_with_the_rest_makes_the_whole(amount: Planck, fee_bps: int) -> None:
    fee = fee_of(amount, fee_bps=fee_bps)
    rest = amount - fee

    assert fee + rest == amount
    assert rest >= 0
    assert fee * 10_000 <= amount * fee_bps < (fee + 1) * 10_000


def test_a_fee_below_a_planck_is_nothing() -> None:
    assert fee_of(Planck(99), fee_bps=100) == 0
    assert fee_of(Planck(100), fee_bps=100) == 1


@given(shillings=st.integers(min_value=0, max_value=10**12).map(Shillings))
def test_shillings_come_back_from_cents_unchanged(shillings: Shillings) -> None:
    assert cents_from_shillings(shillings) == 100 * shillings
    assert shillings_from_cents(cents_from_shillings(shillings)) == shillings


@given(shillings=st.integers(min_value=0, max_value=10**12), cents=st.integers(min_value=1, max_value=99))
def test_cents_that_m_pesa_cannot_move_are_refused_rather_than_lost(shillings: int, cents: int) -> None:
    with pytest.raises(ValueError, match="whole shillings"):
        shillings_from_cents(KesCents(100 * shillings + cents))
