"""A delay grows up to its ceiling, is never in the past and never above the ceiling."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from descrow.kernel.retry.policies import RetryPolicies, RetryPolicy, RetrySchedule, StatusQueryPolicy

TABLE = RetryPolicies()
GROWING = sorted(name for name in RetryPolicies.model_fields if isinstance(getattr(TABLE, name), RetryPolicy))

policies = st.builds(
    lambda first, growth, more, jitter: RetryPolicy(
        first_delay_s=first, growth=growth, max_delay_s=first + more, jitter=jitter
    ),
    st.integers(1, 100_000),
    st.floats(1, 1000),
    st.integers(0, 1_000_000),
    st.floats(0, 1, exclude_max=True),
)
attempts = st.integers(0, 10_000)


@given(policies, attempts)
def test_a_delay_is_never_in_the_past_and_never_above_the_ceiling(policy: RetryPolicy, attempt_count: int) -> None:
    assert timedelta() <= policy.delay(attempt_count) <= policy.max_delay


@given(policies, attempts)
def test_a_delay_never_shrinks_where_nothing_is_left_to_chance(policy: RetryPolicy, attempt_count: int) -> None:
    steady = policy.model_copy(update={"jitter": 0})

    assert steady.delay(attempt_count) <= steady.delay(attempt_count + 1)


@given(policies)
def test_the_first_delay_is_the_shortest_and_the_ceiling_is_reached(policy: RetryPolicy) -> None:
    steady = policy.model_copy(update={"jitter": 0, "growth": 2})

    assert steady.delay(0) == timedelta(seconds=steady.first_delay_s)
    assert steady.delay(64) == steady.max_delay


@given(policies, attempts)
def test_chance_takes_off_no_more_than_its_part(policy: RetryPolicy, attempt_count: int) -> None:
    steady = policy.model_copy(update={"jitter": 0}).delay(attempt_count)

    assert steady * (1 - policy.jitter) - timedelta(milliseconds=1) <= policy.delay(attempt_count) <= steady


@pytest.mark.parametrize("queue", GROWING)
def test_the_delays_of_each_queue_grow_and_never_end(queue: str) -> None:
    policy = getattr(TABLE, queue)

    delays = [policy.delay(attempt_count) for attempt_count in range(40)]

    assert delays == sorted(delays)
    assert delays[-1] == policy.max_delay <= timedelta(minutes=10)


@pytest.mark.parametrize(
    ("queue", "delays_s"),
    [
        ("chain_events", [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600]),
        ("contract_calls", [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600]),
        ("payments", [15, 30, 60, 120, 240, 300, 300]),
        ("payouts", [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600]),
        ("payout_attempts", [30, 60, 120, 240, 480, 600, 600]),
        ("status_queries", [30, 60, 120, 240, 480, 600, 600]),
        ("daraja_callbacks", [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600]),
    ],
)
def test_the_defaults_are_the_documented_ones(queue: str, delays_s: list[int]) -> None:
    policy = getattr(TABLE, queue)

    assert [policy.delay(attempt_count).total_seconds() for attempt_count in range(len(delays_s))] == delays_s


@given(st.lists(st.integers(1, 100_000), min_size=1), attempts)
def test_a_schedule_ends_after_its_last_delay(delays_s: list[int], attempt_count: int) -> None:
    schedule = RetrySchedule(delays_s=tuple(delays_s))

    delay = schedule.delay(attempt_count)

    assert delay == (timedelta(seconds=delays_s[attempt_count]) if attempt_count < len(delays_s) else None)


def test_a_person_is_asked_from_the_named_attempt_on() -> None:
    policy = StatusQueryPolicy(escalate_after_attempts=3)

    assert [policy.is_to_escalate(attempt_count) for attempt_count in range(5)] == [False, False, False, True, True]


@pytest.mark.parametrize(
    "values",
    [
        {"first_delay_s": 0},
        {"growth": 0.5},
        {"growth": float("inf")},
        {"first_delay_s": 700},
        {"jitter": 1},
        {"escalate_after_s": 5},
    ],
)
def test_a_policy_that_makes_no_sense_is_refused(values: dict[str, float]) -> None:
    with pytest.raises(ValidationError):
        RetryPolicy.model_validate(values)


@pytest.mark.parametrize("delays_s", [(), (0,), (5, -1)])
def test_a_schedule_that_makes_no_sense_is_refused(delays_s: tuple[int, ...]) -> None:
    with pytest.raises(ValidationError):
        RetrySchedule(delays_s=delays_s)
