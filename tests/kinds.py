"""Define which kind of test each is, and in which order their files begin.

    unit          no stack, no process, no browser
    integration   the application or parts of it, on real PostgreSQL, Valkey and chain
    system        whole programs, as they run for people: `descrow up`, the simulators, a browser

A kind follows from a test's folder and fixtures. A test says it itself, by its mark, where that would be wrong.
"""

import subprocess
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import pytest

UNIT, INTEGRATION, SYSTEM = KINDS = "unit", "integration", "system"
SYSTEM_FOLDERS = tuple(f"tests/{folder}/" for folder in ("abuse", "app/devstack", "bench", "e2e", "faults"))
STACK_FIXTURES = frozenset({"stack", "valkey_url"})
USUALLY_TAKES_S = {UNIT: 0.03, INTEGRATION: 0.5, SYSTEM: 3.0}
TAKES = "takes"
"""The mark of a test that takes much longer than others of its kind: how many seconds."""


def mark(item: pytest.Item) -> None:
    if kind_of(item) is None:
        item.add_marker(_default_kind(item))


def kind_of(item: pytest.Item) -> str | None:
    return next((kind for kind in KINDS if item.get_closest_marker(kind) is not None), None)


def _default_kind(item: pytest.Item) -> str:
    if item.nodeid.startswith(SYSTEM_FOLDERS):
        return SYSTEM
    fixtures: list[str] = getattr(item, "fixturenames", [])
    return UNIT if STACK_FIXTURES.isdisjoint(fixtures) else INTEGRATION


def put_long_ones_first(items: list[pytest.Item]) -> None:
    """By file: a file stays whole, in its own order. What is long and begins last would leave other workers idle."""
    takes_s: defaultdict[str, float] = defaultdict(float)
    for item in items:
        takes_s[_file_of(item)] += _duration_of(item)
    items.sort(key=lambda item: (-takes_s[_file_of(item)], _file_of(item)))


def _file_of(item: pytest.Item) -> str:
    return item.nodeid.partition("::")[0]


def _duration_of(item: pytest.Item) -> float:
    takes = item.get_closest_marker(TAKES)
    return float(takes.args[0]) if takes else USUALLY_TAKES_S[kind_of(item) or UNIT]


@contextmanager
def limited_to_its_kind(item: pytest.Item) -> Iterator[None]:
    """A unit test that starts a process fails, and says so."""
    if kind_of(item) != UNIT:
        yield
        return

    def refuse(*command: Any, **_options: Any) -> None:
        pytest.fail(f"a unit test starts a process: {command[1:]}; mark it as `{INTEGRATION}` or `{SYSTEM}`")

    with mock.patch.object(subprocess.Popen, "__init__", refuse):
        yield
