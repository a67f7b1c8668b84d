"""A Valkey that stands still costs one request a second, and the others nothing."""

import asyncio
import time

import pytest
from valkey.exceptions import ConnectionError as ValkeyConnectionError
from valkey.exceptions import ValkeyError

from descrow.app.devstack.stack import DevStackEndpoints
from descrow.kernel import valkey
from descrow.kernel.valkey import open_valkey


@pytest.mark.integration
async def test_a_valkey_that_answers_nothing_is_asked_once_and_then_left_alone() -> None:
    asked = 0

    async def accept_and_say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        asked += 1
        await reader.read()
        writer.close()

    server = await asyncio.start_server(accept_and_say_nothing, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, open_valkey(f"redis://127.0.0.1:{port}/0") as client:
        with pytest.raises(ValkeyError):
            await client.ping()
        began = time.monotonic()
        for _ in range(100):
            with pytest.raises(ValkeyConnectionError):
                await client.ping()

        assert time.monotonic() - began < valkey.ANSWERS_WITHIN_S
        assert asked == 1
        server.close()


async def test_one_that_is_back_is_asked_again(stack: DevStackEndpoints, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(valkey, "RESTS_FOR_S", 0.05)
    async with open_valkey("redis://127.0.0.1:1/0") as client:
        with pytest.raises(ValkeyConnectionError):
            await client.ping()
    async with open_valkey(stack.valkey_url) as client:
        client._rests_until = time.monotonic() + valkey.RESTS_FOR_S  # type: ignore[attr-defined]
        with pytest.raises(ValkeyConnectionError):
            await client.ping()
        await asyncio.sleep(valkey.RESTS_FOR_S)

        assert await client.ping()
