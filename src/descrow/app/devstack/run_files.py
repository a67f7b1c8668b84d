"""The files that say which processes a stack has started, and what to do with those it left behind."""

import asyncio
import os
import signal
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import msgspec
import structlog

from descrow.app.devstack.data_dir import DataDirectory, write_private
from descrow.app.devstack.identity import birth_of, group_members, is_marked

log = structlog.get_logger(__name__)

LEFTOVER_STOP_TIMEOUT_S = 10.0
POLL_S = 0.02


class RunFile(msgspec.Struct, frozen=True, kw_only=True):
    """One process of a stack. `birth` tells it from a later process with the same pid."""

    name: str
    pid: int
    birth: str
    started_at: datetime
    port: int | None
    command: str
    stop_signal: int

    @property
    def is_alive(self) -> bool:
        return birth_of(self.pid) == self.birth

    def write(self, data_dir: DataDirectory) -> None:
        path = _path(data_dir, self.name)
        write_private(path, msgspec.json.encode(self).decode())
        path.chmod(0o644)


def remove_run_file(data_dir: DataDirectory, name: str) -> None:
    _path(data_dir, name).unlink(missing_ok=True)


def running_processes(data_dir: DataDirectory) -> list[RunFile]:
    """The processes of the stack in this directory that are alive, by name. Needs no lock and changes nothing."""
    return [run_file for _, run_file in _all(data_dir) if run_file.is_alive]


async def end_leftovers(data_dir: DataDirectory) -> None:
    """End what a stack that was killed left behind. To be called with the directory locked.

    A process is ended only when it provably is the one we started: same pid, same birth. Of one that is dead
    already, the members of its process group that carry our marker are ended.
    """
    await asyncio.gather(*(_end_leftover(data_dir, run_file) for _, run_file in _all(data_dir)))
    for path, _ in _all(data_dir):
        path.unlink(missing_ok=True)


async def _end_leftover(data_dir: DataDirectory, run_file: RunFile) -> None:
    if run_file.is_alive:
        log.info("ending_leftover", name=run_file.name, pid=run_file.pid)
        await end_process(run_file.pid, run_file.birth, signal.Signals(run_file.stop_signal))
    for pid in group_members(run_file.pid):
        if is_marked(pid, data_dir.root):
            log.info("ending_leftover", name=run_file.name, pid=pid)
            _send(pid, signal.SIGKILL)


async def end_process(pid: int, birth: str, stop_signal: signal.Signals) -> None:
    """End a process that is not our child: politely, then with its whole group. Returns when it is gone."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + LEFTOVER_STOP_TIMEOUT_S
    _send(pid, stop_signal)
    while birth_of(pid) == birth:
        if loop.time() > deadline:
            _send_group(pid, signal.SIGKILL)
        await asyncio.sleep(POLL_S)


def _send(pid: int, signal_number: signal.Signals) -> None:
    try:
        os.kill(pid, signal_number)
    except ProcessLookupError:
        return


def _send_group(pid: int, signal_number: signal.Signals) -> None:
    try:
        os.killpg(pid, signal_number)
    except ProcessLookupError:
        return


def _path(data_dir: DataDirectory, name: str) -> Path:
    return data_dir.run / f"{name}.json"


def _all(data_dir: DataDirectory) -> Iterator[tuple[Path, RunFile]]:
    for path in sorted(data_dir.run.glob("*.json")):
        try:
            yield path, msgspec.json.decode(path.read_bytes(), type=RunFile)
        except (FileNotFoundError, msgspec.DecodeError):  # removed meanwhile, or not written by us
            continue
