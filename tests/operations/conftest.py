"""Define who looks at the marketplace from outside: a browser that nobody has signed in with."""

from collections.abc import AsyncIterator

import httpx
import pytest
from litestar.types import ASGIApp


@pytest.fixture
async def http(app: ASGIApp) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app)  # type: ignore[arg-type]
    async with httpx.AsyncClient(base_url="http://127.0.0.1:8080", transport=transport) as client:
        yield client
