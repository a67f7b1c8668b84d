"""A child process that ends when we end, is started again when it dies, and says where it is.

Children are forked by the thread that runs the event loop, and Linux ends a child with the *thread* that forked it:
run the loop in the main thread. It must be asyncio's own loop, since others cannot start a child as another user.
"""

import asyncio
import ctypes
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import structlog

from descrow.app.devstack.data_dir import DataDirectory
from descrow.app.devstack.errors import CommandFailed, PartUnhealthy, ProcessEndedBeforeReady, ProcessNotReadyInTime
from descrow.app.devstack.identity import MARKER, birth_of
from descrow.app.devstack.run_files import RunFile, remove_run_file
from descrow.app.devstack.system_user import SystemUser

log = structlog.get_logger(__name__)

Check = Callable[[], Awaitable[None]]
"""Returns when all is well; raises `PartUnhealthy` while it is not, anything else when it never will be."""

READY_POLL_S = 0.05
LONGEST_READY_TIMEOUT_S = 900.0
END_AFTER_REFUSAL_S = 1.0
LOG_LIMIT_BYTES = 5_000_000
LOG_TAIL_BYTES = 2_000
PR_SET_PDEATHSIG = 1  # <linux/prctl.h>
EXIT_PARENT_GONE = 125


@dataclass(frozen=True, kw_only=True)
class Command:
    """Describe what to run. `env` is added to our own environment; `user` needs us to be root."""

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: Path | None = None
    user: SystemUser | None = None
    port: int | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    stop_timeout_s: float = 5.0


@dataclass(frozen=True, kw_only=True)
class Backoff:
    """Describe how long to wait before a dead child is started again."""

    first_s: float = 0.2
    longest_s: float = 5.0
    healthy_after_s: float = 30.0


class LogFile:
    """Describe what a child says, in `logs/NAME.log`. One that has grown large is put aside when the child starts."""

    def __init__(self, data_dir: DataDirectory, name: str) -> None:
        self.path = data_dir.logs / f"{name}.log"
        if self.path.exists() and self.path.stat().st_size > LOG_LIMIT_BYTES:
            self.path.replace(self.path.with_suffix(".log.1"))
        self.file = self.path.open("ab")
        self._begin = self.file.tell()

    def tail(self) -> str:
        """The end of what was said since this log was opened."""
        with self.path.open("rb") as file:
            end = file.seek(0, os.SEEK_END)
            file.seek(max(self._begin, end - LOG_TAIL_BYTES))
            return file.read().decode(errors="replace").strip()


class ChildProcess:
    """One run of a command, in a process group of its own."""

    def __init__(self, command: Command, log_file: LogFile, process: Process) -> None:
        self._command = command
        self._log_file = log_file
        self._process = process
        self.pid = process.pid

    @classmethod
    async def spawn(
        cls, command: Command, data_dir: DataDirectory, on_line: Callable[[str], None] | None = None
    ) -> "ChildProcess":
        """Start the command with its output in its log. `on_line` is told each line of standard output as well."""
        log_file = LogFile(data_dir, command.name)
        stdout, stdout_for_child = None, log_file.file.fileno()
        if on_line is not None:
            # A pipe of our own: with asyncio's, wait() would not return while a grandchild holds the other end.
            stdout, stdout_for_child = os.pipe()
        try:
            process = await asyncio.create_subprocess_exec(
                *command.argv,
                stdin=DEVNULL,
                stdout=stdout_for_child,
                stderr=log_file.file.fileno(),
                env={**os.environ, **command.env, MARKER: str(data_dir.root)},
                cwd=command.cwd,
                start_new_session=True,
                user=command.user.uid if command.user else None,
                group=command.user.gid if command.user else None,
                extra_groups=[] if command.user else None,
                preexec_fn=_end_with_parent(command.stop_signal),
            )
        except BaseException:
            log_file.file.close()
            if stdout is not None:
                os.close(stdout)
            raise
        finally:
            if stdout is not None:
                os.close(stdout_for_child)
        if stdout is not None and on_line is not None:
            await _read_lines(stdout, log_file, on_line)
        return cls(command, log_file, process)

    @property
    def has_ended(self) -> bool:
        return self._process.returncode is not None

    def log_tail(self) -> str:
        return self._log_file.tail()

    async def wait(self) -> int:
        """Wait for the end, and leave nothing of the process group behind."""
        returncode = await self._process.wait()
        self.kill_group()
        self._log_file.file.close()
        return returncode

    async def end(self) -> None:
        """Ask the process to stop, and make it when it does not. Nothing of its group remains."""
        if not self.has_ended:
            with suppress(ProcessLookupError):
                self._process.send_signal(self._command.stop_signal)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._process.wait(), self._command.stop_timeout_s)
        self.kill_group()
        await self.wait()

    def kill_group(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)


