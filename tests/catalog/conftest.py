from collections.abc import AsyncIterator

import pytest
from litestar.types import ASGIApp

from descrow.chain.client import ChainClient
from descrow.kernel.db import Sessions
from tests.catalog.shops import Shop, a_shop
from tests.content.conftest import library

__all__ = ["library"]


@pytest.fixture
async def shop(app: ASGIApp, sessions: Sessions, chain: ChainClient) -> AsyncIterator[Shop]:
    async with a_shop(app, sessions, chain) as opened:
        yield opened
