"""Many orders while everything breaks, and then the question whether the chain and we tell one story.

    uv run python -m tests.faults.drill --orders 300 --kills 200 --pauses 20 --cuts 20 --reorgs 50 [--seed N]

Processes are killed (-9) or stand still, lines are cut or jammed, the chain goes back up to ten blocks and drops what
was in them; meanwhile people trade, listen, and never give up. Afterwards every order, event, queued call, credit and
feed is compared with the chain. The seed, which is printed, decides how orders end, what breaks, and for how long; when
that happens to whom is up to the machine. Ends with 1 and a list when anything is not as it must be.
"""

import argparse
import asyncio
import secrets
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

import asyncpg

from descrow.chain.keys import EvmAddress
from descrow.kernel.logs import configure_logs
from tests.faults.environment import FaultEnvironment, open_environment
from tests.faults.findings import Verdict
from tests.faults.shoppers import Crowd, a_crowd, plan_orders
from tests.faults.trouble import BETWEEN_S, DEEPEST_REORG, Trouble, plan_trouble
from tests.faults.verdict import judge

SAY_EVERY_S = 30
POLL_S = 0.1
Say = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Drill:
    """Describe how much of everything."""

    seed: int
    orders: int
    kills: int = 0
    pauses: int = 0
    cuts: int = 0
    reorgs: int = 0
    deepest: int = DEEPEST_REORG
    lanes: int = 16
    between_s: float = BETWEEN_S

    @property
    def faults(self) -> int:
        return self.kills + self.pauses + self.cuts + self.reorgs


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


async def run(drill: Drill, say: Say) -> Verdict:
    """Bring everything up, let it happen, and judge. Raises OrderStuck, or TimeoutError when there is no rest."""
    random = Random(drill.seed)
    orders = plan_orders(drill.orders, random)
    faults = plan_trouble(kills=drill.kills, pauses=drill.pauses, cuts=drill.cuts, reorgs=drill.reorgs, random=random)
    began = time.monotonic()
    async with open_environment(finality_lag=drill.deepest + 2) as environment:
        people = a_crowd(
            shop_url=environment.shop_url,
            chain_url=environment.parts.chain_url,
            contract=await _contract(environment),
            lanes=min(drill.lanes, drill.orders),
            seed=drill.seed,
        )
        async with people as crowd:
            say(f"up after {time.monotonic() - began:.0f} s; {len(crowd.people)} people begin to trade")
            pace = Pace(drill.orders, drill.faults, drill.lanes)
            trouble = Trouble(environment, random, deepest=drill.deepest, between_s=drill.between_s)
            async with asyncio.TaskGroup() as tasks:
                telling = tasks.create_task(_report(crowd, trouble, began, say))
                trading = tasks.create_task(crowd.trade(orders, pace.order_may_begin))
                await trouble.make(faults, pace.fault_may_happen)
                pace.faults_done = drill.faults
                await trading
                telling.cancel()
            say(f"all orders have ended after {time.monotonic() - began:.0f} s; {_summary(trouble)}")
            verdict = await judge(environment, crowd, trouble.reorgs)
            say(f"judged after {time.monotonic() - began:.0f} s: {_listed(verdict.counts)}")
            return verdict


async def _contract(environment: FaultEnvironment) -> EvmAddress:
    connection = await asyncpg.connect(environment.parts.database_url)
    try:
        return EvmAddress(await connection.fetchval("SELECT contract_address FROM deployments"))
    finally:
        await connection.close()


async def _report(crowd: Crowd, trouble: Trouble, began: float, say: Say) -> None:
    while True:
        await asyncio.sleep(SAY_EVERY_S)
        begun = sum(len(lane.orders) for lane in crowd.lanes)
        say(f"{time.monotonic() - began:5.0f} s: {begun} orders begun; {_summary(trouble)}")


def _summary(trouble: Trouble) -> str:
    kills = f"{trouble.killed.total()} kills ({_listed(trouble.killed)})"
    lost = sum(not reorg.resubmitted for reorg in trouble.reorgs)
    reorgs = (
        f"{len(trouble.reorgs)} re-orgs of {sum(reorg.depth for reorg in trouble.reorgs)} blocks ({lost} lost them)"
    )
    return f"{kills}, {trouble.paused.total()} pauses, {trouble.cut.total()} cuts, {reorgs}"


def _listed(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {what}" for what, count in counts.items())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, count, meaning in (
        ("orders", 300, "made, moved and ended"),
        ("kills", 200, "kill -9 of some process"),
        ("pauses", 20, "a process stands still for a while"),
        ("cuts", 20, "a line breaks, or falls silent, for a while"),
        ("reorgs", 50, "the chain takes blocks back"),
        ("deepest", DEEPEST_REORG, "blocks that it takes back at most"),
        ("lanes", 16, "pairs of people who trade at once"),
    ):
        parser.add_argument(f"--{name}", type=int, default=count, help=f"{meaning} ({count})")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6), help="default: another one each time")
    drill = Drill(**vars(parser.parse_args()))
    configure_logs(log_format="text", level="CRITICAL", process="drill")  # that connections break is no news here
    print(f"seed {drill.seed}: {drill}", flush=True)
    verdict = asyncio.run(run(drill, lambda text: print(text, flush=True)))
    for sentence in verdict.wrong:
        print(f"WRONG: {sentence}", flush=True)
    if verdict.wrong:
        sys.exit(f"{len(verdict.wrong)} things are not as they must be (seed {drill.seed})")
    print("every order, event, call, credit and feed is what the chain says", flush=True)


if __name__ == "__main__":
    main()