class SupervisedProcess:
    """Keeps a command running from `start` to `stop`."""

    def __init__(
        self,
        command: Command,
        data_dir: DataDirectory,
        *,
        ready: Check,
        ready_timeout_s: float | None = 60.0,
        before_spawn: Check | None = None,
        on_line: Callable[[str], None] | None = None,
        backoff: Backoff | None = None,
    ) -> None:
        """`ready_timeout_s` of None waits as long as the process lives. `before_spawn` runs before every start."""
        self.command = command
        self.restarts = 0
        self._data_dir = data_dir
        self._ready = ready
        self._ready_timeout_s = ready_timeout_s
        self._before_spawn = before_spawn
        self._on_line = on_line
        self._backoff = backoff or Backoff()
        self._child: ChildProcess | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._is_ready = asyncio.Event()

    @property
    def pid(self) -> int | None:
        return self._child.pid if self._child and not self._child.has_ended else None

    async def start(self) -> None:
        """Start the process and return when it is ready. If it does not get there, nothing of it remains."""
        try:
            child = await self._start_once()
        except BaseException:
            await self._end_child()
            raise
        self._keeper = asyncio.create_task(self._keep_running(child), name=f"keep {self.command.name} running")

    async def wait_ready(self) -> None:
        """Wait until the process is ready; at once unless it is being started again."""
        await self._is_ready.wait()

    async def stop(self) -> None:
        """End the process, and its whole group. A repeat does nothing."""
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.wait({self._keeper})
            self._keeper = None
        await self._end_child()

    def kill(self) -> None:
        """Kill the process group now and start nothing again. `stop` must still be awaited, and returns at once."""
        if self._keeper is not None:
            self._keeper.cancel()
        if self._child is not None and not self._child.has_ended:
            self._child.kill_group()

    async def _start_once(self) -> ChildProcess:
        if self._before_spawn is not None:
            await self._before_spawn()
        child = await ChildProcess.spawn(self.command, self._data_dir, self._on_line)
        self._child = child
        _write_run_file(self.command, child, self._data_dir)
        await self._until_ready(child)
        self._is_ready.set()
        return child

    async def _until_ready(self, child: ChildProcess) -> None:
        loop = asyncio.get_running_loop()
        deadline = None if self._ready_timeout_s is None else loop.time() + self._ready_timeout_s
        ended = asyncio.create_task(child.wait())
        try:
            while True:
                # The end counts more than the answer: whoever answered may be another program on our port.
                try:
                    reason = await _why_not_ready(self._ready)
                except Exception:
                    await asyncio.wait({ended}, timeout=END_AFTER_REFUSAL_S)
                    if not ended.done():
                        raise
                if ended.done():
                    raise ProcessEndedBeforeReady(self.command.name, ended.result(), child.log_tail())
                if reason is None:
                    return
                if deadline is not None and self._ready_timeout_s is not None and loop.time() > deadline:
                    raise ProcessNotReadyInTime(self.command.name, self._ready_timeout_s, reason)
                await asyncio.wait({ended}, timeout=READY_POLL_S)
        finally:
            ended.cancel()

    async def _keep_running(self, child: ChildProcess) -> None:
        loop = asyncio.get_running_loop()
        delay_s = self._backoff.first_s
        while True:
            began = loop.time()
            returncode = await child.wait()
            self._is_ready.clear()
            if loop.time() - began > self._backoff.healthy_after_s:
                delay_s = self._backoff.first_s
            log.warning("process_died", name=self.command.name, returncode=returncode, restart_in_s=delay_s)
            await asyncio.sleep(delay_s)
            delay_s = min(delay_s * 2, self._backoff.longest_s)
            self.restarts += 1
            try:
                child = await self._start_once()
            except Exception as error:  # whatever it is, the process is tried again
                log.warning("restart_failed", name=self.command.name, error=f"{type(error).__name__}: {error}")
                if self._child is not None:  # it may live and just not be ready
                    await self._child.end()
                if isinstance(error, ProcessNotReadyInTime) and self._ready_timeout_s is not None:
                    # A busy machine is slow to start it: ended after the same time each time, it would never start.
                    self._ready_timeout_s = min(self._ready_timeout_s * 2, LONGEST_READY_TIMEOUT_S)
            else:
                log.info("process_restarted", name=self.command.name, pid=child.pid)

    async def _end_child(self) -> None:
        if self._child is not None:
            await self._child.end()
            self._child = None
        remove_run_file(self._data_dir, self.command.name)


