"""A fresh escrow for every test."""

import pytest

from .environment import Environment


@pytest.fixture
def environment() -> Environment:
    return Environment()
