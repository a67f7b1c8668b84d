"""A body may take its time, but not for ever; what comes after it may."""

import asyncio
from typing import Any

import pytest

from descrow.kernel.http import body_time
from descrow.kernel.http.body_time import BodyTooSlow, with_body_time


def scope_of(method: str = "POST") -> Any:
    return {"type": "http", "method": method}


async def nothing_sent(_message: Any) -> None: ...


async def read_body(_scope: Any, receive: Any, _send: Any) -> None:
    while (await receive()).get("more_body"):
        pass


def comes(*pieces: bytes, every_s: float) -> Any:
    """A body in these pieces, then a client that stays."""
    left = list(pieces)

    async def receive() -> Any:
        if not left:
            await asyncio.sleep(60)
        await asyncio.sleep(every_s)
        return {"type": "http.request", "body": left.pop(0), "more_body": bool(left)}

    return receive


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body_time, "GRACE_S", 0.2)


@pytest.mark.usefixtures("impatient")
async def test_a_body_that_comes_a_byte_at_a_time_is_not_waited_for() -> None:
    with pytest.raises(BodyTooSlow):
        await with_body_time(read_body)(scope_of(), comes(*([b"x"] * 100), every_s=0.02), nothing_sent)


@pytest.mark.usefixtures("impatient")
async def test_a_body_that_never_comes_is_not_waited_for() -> None:
    with pytest.raises(BodyTooSlow):
        await with_body_time(read_body)(scope_of(), comes(every_s=0), nothing_sent)


@pytest.mark.usefixtures("impatient")
async def test_a_large_body_may_take_as_long_as_a_slow_phone_needs() -> None:
    piece = b"x" * body_time.SLOWEST_BYTES_PER_S
    await with_body_time(read_body)(scope_of(), comes(*([piece] * 5), every_s=0.1), nothing_sent)


@pytest.mark.usefixtures("impatient")
async def test_after_the_body_a_request_waits_as_long_as_it_likes() -> None:
    async def read_then_wait_for_the_client_to_leave(_scope: Any, receive: Any, _send: Any) -> None:
        await receive()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                await receive()

    await with_body_time(read_then_wait_for_the_client_to_leave)(scope_of(), comes(b"{}", every_s=0), nothing_sent)


@pytest.mark.usefixtures("impatient")
async def test_a_request_to_read_may_not_hold_back_its_body_either() -> None:
    with pytest.raises(BodyTooSlow):
        await with_body_time(read_body)(scope_of("GET"), comes(every_s=0), nothing_sent)
