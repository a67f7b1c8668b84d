"""The stack as a whole: steps that wait for each other, started in order and stopped in reverse.

async with Stack(StackOptions(data_dir=DataDirectory.choose())) as stack:
    stack.add_step("migrate", migrate, after=["postgres"])
    stack.add_process("api", launch_api, ready=api_answers, after=["migrate", "valkey"])
    await stack.start()
    await stack.wait_until_asked_to_stop()
"""

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from graphlib import TopologicalSorter
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import structlog
from rich.console import Console

from descrow.app.devstack import chain as chain_part
from descrow.app.devstack import postgres as postgres_part
from descrow.app.devstack import valkey as valkey_part
from descrow.app.devstack.chain import BlockMode, Chain, ChainPackages, find_chain_dir
from descrow.app.devstack.data_dir import DATA_FOLDERS, DataDirectory
from descrow.app.devstack.errors import DevStackError, StartInterrupted, StepFailed, UnknownStep
from descrow.app.devstack.ports import Ports, start_on_free_port
from descrow.app.devstack.postgres import Postgres, forget_outside_home
from descrow.app.devstack.process import Command, SupervisedProcess
from descrow.app.devstack.progress import Progress
from descrow.app.devstack.run_files import end_leftovers
from descrow.app.devstack.steps import Step, checked
from descrow.app.devstack.valkey import Valkey

log = structlog.get_logger(__name__)

ALL_PARTS = frozenset({postgres_part.NAME, valkey_part.NAME, chain_part.NAME})
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@dataclass(frozen=True, kw_only=True)
class StackOptions:
    """Describe what to start, and how. A part given by its URL is not ours: it is checked, and neither started nor
    stopped.
    """

    data_dir: DataDirectory
    fresh: bool = False
    parts: frozenset[str] = ALL_PARTS
    database_url: str | None = None
    valkey_url: str | None = None
    chain_url: str | None = None
    chain_dir: Path = field(default_factory=find_chain_dir)
    chain_blocks: BlockMode = "instant"
    chain_empty_every_s: float = 0
    chain_finality_lag: int = 0
    chain_in_memory: bool = False
    durable: bool = True
    data_folders: Sequence[str] = DATA_FOLDERS
    console: Console | None = None
    handle_signals: bool = False

    @classmethod
    def from_environment(cls, environment: Mapping[str, str], **options: Any) -> Self:
        """These options, with the parts by URL as `DESCROW_DATABASE_URL`, `_VALKEY_URL` and `_CHAIN_URL` give them."""
        return cls(
            database_url=environment.get("DESCROW_DATABASE_URL") or None,
            valkey_url=environment.get("DESCROW_VALKEY_URL") or None,
            chain_url=environment.get("DESCROW_CHAIN_URL") or None,
            **options,
        )


@dataclass(repr=False)  # the addresses hold passwords
class DevStackEndpoints:
    """Describe where the parts answer. Each is filled in by its step, so a step may rely on those it comes after.

    `database_admin_url` and `genesis_hash` are empty when the part was given by its URL.
    """

    database_url: str = ""
    database_admin_url: str = ""
    valkey_url: str = ""
    chain_url: str = ""
    genesis_hash: str = ""


@dataclass(frozen=True, kw_only=True)
class Launch:
    """Describe how to run a process of ours, told when the steps before it are done. `env` is added to our
    environment.
    """

    argv: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: Path | None = None


