"""Each reason in the source is given by a call, and listed in the README."""

import re

import pytest

from .environment import Environment
from .reasons import REASONS
from .values import ROOT, SOURCES


@pytest.mark.parametrize("reason", REASONS)
def test_the_reason_is_given(environment: Environment, reason: str) -> None:
    assert REASONS[reason](environment).refusal == reason


def test_every_reason_in_the_source_is_reached_here() -> None:
    in_source = {reason for source in SOURCES for reason in re.findall(r'"(escrow: [^"]+)"', source.read_text())}

    assert in_source == set(REASONS)


def test_every_reason_is_listed_in_the_readme() -> None:
    listed = set(re.findall(r"^\| `(escrow: [^`]+)`", (ROOT / "contracts" / "README.md").read_text(), re.MULTILINE))

    assert listed == set(REASONS)


def test_no_check_in_the_source_is_without_a_reason() -> None:
    for source in SOURCES:
        text = source.read_text()
        checks = re.findall(r"^ +assert ", text, re.MULTILINE)
        reasons = re.findall(r', "escrow: [A-Za-z0-9 -]+"$', text, re.MULTILINE)

        assert len(reasons) == len(checks), source.name
