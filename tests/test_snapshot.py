"""Check that every test begins on a chain whose clock shows the present, whatever a test before it did to the clock."""

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from descrow.chain.client import ChainClient
from descrow.contract.terms import Terms
from descrow.kernel.db import utc_now
from tests.dev_chain import set_clock

if TYPE_CHECKING:
    from tests.snapshot import Snapshots

TOLERANCE = timedelta(seconds=1)


@pytest.mark.parametrize("away", [timedelta(minutes=-10), timedelta(minutes=10)], ids=["slow", "fast"])
async def test_the_chain_of_a_snapshot_shows_the_present(
    snapshots: "Snapshots", terms: Terms, chain: ChainClient, away: timedelta
) -> None:
    async with snapshots.deployed_database(terms):
        await set_clock(chain, utc_now() + away)

    await asyncio.sleep(3 * TOLERANCE.total_seconds())  # a slow clock shows the time of the block before
    began = utc_now()
    async with snapshots.deployed_database(terms):
        newest = await chain.block(await chain.finalized_number())

    assert began - TOLERANCE < newest.produced_at < utc_now() + TOLERANCE
