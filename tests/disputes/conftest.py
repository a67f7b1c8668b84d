"""A court: the marketplace, and the arbiter of its terms, who signs in like everybody else."""

from collections.abc import AsyncIterator

import httpx
import pytest
from litestar.types import ASGIApp

from descrow.app.demo.shop_client import ShopClient
from descrow.chain.keys import Keypair
from tests.disputes.scenario import DisputeScenario
from tests.market import Market


@pytest.fixture
async def scenario(market: Market, app: ASGIApp) -> AsyncIterator[DisputeScenario]:
    transport = httpx.ASGITransport(app)  # type: ignore[arg-type]
    arbiter = ShopClient("http://127.0.0.1:8080", Keypair.from_uri("//Arbiter"), market.chain, transport)
    await arbiter.sign_in()
    yield DisputeScenario(**vars(market), arbiter=arbiter)
    await arbiter.close()
