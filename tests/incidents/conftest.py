"""Give a client that nobody has signed in with."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import httpx
    from litestar.types import ASGIApp


@pytest.fixture
async def http(app: "ASGIApp") -> "AsyncIterator[httpx.AsyncClient]":
    from tests.application import client_of

    async with client_of(app) as client:
        yield client
