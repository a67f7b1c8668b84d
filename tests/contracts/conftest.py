"""A world with a fresh escrow for every test."""

import pytest

from .world import World


@pytest.fixture
def world() -> World:
    return World()
