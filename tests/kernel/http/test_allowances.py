"""So often, and not more; each for itself."""

from unittest import mock

from hypothesis import given
from hypothesis import strategies as st

from descrow.kernel.http import allowances
from descrow.kernel.http.allowances import Allowances
from descrow.kernel.http.limits import Allowance


@given(st.lists(st.floats(0, 5), max_size=200))
def test_never_more_than_the_burst_and_what_time_has_brought(waits_s: list[float]) -> None:
    now = 1000.0
    bucket = Allowances(Allowance(per_minute=60, burst=10), clock=lambda: now)
    taken = 0
    for wait_s in waits_s:
        now += wait_s
        taken += bucket.take("network")

        assert taken <= 10 + (now - 1000) + 1e-6


def test_turns_come_one_after_the_other_and_none_too_late() -> None:
    now = 1000.0
    bucket = Allowances(Allowance(per_minute=60, burst=2), clock=lambda: now)

    waits_s = [bucket.turn("network", within_s=3) for _ in range(7)]

    assert waits_s == [0, 0, 1, 2, 3, None, None]
    now += 1.5
    assert bucket.turn("network", within_s=3) == 2.5
    assert not bucket.take("network")


def test_one_network_does_not_take_what_another_may() -> None:
    bucket = Allowances(Allowance(per_minute=1, burst=2))

    assert [bucket.take("one") for _ in range(3)] == [True, True, False]
    assert bucket.take("other")


def test_a_factor_of_nothing_limits_nobody() -> None:
    bucket = Allowances(Allowance(per_minute=1, burst=1), factor=0)

    assert all(bucket.take("one") for _ in range(1000))


def test_those_who_asked_longest_ago_are_forgotten_first() -> None:
    with mock.patch.object(allowances, "MOST_REMEMBERED", 2):
        bucket = Allowances(Allowance(per_minute=1, burst=1))
        for owner in ("one", "two", "three"):
            bucket.take(owner)

        assert not bucket.take("three")
        assert bucket.take("one")