async def run_to_end(command: Command, data_dir: DataDirectory) -> None:
    """Run a one-off command; raise `CommandFailed` unless it succeeds. If we are cancelled, nothing of it remains."""
    child = await ChildProcess.spawn(command, data_dir)
    try:
        _write_run_file(command, child, data_dir)
        returncode = await child.wait()
    except BaseException:
        await child.end()
        raise
    finally:
        remove_run_file(data_dir, command.name)
    if returncode != 0:
        raise CommandFailed(command.name, returncode, child.log_tail())


def _write_run_file(command: Command, child: ChildProcess, data_dir: DataDirectory) -> None:
    birth = birth_of(child.pid)
    if birth is None:  # died at once; whoever waits for it will say so
        return
    RunFile(
        name=command.name,
        pid=child.pid,
        birth=birth,
        started_at=datetime.now(UTC),
        port=command.port,
        command=Path(command.argv[0]).name,
        stop_signal=command.stop_signal,
    ).write(data_dir)


async def _why_not_ready(ready: Check) -> str | None:
    try:
        await ready()
    except PartUnhealthy as reason:
        return str(reason)
    return None


async def _read_lines(stdout: int, log_file: LogFile, on_line: Callable[[str], None]) -> None:
    """Pass on what comes through the pipe, to the log and to `on_line`, until its other end is closed."""
    await asyncio.get_running_loop().connect_read_pipe(lambda: _Lines(log_file, on_line), os.fdopen(stdout, "rb"))


class _Lines(asyncio.Protocol):
    def __init__(self, log_file: LogFile, on_line: Callable[[str], None]) -> None:
        self._log = os.dup(log_file.file.fileno())  # the log is closed when the process ends, the pipe may last longer
        self._on_line = on_line
        self._unfinished = b""

    def data_received(self, data: bytes) -> None:
        os.write(self._log, data)
        *lines, self._unfinished = (self._unfinished + data).split(b"\n")
        for line in lines:
            self._on_line(line.decode(errors="replace"))

    def connection_lost(self, _exc: Exception | None) -> None:
        os.close(self._log)


def _end_with_parent(stop_signal: signal.Signals) -> Callable[[], None] | None:
    """Ask the kernel, between fork and exec, to send the child this signal when we die.

    A change of user would clear the setting, but Python calls this after it. Elsewhere than on Linux there is
    nothing like it: what we leave behind there is ended by the next start.
    """
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl  # looked up here: after a fork, take no locks
    parent = os.getpid()

    def end_with_parent() -> None:
        prctl(PR_SET_PDEATHSIG, int(stop_signal), 0, 0, 0)
        if os.getppid() != parent:  # we died before the line above, and no signal will come
            os._exit(EXIT_PARENT_GONE)

    return end_with_parent
