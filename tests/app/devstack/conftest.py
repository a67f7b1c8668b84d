"""Directories for stacks, and a stack in a process of its own."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from descrow.app.devstack.data_dir import DataDirectory
from descrow.app.devstack.postgres import forget_outside_home

SUPERVISOR = Path(__file__).with_name("supervisor.py")


@pytest.fixture
def data_dir() -> Iterator[DataDirectory]:
    """A data directory that every user can get to, unlike those pytest makes."""
    parent = Path(tempfile.mkdtemp(prefix="descrow-"))
    parent.chmod(0o755)
    chosen = DataDirectory(parent / "data")
    chosen.create()
    yield chosen
    forget_outside_home(chosen)
    shutil.rmtree(parent)


@dataclass
class Supervisor:
    """A stack in a process of its own, so that it can be killed."""

    process: subprocess.Popen[str]

    def says(self) -> dict[str, Any]:
        """The next thing it says; an empty answer when it has ended."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        said: dict[str, Any] = json.loads(line) if line else {}
        return said

    def send(self, signal_number: signal.Signals) -> None:
        os.kill(self.process.pid, signal_number)


StartSupervisor = Callable[..., Supervisor]
"""Told the names of the parts."""


StartStranger = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start_supervisor(data_dir: DataDirectory) -> Iterator[StartSupervisor]:
    started: list[Supervisor] = []

    def start(*parts: str) -> Supervisor:
        process = subprocess.Popen(
            [sys.executable, str(SUPERVISOR), str(data_dir.root), *parts], stdout=subprocess.PIPE, text=True
        )
        started.append(Supervisor(process))
        return started[-1]

    yield start
    for supervisor in started:
        if supervisor.process.poll() is None:
            supervisor.send(signal.SIGTERM)
        supervisor.process.wait(timeout=15)
        assert supervisor.process.stdout is not None
        supervisor.process.stdout.close()


@pytest.fixture
def start_stranger() -> Iterator[StartStranger]:
    """Starts Python code in a process, and a group, that the stack has not started."""
    started: list[subprocess.Popen[str]] = []

    def start(code: str, **environment: str) -> subprocess.Popen[str]:
        started.append(
            subprocess.Popen(
                [sys.executable, "-c", code],
                start_new_session=True,
                stdout=subprocess.PIPE,
                text=True,
                cwd="/",
                env={**os.environ, **environment},
            )
        )
        return started[-1]

    yield start
    for stranger in started:
        stranger.kill()
        stranger.wait(timeout=5)
        assert stranger.stdout is not None
        stranger.stdout.close()
