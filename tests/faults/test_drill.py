"""A drill small enough for every run of the tests; `python -m tests.faults.drill` is the whole."""

from tests.faults.drill import Drill, run


async def test_a_dozen_orders_outlive_kills_pauses_cuts_and_a_chain_that_turns_back() -> None:
    drill = Drill(seed=1, orders=12, kills=8, pauses=1, cuts=1, reorgs=3, deepest=3, lanes=12, between_s=0.7)

    verdict = await run(drill, print)

    assert verdict.wrong == []
    assert verdict.counts["orders"] == verdict.counts["queued calls"] == 12
    assert verdict.counts["blocks given up"] > 0
