"""A court: the marketplace, and the arbiter of its terms, who signs in like everybody else."""

from collections.abc import AsyncIterator

import pytest
from litestar.types import ASGIApp

from tests.application import shop_client_of
from tests.disputes.scenario import DisputeScenario
from tests.market import Market


@pytest.fixture
async def scenario(market: Market, app: ASGIApp) -> AsyncIterator[DisputeScenario]:
    arbiter = shop_client_of(app, "//Arbiter", market.chain)
    await arbiter.sign_in()
    yield DisputeScenario(**vars(market), arbiter=arbiter)
    await arbiter.close()
