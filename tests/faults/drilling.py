"""Run a drill, whichever it is: trade and trouble side by side, lines of progress, and the command."""

import argparse
import asyncio
import secrets
import sys
import time
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

from descrow.kernel.logs import configure_logs
from tests.faults.crowd import Crowd, Lane, PlannedOrder
from tests.faults.findings import Verdict
from tests.faults.trouble import Fault, Trouble

SAY_EVERY_S = 30
POLL_S = 0.1
Say = Callable[[str], None]
DrillT = TypeVar("DrillT")
LaneT = TypeVar("LaneT", bound=Lane)


@dataclass
class Progress:
    """Says how far the drill is, and after how many seconds."""

    say: Say
    began: float = field(default_factory=time.monotonic)

    @property
    def seconds(self) -> str:
        return f"{time.monotonic() - self.began:.0f} s"

    async def report(self, crowd: Crowd[LaneT], trouble: Trouble) -> None:
        """Say now and then how much has begun and what has gone wrong, for ever."""
        while True:
            await asyncio.sleep(SAY_EVERY_S)
            self.say(f"{self.seconds}: {crowd.orders_begun} orders begun; {trouble.summary()}")


@dataclass
class Pace:
    """Keeps trade and trouble side by side, so that neither is over long before the other."""

    orders: int
    faults: int
    lanes: int
    orders_begun: int = 0
    faults_done: int = 0

    async def order_may_begin(self, number: int) -> None:
        while number - self.lanes > self.orders * self.faults_done / max(1, self.faults):
            await asyncio.sleep(POLL_S)
        self.orders_begun += 1

    async def fault_may_happen(self, number: int) -> None:
        self.faults_done = number
        while number > self.faults * self.orders_begun / self.orders:
            await asyncio.sleep(POLL_S)


async def trade_amid_trouble(
    crowd: Crowd[LaneT],
    orders: list[PlannedOrder],
    trouble: Trouble,
    faults: list[Fault],
    *,
    lanes: int,
    progress: Progress,
    meanwhile: Coroutine[None, None, None] | None = None,
) -> None:
    """Let people trade while things break, until all orders have gone as far as they go."""
    pace = Pace(len(orders), len(faults), lanes)
    async with asyncio.TaskGroup() as tasks:
        beside = [tasks.create_task(progress.report(crowd, trouble))]
        if meanwhile is not None:
            beside.append(tasks.create_task(meanwhile))
        trading = tasks.create_task(crowd.trade(orders, pace.order_may_begin))
        await trouble.make(faults, pace.fault_may_happen)
        pace.faults_done = len(faults)
        await trading
        for task in beside:
            task.cancel()


def listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {what}" for what, count in counts.items())


class Amount(NamedTuple):
    """Describe how much of something a drill has, as an option of its command."""

    default: int
    meaning: str


def carry_out(
    run: Callable[[DrillT, Say], Coroutine[None, None, Verdict]],
    drill_of: Callable[..., DrillT],
    amounts: dict[str, Amount],
    *,
    description: str | None,
    log_level: str,
    all_is_well: str,
) -> None:
    """Run a drill as the command line asks. Ends with 1 and a list when anything is not as it must be."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, amount in amounts.items():
        parser.add_argument(
            f"--{name}", type=int, default=amount.default, help=f"{amount.meaning} (default {amount.default})"
        )
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6), help="default: another one each time")
    arguments = parser.parse_args()
    drill = drill_of(**vars(arguments))
    configure_logs(log_format="text", level=log_level, process="drill")
    print(f"seed {arguments.seed}: {drill}", flush=True)
    verdict = asyncio.run(run(drill, lambda text: print(text, flush=True)))
    for sentence in verdict.left_to_people:
        print(f"FOR A PERSON: {sentence}", flush=True)
    for sentence in verdict.wrong:
        print(f"WRONG: {sentence}", flush=True)
    if verdict.wrong:
        sys.exit(f"{len(verdict.wrong)} things are not as they must be (seed {arguments.seed})")
    print(all_is_well, flush=True)
