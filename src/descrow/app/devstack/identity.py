"""Define who a process is: a pid alone says little, since the system gives it to another process later."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

PROC = Path("/proc")
MARKER = "DESCROW_DATA_DIR_OF_STACK"
"""Each child carries the data directory in this variable, so that its own children can be told from others."""


def birth_of(pid: int) -> str | None:
    """Return when the process with this pid began, exactly enough to tell it from a later one; None if it is dead."""
    if not PROC.joinpath("self").exists():
        # `ps` counts in seconds only, but no system without /proc hands out a pid twice within one.
        command = ["/bin/ps", "-o", "lstart=", "-p", str(pid)]
        shown = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - nothing from outside
        return shown.stdout.strip() or None
    stat = _stat(pid)
    if stat is None or stat[0] in "ZX":  # a zombie is dead; it only waits for its parent to take note
        return None
    boot = PROC.joinpath("sys/kernel/random/boot_id").read_text().strip()
    return f"{boot}:{stat[19]}"


def group_members(group: int) -> Iterator[int]:
    """The living processes of a process group; none can be told where there is no /proc."""
    for pid in _pids():
        stat = _stat(pid)
        if stat is not None and stat[0] not in "ZX" and int(stat[2]) == group:
            yield pid


def working_directory_of(pid: int) -> Path | None:
    """Return where the process works; None if it is dead, not ours to look at, or there is no /proc."""
    try:
        return Path(os.readlink(PROC / str(pid) / "cwd"))
    except OSError:
        return None


def processes_working_in(directory: Path) -> Iterator[int]:
    """The processes whose working directory this is, as far as we may know."""
    wanted = directory.resolve()
    for pid in _pids():
        if working_directory_of(pid) == wanted:
            yield pid


def is_marked(pid: int, root: Path) -> bool:
    """Return whether the process was started by the stack of this data directory, or by a child of it."""
    try:
        environment = (PROC / str(pid) / "environ").read_bytes()
    except OSError:
        return False
    return f"{MARKER}={root}".encode() in environment.split(b"\0")


def _pids() -> list[int]:
    return [int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit()] if PROC.is_dir() else []


def _stat(pid: int) -> list[str] | None:
    """The fields of /proc/PID/stat from `state` on (proc(5) numbers that one 3, so field n is at n - 3)."""
    try:
        line = (PROC / str(pid) / "stat").read_text()
    except (OSError, UnicodeDecodeError):
        return None
    return line.rpartition(")")[2].split()  # the name before it may hold spaces and brackets
