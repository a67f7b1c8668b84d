"""A court: the marketplace, and the arbiter of its terms, who signs in like everybody else."""

from collections.abc import AsyncIterator

import pytest
from litestar.types import ASGIApp

from tests.disputes.scenario import DisputeScenario, with_arbiter
from tests.market import Market


@pytest.fixture
async def scenario(market: Market, app: ASGIApp) -> AsyncIterator[DisputeScenario]:
    async with with_arbiter(market, app) as scenario:
        yield scenario
