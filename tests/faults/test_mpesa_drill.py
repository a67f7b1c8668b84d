"""A drill with M-Pesa small enough for every run of the tests; `python -m tests.faults.mpesa_drill` is the whole."""

import pytest

from tests.faults.mpesa_drill import MpesaDrill, run


@pytest.mark.parametrize("seed", [1])
async def test_no_shilling_of_25_payments_is_lost_doubled_or_unexplained(seed: int) -> None:
    drill = MpesaDrill(seed=seed, payments=25, kills=4)

    verdict = await run(drill, print)

    assert verdict.wrong == []
    assert verdict.counts["payments recorded on the chain"] > 0
    assert verdict.counts["payouts paid"] > 0