class Stack:
    """The parts, and what the caller adds to them. While entered, the data directory belongs to it."""

    def __init__(self, options: StackOptions) -> None:
        self.parts = DevStackEndpoints()
        self.seconds: dict[str, float] = {}
        self._options = options
        self._data_dir = options.data_dir
        self._steps: dict[str, Step] = {}
        self._begun: list[str] = []
        self._stop_asked = asyncio.Event()
        self._released = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Take the directory, end what a killed stack left in it, and with `fresh` delete its data."""
        async with AsyncExitStack() as taken:
            taken.enter_context(self._data_dir.locked())
            self._data_dir.create()
            await end_leftovers(self._data_dir)
            if self._options.fresh:
                forget_outside_home(self._data_dir)
                self._data_dir.forget(self._options.data_folders)
                self._data_dir.create()
            self._ports = Ports(self._data_dir.root / "ports.json")
            self._add_parts()
            if self._options.handle_signals:
                taken.callback(self._handle_signals())
            self._released = taken.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        async with self._released:
            await self.stop()

    def add_step(
        self, name: str, run: Callable[[DevStackEndpoints], Awaitable[str | None]], *, after: Sequence[str] = ()
    ) -> None:
        """Add something to be done once at each start. What it returns is shown beside its name."""

        async def run_step() -> str:
            return await run(self.parts) or ""

        self._add(Step(name, run_step, tuple(after)))

    def add_process(
        self,
        name: str,
        launch: Callable[[DevStackEndpoints, int], Launch],
        *,
        preferred_port: int,
        ready: Callable[[int], Awaitable[None]],
        after: Sequence[str] = (),
        ready_timeout_s: float = 60.0,
        stop_signal: signal.Signals = signal.SIGTERM,
    ) -> None:
        """Add a process to be kept running. `launch` and `ready` are told its port on the loopback address.

        `ready` raises `PartUnhealthy` while the process is not ready. A process that serves nobody has a port
        all the same and may leave it alone.
        """
        running: list[SupervisedProcess] = []

        async def start_at(port: int) -> None:
            what = launch(self.parts, port)
            command = Command(
                name=name, argv=tuple(what.argv), env=what.env, cwd=what.cwd, port=port, stop_signal=stop_signal
            )
            process = SupervisedProcess(
                command, self._data_dir, ready=lambda: ready(port), ready_timeout_s=ready_timeout_s
            )
            running[:] = [process]
            await process.start()

        async def run_step() -> str:
            await start_on_free_port(self._ports, name, preferred_port, start_at)
            return _where(running[0])

        self._add(Step(name, run_step, tuple(after), lambda: running[0] if running else None))

    async def start(self) -> DevStackEndpoints:
        """Run all steps, side by side where they do not wait for each other. Once.

        Raises `StepFailed` at the first failure and `StartInterrupted` when asked to stop; what was started until
        then runs until the stack is left.
        """
        for step in self._steps.values():
            if unknown := [name for name in step.after if name not in self._steps]:
                raise UnknownStep(step.name, unknown)
        sorter = TopologicalSorter({step.name: step.after for step in self._steps.values()})
        sorter.prepare()
        stop_asked = asyncio.create_task(self._stop_asked.wait())
        running: dict[asyncio.Task[Any], str] = {}
        progress = Progress(self._options.console, self._steps)
        try:
            with progress:
                while sorter.is_active():
                    for name in sorter.get_ready():
                        self._begun.append(name)
                        running[asyncio.create_task(self._run(self._steps[name], progress))] = name
                    done, _ = await asyncio.wait([*running, stop_asked], return_when=asyncio.FIRST_COMPLETED)
                    if stop_asked in done:
                        raise StartInterrupted
                    for task in done:
                        await task
                        sorter.done(running.pop(task))
        finally:
            for task in (stop_asked, *running):
                task.cancel()
            await asyncio.gather(stop_asked, *running, return_exceptions=True)
            self.seconds = progress.seconds
        return self.parts

    def ask_to_stop(self) -> None:
        """Interrupt the start, or end the wait."""
        self._stop_asked.set()

    async def wait_until_asked_to_stop(self) -> None:
        """Wait for Ctrl-C, SIGTERM or `ask_to_stop`, while the processes are kept running."""
        await self._stop_asked.wait()

    async def stop(self) -> None:
        """Stop what was started, each service after those that rely on it. A repeat does nothing."""
        begun = [self._steps[name] for name in self._begun]
        relying: dict[str, set[str]] = {step.name: set() for step in begun}
        for step in begun:
            for name in step.after:
                relying[name].add(step.name)
        sorter = TopologicalSorter(relying)
        sorter.prepare()
        while sorter.is_active():
            names = sorter.get_ready()
            await asyncio.gather(*(self._stop_service(self._steps[name]) for name in names))
            sorter.done(*names)
        self._begun.clear()

    def kill(self) -> None:
        """Kill every process now; `stop` then returns at once."""
        for name in self._begun:
            if (service := self._steps[name].service()) is not None:
                service.kill()

    async def _run(self, step: Step, progress: Progress) -> None:
        progress.begin(step.name)
        try:
            detail = await step.run()
        except Exception as error:  # whatever it is, the person at the terminal must learn which step it was
            reason = str(error) if isinstance(error, DevStackError) else f"{type(error).__name__}: {error}"
            progress.fail(step.name, reason)
            raise StepFailed(step.name, reason) from error
        progress.finish(step.name, detail)

    async def _stop_service(self, step: Step) -> None:
        service = step.service()
        if service is None:
            return
        try:
            await service.stop()
        except Exception:  # the others must be stopped all the same
            log.exception("stop_failed", name=step.name)

    def _add(self, step: Step) -> None:
        if step.name in self._steps:
            raise ValueError(f"there is a step '{step.name}' already")
        self._steps[step.name] = step

    def _handle_signals(self) -> Callable[[], None]:
        """The first signal asks to stop, a second one kills. Returns what undoes this."""
        loop = asyncio.get_running_loop()

        def heed() -> None:
            if self._stop_asked.is_set():
                self.kill()
            self.ask_to_stop()

        def heed_no_more() -> None:
            for signal_number in STOP_SIGNALS:
                loop.remove_signal_handler(signal_number)

        for signal_number in STOP_SIGNALS:
            loop.add_signal_handler(signal_number, heed)
        return heed_no_more

    def _add_parts(self) -> None:
        if postgres_part.NAME in self._options.parts:
            self._add_postgres()
        if valkey_part.NAME in self._options.parts:
            self._add_valkey()
        if chain_part.NAME in self._options.parts:
            self._add_chain()

    def _add_postgres(self) -> None:
        if given := self._options.database_url:
            self.parts.database_url = given
            self._add(Step(postgres_part.NAME, checked(lambda: postgres_part.check(given))))
            return
        postgres = Postgres(self._data_dir, self._ports, durable=self._options.durable)

        async def run_step() -> str:
            await postgres.start()
            self.parts.database_url, self.parts.database_admin_url = (postgres.url, postgres.admin_url)
            return _where(postgres.process)

        self._add(Step(postgres.name, run_step, service=lambda: postgres))

    def _add_valkey(self) -> None:
        if given := self._options.valkey_url:
            self.parts.valkey_url = given
            self._add(Step(valkey_part.NAME, checked(lambda: valkey_part.check(given))))
            return
        valkey = Valkey(self._data_dir, self._ports)

        async def run_step() -> str:
            await valkey.start()
            self.parts.valkey_url = valkey.url
            return _where(valkey.process)

        self._add(Step(valkey.name, run_step, service=lambda: valkey))

    def _add_chain(self) -> None:
        if given := self._options.chain_url:
            self.parts.chain_url = given
            self._add(Step(chain_part.NAME, checked(lambda: chain_part.check(given))))
            return
        packages = ChainPackages(self._data_dir, self._options.chain_dir)
        chain = Chain(
            self._data_dir,
            self._ports,
            self._options.chain_dir,
            blocks=self._options.chain_blocks,
            empty_every_s=self._options.chain_empty_every_s,
            finality_lag=self._options.chain_finality_lag,
            in_memory=self._options.chain_in_memory,
        )

        async def install() -> str:
            return "installed" if await packages.install() else "already installed"

        async def run_step() -> str:
            await chain.start()
            self.parts.chain_url, self.parts.genesis_hash = (chain.url, chain.genesis_hash)
            return _where(chain.process)

        self._add(Step(packages.name, install))
        self._add(Step(chain.name, run_step, (packages.name,), lambda: chain))


@asynccontextmanager
async def start_services(options: StackOptions) -> AsyncIterator[DevStackEndpoints]:
    """The parts alone, for as long as the context lasts."""
    async with Stack(options) as stack:
        yield await stack.start()


@asynccontextmanager
async def parts_for_tests(
    directory: Path, *, parts: frozenset[str] = ALL_PARTS, chain_blocks: BlockMode = "instant", empty_every_s: float = 0
) -> AsyncIterator[DevStackEndpoints]:
    """The same parts for a test: on free ports, in this directory, the chain in memory, and no data left behind."""
    data_dir = DataDirectory(directory / "descrow")
    options = StackOptions(
        data_dir=data_dir,
        parts=parts,
        chain_blocks=chain_blocks,
        chain_empty_every_s=empty_every_s,
        chain_in_memory=True,
        durable=False,
    )
    try:
        async with start_services(options) as started:
            yield started
    finally:
        forget_outside_home(data_dir)
        data_dir.forget()


def _where(process: SupervisedProcess | None) -> str:
    return f"port {process.command.port}" if process else ""
