"""Define what goes wrong in a drill: processes are killed or stand still, lines are cut or jammed, the chain turns
back.
"""

import asyncio
import os
import signal
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from random import Random

import asyncpg

from descrow.app.devstack.identity import birth_of
from descrow.app.devstack.mpesa import NAME as DARAJA
from descrow.chain.client import ChainClient
from descrow.chain.errors import ChainUnreachable
from tests.faults.environment import PROCESSES, UP, FaultEnvironment

HOW_OFTEN = {name: 2 if name in (UP, DARAJA) else 10 for name in PROCESSES}
"""`up` less often: it takes others with it, and is back last. And M-Pesa's simulator, whom nobody here needs."""

DEEPEST_REORG = 10
BETWEEN_S = 3.5
SHORTEST_S = 0.2
"""Between two faults; and so long at least does one last that has an end."""

IN_VIEW = 0.7
"""How often the chain turns back when the log is at its head; else at any moment."""

LOOK_S = 15.0
LOOKS = 8
POLL_S = 0.05
ANSWER_TIMEOUT_S = 5.0
_AT_STAKE = """
    SELECT (SELECT max(number) FROM chain_blocks WHERE finality = 'best') = $1
       AND EXISTS (SELECT FROM chain_events WHERE finality = 'best' AND block_number > $2)
"""
AWAY = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, ChainUnreachable, TimeoutError)


class Fault(StrEnum):
    KILL = "kill"
    PAUSE = "pause"
    CUT = "cut"
    REORG = "re-org"


@dataclass(frozen=True)
class Reorg:
    """The chain went back by `depth` blocks. `logged` are those of them that our log had, by hash."""

    depth: int
    resubmitted: bool
    logged: tuple[str, ...]


