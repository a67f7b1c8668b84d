"""A real Valkey."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import valkey.asyncio

from descrow.app.devstack import valkey as valkey_part
from descrow.app.devstack.data_dir import DataDirectory
from descrow.app.devstack.errors import PartUnhealthy, PartUnusable
from descrow.app.devstack.ports import Ports
from descrow.app.devstack.valkey import Valkey


@asynccontextmanager
async def a_valkey(data_dir: DataDirectory) -> AsyncIterator[Valkey]:
    part = Valkey(data_dir, Ports(data_dir.root / "ports.json"))
    await part.start()
    try:
        yield part
    finally:
        await part.stop()


async def test_what_was_set_is_there_after_a_restart(data_dir: DataDirectory) -> None:
    async with a_valkey(data_dir) as part, valkey.asyncio.Valkey.from_url(part.url) as client:
        await client.set("colour", "green")

    async with a_valkey(data_dir) as part, valkey.asyncio.Valkey.from_url(part.url) as client:
        assert await client.get("colour") == b"green"


async def test_a_wrong_password_is_refused_and_not_tried_again(data_dir: DataDirectory) -> None:
    async with a_valkey(data_dir) as part:
        with pytest.raises(PartUnusable, match="password"):
            await valkey_part.check(part.url.replace(data_dir.secret("valkey"), "wrong"))


async def test_a_stopped_server_is_unhealthy(data_dir: DataDirectory) -> None:
    async with a_valkey(data_dir) as part:
        await valkey_part.check(part.url)

    with pytest.raises(PartUnhealthy):
        await valkey_part.check(part.url)
