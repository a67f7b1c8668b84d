"""Many payments by M-Pesa while everything breaks, and then the question where every shilling is.

    uv run python -m tests.faults.mpesa_drill --payments 2000 --kills 60 [--seed N]

Every fault of the Daraja simulator strikes at random; API, worker and simulator are killed (-9) meanwhile, PostgreSQL
and Valkey now and then; people pay, pay again, give up, call off, ship, confirm, refund and dispute. Afterwards time is
hurried until nothing moves, and M-Pesa's own books, the chain, the ledger and the rows are held against each other. The
seed, which is printed, decides how orders are to end, which faults strike and who is killed; when that happens to whom
is up to the machine. Ends with 1 and a list when a shilling is lost, doubled or unexplained.
"""

import argparse
import asyncio
import secrets
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import Random

from descrow.app.devstack.daraja.faults import Fault as DarajaFault
from descrow.app.devstack.mpesa import NAME as DARAJA
from descrow.app.devstack.postgres import NAME as POSTGRES
from descrow.app.devstack.valkey import NAME as VALKEY
from descrow.chain.client import ChainClient
from descrow.chain.keys import EvmAddress
from descrow.contract.escrow import get_deployment
from descrow.kernel.db import Sessions, open_engine, sessions_of
from descrow.kernel.logs import configure_logs
from tests.faults.drill import Pace
from tests.faults.environment import RIVAL, FaultEnvironment, open_environment, port_in
from tests.faults.mpesa_rest import come_to_rest, hurry_meanwhile
from tests.faults.mpesa_shoppers import HOW_OFTEN, PhoneCrowd, a_crowd_with_phones
from tests.faults.mpesa_verdict import MoneyVerdict, judge_money
from tests.faults.shoppers import plan_orders
from tests.faults.simulator import Simulator
from tests.faults.trouble import Fault, Trouble

KILLED = {"api": 8, "worker": 8, DARAJA: 8, RIVAL: 2, POSTGRES: 2, VALKEY: 2}
SAY_EVERY_S = 30
HURRY_EVERY_S = 2
MANY_PAYMENTS = 500
"""In a drill of so many every fault has its chance."""
Say = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class MpesaDrill:
    """Describe how much of everything."""

    seed: int
    payments: int
    kills: int = 0
    lanes: int = 100


async def run(drill: MpesaDrill, say: Say) -> MoneyVerdict:
    """Bring everything up, let it happen, and judge. Raises NeverAtRest."""
    random = Random(drill.seed)
    orders = plan_orders(drill.payments, random, HOW_OFTEN)
    began = time.monotonic()
    async with open_environment(finality_lag=0, takes_mpesa=True) as environment, _a_look_behind(environment) as behind:
        people = a_crowd_with_phones(
            shop_url=environment.shop_url,
            chain_url=environment.parts.chain_url,
            contract=await behind.contract(),
            simulator=behind.simulator,
            lanes=min(drill.lanes, drill.payments),
            seed=drill.seed,
        )
        async with people as crowd:
            say(f"up after {time.monotonic() - began:.0f} s; {len(crowd.lanes)} pairs of people begin to trade")
            await behind.simulator.let_phones_answer()
            await behind.simulator.misbehave(drill.seed)
            pace = Pace(drill.payments, drill.kills, drill.lanes)
            trouble = Trouble(environment, random, KILLED)
            async with asyncio.TaskGroup() as tasks:
                meanwhile = [
                    tasks.create_task(_report(crowd, trouble, began, say)),
                    tasks.create_task(hurry_meanwhile(behind.sessions, HURRY_EVERY_S)),
                ]
                trading = tasks.create_task(crowd.trade(orders, pace.order_may_begin))
                await trouble.make([Fault.KILL] * drill.kills, pace.fault_may_happen)
                pace.faults_done = drill.kills
                await trading
                for task in meanwhile:
                    task.cancel()
        say(f"all orders went as far as they go after {time.monotonic() - began:.0f} s; {_summary(trouble)}")
        await come_to_rest(behind.sessions, behind.simulator)
        say(f"nothing moves any more after {time.monotonic() - began:.0f} s")
        verdict = await judge_money(behind.sessions, behind.chain, behind.simulator)
        verdict.expect("orders that got stuck", crowd.stuck, [])
        verdict.expect("orders", len([order for lane in crowd.lanes for order in lane.orders]), drill.payments)
        struck = await behind.simulator.faults_struck()
        if drill.payments >= MANY_PAYMENTS:
            verdict.expect("faults that never struck", [fault.value for fault in DarajaFault if not struck[fault]], [])
        say(f"faults that struck: {_listed({fault.value: struck[fault] for fault in DarajaFault})}")
        say(f"judged after {time.monotonic() - began:.0f} s: {_listed(verdict.counts)}")
        return verdict


@dataclass(frozen=True)
class Behind:
    """The parts themselves, past everything that is on trial."""

    sessions: Sessions
    chain: ChainClient
    simulator: Simulator

    async def contract(self) -> EvmAddress:
        async with self.sessions() as session:
            return EvmAddress((await get_deployment(session)).contract_address)


@asynccontextmanager
async def _a_look_behind(environment: FaultEnvironment) -> AsyncIterator[Behind]:
    engine = open_engine(environment.parts.database_url, pool_size=3)
    chain = ChainClient(environment.parts.chain_url)
    simulator = Simulator(f"http://127.0.0.1:{port_in(environment.below, DARAJA)}")
    try:
        yield Behind(sessions_of(engine), chain, simulator)
    finally:
        await asyncio.gather(engine.dispose(), chain.close(), simulator.close())


async def _report(crowd: PhoneCrowd, trouble: Trouble, began: float, say: Say) -> None:
    while True:
        await asyncio.sleep(SAY_EVERY_S)
        begun = sum(len(lane.orders) for lane in crowd.lanes)
        say(f"{time.monotonic() - began:5.0f} s: {begun} orders begun; {_summary(trouble)}")


def _summary(trouble: Trouble) -> str:
    return f"{trouble.killed.total()} kills ({_listed(trouble.killed)})"


def _listed(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {what}" for what, count in counts.items())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, count in {"payments": 2000, "kills": 60, "lanes": 100}.items():
        parser.add_argument(f"--{name}", type=int, default=count, help=f"default {count}")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6), help="default: another one each time")
    drill = MpesaDrill(**vars(parser.parse_args()))
    configure_logs(log_format="text", level="ERROR", process="drill")
    print(f"seed {drill.seed}: {drill}", flush=True)
    verdict = asyncio.run(run(drill, lambda text: print(text, flush=True)))
    for sentence in verdict.named:
        print(f"FOR A PERSON: {sentence}", flush=True)
    for sentence in verdict.wrong:
        print(f"WRONG: {sentence}", flush=True)
    if verdict.wrong:
        sys.exit(f"{len(verdict.wrong)} things are not as they must be (seed {drill.seed})")
    print("money in = money out + fees + held, in the ledger and in M-Pesa's own books alike", flush=True)


if __name__ == "__main__":
    main()