@dataclass
class Trouble:
    """Does what was planned, in an order and with a choice that the seed decides, and keeps count."""

    environment: FaultEnvironment
    random: Random
    how_often: Mapping[str, int] = field(default_factory=lambda: HOW_OFTEN)
    """Which processes are killed or stand still, each as often as its share."""
    killed: Counter[str] = field(default_factory=Counter)
    paused: Counter[str] = field(default_factory=Counter)
    cut: Counter[str] = field(default_factory=Counter)
    reorgs: list[Reorg] = field(default_factory=list)
    deepest: int = DEEPEST_REORG
    """How many blocks the chain goes back at most."""
    between_s: float = BETWEEN_S
    """The longest pause between two faults. What has an end, such as a cut, lasts twice as long at most."""
    _lasting: set[asyncio.Task[None]] = field(default_factory=set)

    async def make(self, planned: list[Fault], may_happen: Callable[[int], Awaitable[None]]) -> None:
        """All of it, fault n when `may_happen(n)` returns; everything runs and flows again afterwards."""
        deeds = {Fault.KILL: self._kill, Fault.PAUSE: self._pause, Fault.CUT: self._cut, Fault.REORG: self._reorganise}
        try:
            for number, fault in enumerate(planned):
                await may_happen(number)
                await asyncio.sleep(self.random.uniform(SHORTEST_S, self.between_s))
                await deeds[fault]()
            await asyncio.gather(*self._lasting)
        finally:
            for task in self._lasting:
                task.cancel()
            await asyncio.gather(*self._lasting, return_exceptions=True)

    async def _kill(self) -> None:
        """kill -9, of whatever it is doing: serving, starting, or standing still."""
        name = self._some_process()
        while (process := self.environment.process(name)) is None:
            await asyncio.sleep(POLL_S)
        with suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)
            self.killed[name] += 1

    async def _pause(self) -> None:
        """A process stands still for a while, with its children, and then knows nothing of it."""
        name = self._some_process()
        while (process := self.environment.process(name)) is None:
            await asyncio.sleep(POLL_S)
        self.paused[name] += 1
        self._begin(self._stand_still(process.pid))

    async def _stand_still(self, pid: int) -> None:
        family = {one: birth_of(one) for one in (pid, *_descendants(pid))}
        try:
            _signal(family, signal.SIGSTOP)
            await asyncio.sleep(self.random.uniform(SHORTEST_S, 2 * self.between_s))
        finally:
            _signal(family, signal.SIGCONT)

    async def _cut(self) -> None:
        """A line is dead for a while: broken, or only silent."""
        name = self.random.choice(sorted(self.environment.gates))
        gate = self.environment.gates[name]
        how = self.random.choice([gate.shut, gate.jam])
        self.cut[name] += 1

        async def for_a_while() -> None:
            how()
            try:
                await asyncio.sleep(self.random.uniform(SHORTEST_S, 2 * self.between_s))
            finally:
                gate.free()

        self._begin(for_a_while())

    async def _reorganise(self) -> None:
        """The chain goes back a few blocks and on without them; what was in them is lost, or waits to be taken anew."""
        depth, resubmit = self.random.randint(1, self.deepest), self.random.random() < 0.5
        while True:
            try:
                async with asyncio.timeout(30):
                    self.reorgs.append(await self._go_back(depth, resubmit=resubmit))
                return
            except AWAY:  # somebody was killed just now
                await asyncio.sleep(POLL_S)

    async def _go_back(self, depth: int, *, resubmit: bool) -> Reorg:
        chain = ChainClient(self.environment.parts.chain_url)
        database = await asyncpg.connect(self.environment.parts.database_url, timeout=ANSWER_TIMEOUT_S)
        try:
            while (await chain.best_head()).number <= depth:
                await asyncio.sleep(POLL_S)
            if self.random.random() < IN_VIEW:
                await self._hold_when_it_hurts(chain, database, depth)
            logged = await database.fetch("SELECT hash, number FROM chain_blocks WHERE finality = 'best'")
            target = await chain._call("dev_setHead", -depth, {"resubmit": resubmit})
            kept = (await chain.head(target)).number
        finally:
            with suppress(ChainUnreachable):  # one that was killed begins anew, and makes blocks
                await chain._call("dev_setBlockBuildMode", "instant")
            database.terminate()
            await chain.close()
        return Reorg(depth, resubmit, tuple(row["hash"] for row in logged if row["number"] > kept))

    async def _hold_when_it_hurts(
        self, chain: ChainClient, database: "asyncpg.Connection[asyncpg.Record]", depth: int
    ) -> None:
        """Hold the chain's breath when the log is at its head and one of the newest blocks moves an order.

        After a while any moment will do: who should follow may have been killed.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOK_S):
                while True:
                    await chain._call("dev_setBlockBuildMode", "manual")
                    head = (await chain.best_head()).number
                    for _ in range(LOOKS):
                        if await database.fetchval(_AT_STAKE, head, head - depth):
                            return
                        await asyncio.sleep(POLL_S)
                    await chain._call("dev_setBlockBuildMode", "instant")
                    await asyncio.sleep(self.random.uniform(POLL_S, 1))

    def summary(self) -> str:
        """Say what went wrong so far, of all that does."""
        by_name = ", ".join(f"{count} {name}" for name, count in self.killed.items())
        lost = sum(not reorg.resubmitted for reorg in self.reorgs)
        blocks = sum(reorg.depth for reorg in self.reorgs)
        said = {
            f"{self.killed.total()} kills ({by_name})": self.killed,
            f"{self.paused.total()} pauses": self.paused,
            f"{self.cut.total()} cuts": self.cut,
            f"{len(self.reorgs)} re-orgs of {blocks} blocks ({lost} lost them)": self.reorgs,
        }
        return ", ".join(text for text, happened in said.items() if happened) or "nothing went wrong"

    def _some_process(self) -> str:
        [name] = self.random.choices(list(self.how_often), weights=list(self.how_often.values()))
        return name

    def _begin(self, fault: Awaitable[None]) -> None:
        task = asyncio.ensure_future(fault)
        self._lasting.add(task)
        task.add_done_callback(self._lasting.discard)


def plan_trouble(*, kills: int, pauses: int, cuts: int, reorgs: int, random: Random) -> list[Fault]:
    """Everything that is to go wrong, well mixed."""
    counts = {Fault.KILL: kills, Fault.PAUSE: pauses, Fault.CUT: cuts, Fault.REORG: reorgs}
    planned = [fault for fault, count in counts.items() for _ in range(count)]
    random.shuffle(planned)
    return planned


def _signal(family: dict[int, str | None], number: signal.Signals) -> None:
    for pid, birth in family.items():
        if birth is not None and birth_of(pid) == birth:
            with suppress(ProcessLookupError):
                os.kill(pid, number)


def _descendants(pid: int) -> set[int]:
    """The children, and theirs; none of a process that has ended."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        with suppress(OSError, ValueError):
            stat = (entry / "stat").read_text()
            parents[int(entry.name)] = int(stat.rpartition(")")[2].split()[1])
    found = {pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {pid}
