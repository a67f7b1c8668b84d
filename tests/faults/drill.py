"""Many orders while everything breaks, and then the question whether the chain and we tell one story.

    uv run python -m tests.faults.drill --orders 300 --kills 200 --pauses 20 --cuts 20 --reorgs 50 [--seed N]

Processes are killed (-9) or stand still, lines are cut or jammed, the chain goes back up to ten blocks and drops what
was in them; meanwhile people trade, listen, and never give up. Afterwards every order, event, queued call, credit and
feed is compared with the chain. The seed, which is printed, decides how orders end, what breaks, and for how long; when
that happens to whom is up to the machine. Ends with 1 and a list when anything is not as it must be.
"""

from dataclasses import dataclass
from random import Random

from tests.faults.crowd import plan_orders
from tests.faults.drilling import Amount, Progress, Say, carry_out, listed, trade_amid_trouble
from tests.faults.environment import direct_access, open_environment
from tests.faults.findings import Verdict
from tests.faults.shoppers import HOW_OFTEN, a_crowd
from tests.faults.trouble import BETWEEN_S, DEEPEST_REORG, Trouble, plan_trouble
from tests.faults.verdict import judge

AMOUNTS = {
    "orders": Amount(300, "made, moved and ended"),
    "kills": Amount(200, "kill -9 of some process"),
    "pauses": Amount(20, "a process stands still for a while"),
    "cuts": Amount(20, "a line breaks, or falls silent, for a while"),
    "reorgs": Amount(50, "the chain takes blocks back"),
    "deepest": Amount(DEEPEST_REORG, "blocks that it takes back at most"),
    "lanes": Amount(16, "pairs of people who trade at once"),
}


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


async def run(drill: Drill, say: Say) -> Verdict:
    """Bring everything up, let it happen, and judge. Raises OrderStuck, or TimeoutError when there is no rest."""
    random = Random(drill.seed)
    orders = plan_orders(drill.orders, random, HOW_OFTEN)
    faults = plan_trouble(kills=drill.kills, pauses=drill.pauses, cuts=drill.cuts, reorgs=drill.reorgs, random=random)
    progress = Progress(say)
    async with open_environment(finality_lag=drill.deepest + 2) as environment:
        async with direct_access(environment) as direct:
            contract = (await direct.contract()).address
        people = a_crowd(
            shop_url=environment.shop_url,
            chain_url=environment.parts.chain_url,
            contract=contract,
            lanes=min(drill.lanes, drill.orders),
            seed=drill.seed,
        )
        async with people as crowd:
            say(f"up after {progress.seconds}; {len(crowd.people)} people begin to trade")
            trouble = Trouble(environment, random, deepest=drill.deepest, between_s=drill.between_s)
            await trade_amid_trouble(crowd, orders, trouble, faults, lanes=drill.lanes, progress=progress)
            say(f"all orders have ended after {progress.seconds}; {trouble.summary()}")
            async with direct_access(environment) as direct:
                verdict = await judge(direct, crowd, trouble.reorgs)
            say(f"judged after {progress.seconds}: {listed(verdict.counts)}")
            return verdict


if __name__ == "__main__":
    carry_out(
        run,
        Drill,
        AMOUNTS,
        description=__doc__,
        log_level="CRITICAL",  # that connections break is no news here
        all_is_well="every order, event, call, credit and feed is what the chain says",
    )
