"""Many payments by M-Pesa while everything breaks, and then the question where every shilling is.

    uv run python -m tests.faults.mpesa_drill --payments 2000 --kills 60 [--seed N]

Every fault of the Daraja simulator strikes at random, and it finds other words for the same facts each time. API,
worker and simulator are killed (-9) meanwhile, PostgreSQL and Valkey now and then. People pay, by a prompt or at the
paybill with slips of the finger, pay again, give up, call off, ship, confirm, refund and dispute. Afterwards time is
hurried until nothing moves, and M-Pesa's own books, the chain, the ledger and the rows are held against each other.
The seed, which is printed, decides how orders are to end, which faults strike and who is killed; when that happens to
whom is up to the machine. Ends with 1 and a list when a shilling is lost, doubled or unexplained, or when a payment
was left without an end and without a case for longer than an hour, hurried time included.
"""

from dataclasses import dataclass
from random import Random

from descrow.app.devstack.daraja.faults import Fault as DarajaFault
from descrow.app.devstack.mpesa import NAME as DARAJA
from descrow.app.devstack.postgres import NAME as POSTGRES
from descrow.app.devstack.valkey import NAME as VALKEY
from tests.faults.crowd import plan_orders
from tests.faults.drilling import Amount, Progress, Say, carry_out, listed, trade_amid_trouble
from tests.faults.environment import RIVAL, direct_access, open_environment
from tests.faults.findings import Verdict
from tests.faults.mpesa_rest import come_to_rest, hurry_meanwhile
from tests.faults.mpesa_shoppers import HOW_OFTEN, a_crowd_with_phones
from tests.faults.mpesa_verdict import judge_money
from tests.faults.simulator import simulator_in
from tests.faults.trouble import Fault, Trouble

KILLED = {"api": 8, "worker": 8, DARAJA: 8, RIVAL: 2, POSTGRES: 2, VALKEY: 2}
HURRY_EVERY_S = 2
MANY_PAYMENTS = 500
"""In a drill of so many every fault has its chance."""

AMOUNTS = {
    "payments": Amount(2000, "orders to be paid by M-Pesa"),
    "kills": Amount(60, "kill -9 of some process"),
    "lanes": Amount(100, "pairs of people who trade at once"),
}


@dataclass(frozen=True, kw_only=True)
class MpesaDrill:
    """Describe how much of everything."""

    seed: int
    payments: int
    kills: int = 0
    lanes: int = 100


async def run(drill: MpesaDrill, say: Say) -> Verdict:
    """Bring everything up, let it happen, and judge. Raises NeverAtRest."""
    random = Random(drill.seed)
    orders = plan_orders(drill.payments, random, HOW_OFTEN)
    faults = [Fault.KILL] * drill.kills
    progress = Progress(say)
    async with (
        open_environment(finality_lag=0, takes_mpesa=True) as environment,
        direct_access(environment) as direct,
        simulator_in(environment.below) as simulator,
    ):
        people = a_crowd_with_phones(
            shop_url=environment.shop_url,
            chain_url=environment.parts.chain_url,
            contract=(await direct.contract()).address,
            simulator=simulator,
            lanes=min(drill.lanes, drill.payments),
            seed=drill.seed,
        )
        async with people as crowd:
            say(f"up after {progress.seconds}; {len(crowd.lanes)} pairs of people begin to trade")
            await simulator.let_phones_answer()
            await simulator.misbehave(drill.seed)
            trouble = Trouble(environment, random, KILLED)
            hurrying = hurry_meanwhile(direct.sessions, HURRY_EVERY_S)
            await trade_amid_trouble(
                crowd, orders, trouble, faults, lanes=drill.lanes, progress=progress, meanwhile=hurrying
            )
        say(f"all orders went as far as they go after {progress.seconds}; {trouble.summary()}")
        await come_to_rest(direct.sessions, simulator)
        say(f"nothing moves any more after {progress.seconds}")
        verdict = await judge_money(direct, simulator)
        verdict.expect("orders that got stuck", crowd.stuck, [])
        verdict.expect("orders", crowd.orders_begun, drill.payments)
        struck = await simulator.faults_struck()
        if drill.payments >= MANY_PAYMENTS:
            verdict.expect("faults that never struck", [fault.value for fault in DarajaFault if not struck[fault]], [])
        say(f"faults that struck: {listed({fault.value: struck[fault] for fault in DarajaFault})}")
        say(f"judged after {progress.seconds}: {listed(verdict.counts)}")
        return verdict


if __name__ == "__main__":
    carry_out(
        run,
        MpesaDrill,
        AMOUNTS,
        description=__doc__,
        log_level="ERROR",
        all_is_well="money in = money out + fees + held, in the ledger and in M-Pesa's own books alike",
    )
