"""One simulator for all tests of a file, emptied before each; and some of a test's own."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.app.devstack.daraja.merchant import Daraja, Inbox

StartDaraja = Callable[..., Daraja]
"""Told options of the command line."""


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daraja]:
    inbox = Inbox()
    running = Daraja(tmp_path_factory.mktemp("daraja") / "daraja.sqlite", inbox)
    yield running
    assert running.stop() == 0
    inbox.close()


@pytest.fixture
def daraja(shared: Daraja) -> Daraja:
    """A simulator with one phone, 1,000 shillings in its wallet, and no faults."""
    shared.control("POST", "/reset")
    shared.inbox.received.clear()
    shared.token = ""
    shared.a_phone()
    return shared


@pytest.fixture
def start_daraja(tmp_path: Path) -> Iterator[StartDaraja]:
    """Starts a simulator with options, on a file of its own."""
    started: list[Daraja] = []

    def start(**options: object) -> Daraja:
        started.append(Daraja(tmp_path / f"{len(started)}.sqlite", Inbox(), **options))
        return started[-1]

    yield start
    for running in started:
        if running.process.poll() is None:
            running.stop()
        running.inbox.close()
