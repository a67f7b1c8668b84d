"""Random walks: orders changed at random by accounts, payees and time, compared with a model in plain Python.

ESCROW_STEPS sets the number of steps: 5,000 by default, 200,000 in a nightly run. The test prints the number of steps
and calls.
"""

import os

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from .environment import Environment
from .model_comparison import StartingPoint, call_counts
from .state_machine import EscrowMachine

STEPS = int(os.environ.get("ESCROW_STEPS", "5000"))
STEPS_PER_RUN = 100
RUNS_PER_START = 250
"""Hypothesis keeps every run and varies it. A new start saves memory and finds other runs."""


@pytest.mark.takes(15)
def test_a_random_walk_agrees_with_the_model_at_every_step(capsys: pytest.CaptureFixture[str]) -> None:
    call_counts.clear()
    EscrowMachine.start = StartingPoint(Environment())
    while call_counts["steps"] < STEPS:
        run_state_machine_as_test(
            EscrowMachine,
            settings=settings(
                max_examples=min(RUNS_PER_START, 1 + (STEPS - call_counts["steps"]) // STEPS_PER_RUN),
                stateful_step_count=STEPS_PER_RUN,
                deadline=None,
                database=None,
                phases=[Phase.generate, Phase.shrink],
                suppress_health_check=list(HealthCheck),
            ),
        )

    with capsys.disabled():
        print(f"\n{call_counts.pop('steps'):,} steps taken, and calls made in them:")
        for call, count in sorted(call_counts.items()):
            print(f"{count:>9,} {call}")
