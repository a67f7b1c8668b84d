"""Cleans up after a drill, however the drill ends: waits for its standard input to end, which the kernel sees to.

    python -m tests.faults.cleanup DIRECTORY

Ends every process that the drill's stacks have started, also paused ones, and deletes the directory.
"""

import os
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from descrow.app.devstack.data_dir import DataDirectory
from descrow.app.devstack.identity import PROC, is_marked
from descrow.app.devstack.postgres import forget_outside_home

POLL_S = 0.05


def processes_of(roots: list[Path]) -> Iterator[int]:
    """Whatever the stacks in these directories have started, and what that has started in turn."""
    for entry in PROC.iterdir():
        if entry.name.isdigit() and any(is_marked(int(entry.name), root) for root in roots):
            yield int(entry.name)


def sweep(root: Path) -> None:
    """Leave nothing of the stacks in this directory's folders. A repeat does nothing."""
    stacks = [DataDirectory(folder) for folder in root.iterdir() if folder.is_dir()] if root.is_dir() else []
    roots = [stack.root for stack in stacks]
    while pids := list(processes_of(roots)):  # one that ends may have started another just before
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(POLL_S)
    for stack in stacks:
        forget_outside_home(stack)
    shutil.rmtree(root, ignore_errors=True)


if __name__ == "__main__":
    for ignored in (signal.SIGINT, signal.SIGTERM):  # meant for the drill, which ends by it, and then it is our turn
        signal.signal(ignored, signal.SIG_IGN)
    sys.stdin.buffer.read()
    sweep(Path(sys.argv[1]))
