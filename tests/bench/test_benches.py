"""The measurements can be run: none has fallen behind the code that it measures."""

from bench import sync


async def test_catching_up_can_be_measured() -> None:
    said: list[str] = []

    await sync.measure(orders=3, rounds=1, flush_ms=[0, 1], say=said.append)

    assert "3 orders, 18 events" in said[0]
    assert len(said) == 4
