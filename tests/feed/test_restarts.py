"""The live feed while the server is restarted; `python -m bench.sockets` is the same with 2,000 windows."""

import pytest
from bench.sockets import Window, drill, faults_of

from descrow.app.settings import Settings
from descrow.kernel.http.caller import Caller


async def test_a_hundred_windows_miss_nothing_while_two_processes_are_restarted_twice(settings: Settings) -> None:
    result = await drill(settings, clients=100, seed=7, entries_between=300)

    assert result.faults == []
    assert all(window.connections >= 3 for window in result.windows)
    assert result.published >= 900


def received(*numbers: int) -> Window:
    window = Window(Caller(1, "", ""), token="")
    window.received = [(number, {"about": number}) for number in numbers]
    return window


@pytest.mark.parametrize("numbers", [(1, 3), (1, 2), (1, 2, 2, 3), (1, 3, 2), (), (1, 2, 3, 4)])
def test_the_drill_notices_what_is_missing_doubled_out_of_order_or_too_much(numbers: tuple[int, ...]) -> None:
    published: list[dict[str, object]] = [{"about": number} for number in (1, 2, 3)]

    assert faults_of(received(1, 2, 3), published, 3) == []
    assert len(faults_of(received(*numbers), published, 3)) == 1


def test_the_drill_notices_when_something_else_was_heard_and_when_the_feed_itself_lost_something() -> None:
    published: list[dict[str, object]] = [{"about": number} for number in (1, 2, 3)]

    assert len(faults_of(received(1, 2, 3), [*published[:2], {"about": "else"}], 3)) == 1
    assert len(faults_of(received(1, 2), published, 2)) == 1
