"""The throttle: one bucket for all processes."""

import asyncio
from uuid import uuid4

from valkey.asyncio import Valkey

from descrow.mpesa.throttle import Throttle


async def no_time(_seconds: float) -> None:
    raise AssertionError("nobody should have waited")


async def test_processes_together_get_no_more_than_the_bucket_holds(valkey_url: str) -> None:
    key = f"throttle:{uuid4()}"
    async with Valkey.from_url(valkey_url) as one, Valkey.from_url(valkey_url) as other:
        processes = [
            Throttle(valkey, key, per_minute=1, burst=3, longest_wait_s=0, sleep=no_time) for valkey in (one, other)
        ]

        turns = await asyncio.gather(*(processes[n % 2].wait_for_turn() for n in range(20)))

    assert turns.count(True) == 3


async def test_one_whose_turn_comes_in_time_waits_for_it(valkey: Valkey) -> None:
    key = f"throttle:{uuid4()}"
    waits: list[float] = []

    async def as_if_time_passed(seconds: float) -> None:
        waits.append(seconds)
        await valkey.delete(key)

    throttle = Throttle(valkey, key, per_minute=1, burst=1, longest_wait_s=60, sleep=as_if_time_passed)

    assert await throttle.wait_for_turn()
    assert await throttle.wait_for_turn()
    assert len(waits) == 1
    assert 0 < waits[0] <= 60


async def test_waiting_again_and_again_ends_too(valkey: Valkey) -> None:
    waits: list[float] = []

    async def while_others_are_quicker(seconds: float) -> None:
        waits.append(seconds)

    throttle = Throttle(
        valkey, f"throttle:{uuid4()}", per_minute=1, burst=1, longest_wait_s=150, sleep=while_others_are_quicker
    )

    assert await throttle.wait_for_turn()
    assert not await throttle.wait_for_turn()
    assert sum(waits) <= 150


async def test_one_whose_turn_would_come_too_late_is_turned_away_at_once(valkey: Valkey) -> None:
    throttle = Throttle(valkey, f"throttle:{uuid4()}", per_minute=1, burst=1, longest_wait_s=30, sleep=no_time)

    assert await throttle.wait_for_turn()
    assert not await throttle.wait_for_turn()
