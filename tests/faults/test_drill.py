"""A drill small enough for every run of the tests; `python -m tests.faults.drill` is the whole."""

import pytest

from tests.faults.drill import Drill, run


@pytest.mark.parametrize("seed", [1])
async def test_twelve_orders_survive_kills_pauses_cuts_and_reorganisations(seed: int) -> None:
    drill = Drill(seed=seed, orders=12, kills=8, pauses=1, cuts=1, reorgs=3)

    verdict = await run(drill, print)

    assert verdict.wrong == []
    assert verdict.counts["orders"] == 12
    assert verdict.counts["blocks given up"] > 0
