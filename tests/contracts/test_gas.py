"""The gas of each step on a plain EVM is within its limits, and not above the committed table."""

import pytest
from bench.gas import Table, committed, grown, rows
from bench.gas_evm import measure_on_evm

from .values import ROOT


@pytest.fixture(scope="module")
def gas() -> dict[str, int]:
    return measure_on_evm()


@pytest.fixture(scope="module")
def measured(gas: dict[str, int]) -> Table:
    return {step: {"gas": spent} for step, spent in gas.items()}


def test_paying_for_an_order_is_within_budget(gas: dict[str, int]) -> None:
    assert gas["create"] + gas["fund"] <= 130_000


def test_confirming_with_a_payout_is_within_budget(gas: dict[str, int]) -> None:
    assert gas["confirm, seller paid"] <= 62_000


def test_a_dispute_is_within_budget(gas: dict[str, int]) -> None:
    assert gas["dispute"] <= 70_000


def test_an_order_in_a_batch_costs_two_thirds_at_most(gas: dict[str, int]) -> None:
    assert gas["create, each of 20"] * 3 <= gas["create"] * 2


def test_no_step_has_grown_beyond_the_committed_table(measured: Table) -> None:
    assert grown(measured, committed()) == []
    assert measured.keys() == committed().keys()


def test_growth_of_more_than_three_percent_is_reported() -> None:
    table = {"fund": {"gas": 1_000}}

    assert grown({"fund": {"gas": 1_030}}, table) == []
    assert grown({"fund": {"gas": 1_031}}, table) == ["fund: gas grew from 1,000 to 1,031"]


def test_a_step_without_an_entry_in_the_table_is_reported() -> None:
    assert grown({"fund": {"gas": 1}}, {}) == ["fund: gas is 1, and not in the table"]


def test_the_readme_shows_the_committed_table() -> None:
    readme = (ROOT / "contracts" / "README.md").read_text()

    assert "\n".join(rows(committed())) in readme
