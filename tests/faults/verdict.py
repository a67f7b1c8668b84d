"""After a drill: what the chain says, and everything of ours beside it.

The chain is read block by block, past everything that was tried by the drill, and past the code that is on trial where
that is possible. The house's own tools have to find nothing either.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.accounts.models import Account
from descrow.app.devstack.roles import development_roles
from descrow.catalog.models import Product
from descrow.chain.client import ChainClient
from descrow.chain.keys import EvmAddress
from descrow.contract.escrow import EscrowContract
from descrow.contract.models import (
    CallStatus,
    ChainBlock,
    ChainEvent,
    ChainTransaction,
    ContractCall,
    Deployment,
    Finality,
    TransactionStatus,
)
from descrow.incidents.models import AuditEntry
from descrow.kernel.db import Sessions
from descrow.kernel.money import fee_of, wei_from_planck
from descrow.operations.replay import replay
from descrow.orders.models import Order, OrderTransition, ReconciliationRun
from descrow.orders.rebuild import rebuild
from descrow.orders.service import reference_word
from descrow.orders.transitions import ENDS_WITHOUT_SALE, STATUS_AFTER_EVENT
from tests.faults.crowd import STOCK
from tests.faults.environment import DirectAccess
from tests.faults.feeds import judge_feeds, judge_reorgs
from tests.faults.findings import (
    Reported,
    Verdict,
    by_order,
    differing,
    expect_nothing_to_reconcile,
    last_final_block,
    open_cases,
    read_chain,
)
from tests.faults.shoppers import PRICE, WAYS, DotCrowd
from tests.faults.trouble import Reorg

CALM_TIMEOUT_S = 180
POLL_S = 0.2


@dataclass
class Judge:
    """Both sides: the chain as it is, the rows as they are."""

    chain: ChainClient
    sessions: Sessions
    deployment: Deployment
    crowd: DotCrowd
    reorgs: Sequence[Reorg]
    verdict: Verdict = field(default_factory=Verdict)

    @property
    def contract(self) -> EscrowContract:
        return EscrowContract(self.chain, EvmAddress(self.deployment.contract_address))

    async def judge(self) -> Verdict:
        await self._until_it_is_calm()
        last = await self._logged_to()
        events, extrinsics = await read_chain(self.chain, self.deployment, last)
        self.verdict.count("blocks", last - self.deployment.block_number + 1)
        self.verdict.count("events", len(events))
        async with self.sessions() as session:
            await self._judge_log(session, events, last)
            await self._judge_orders(session, events)
            await self._judge_queue(session, events, extrinsics)
            await judge_feeds(session, self.verdict, self.crowd, events)
            await judge_reorgs(session, self.verdict, self.chain, self.reorgs)
            await self._judge_quiet(session)
        await self._judge_money(events)
        await self._ask_the_tools()
        return self.verdict

    # --- the chain ---

    async def _until_it_is_calm(self) -> None:
        """All that happened is final, logged and applied, and everybody has heard of it. Raises TimeoutError."""
        newest = (await self.chain.best_head()).number
        async with asyncio.timeout(CALM_TIMEOUT_S):
            while await self._logged_to() < newest or await self._waits():
                await asyncio.sleep(POLL_S)
            for person in self.crowd.people:
                while not person.received or person.received[-1]["feedNumber"] < await self._newest_entry(
                    person.key.address
                ):
                    await person.wait_for_events()

    async def _logged_to(self) -> int:
        async with self.sessions() as session:
            return await last_final_block(session)

    async def _waits(self) -> bool:
        """Return whether a call is on its way to the chain, or an event to its order."""
        call = select(ContractCall.id).where(ContractCall.status.in_((CallStatus.QUEUED, CallStatus.SIGNED)))
        event = select(ChainEvent.event_index).where(
            ChainEvent.finality != Finality.ORPHANED,
            ChainEvent.applied_at.is_(None),
            ChainEvent.contract_order_id.is_not(None),
        )
        async with self.sessions() as session:
            return bool(await session.scalar(select(exists(call) | exists(event))))

    async def _newest_entry(self, address: str) -> int:
        async with self.sessions() as session:
            return await session.scalar(select(Account.last_feed_number).where(Account.address == address)) or 0

    # --- the rows beside it ---

    async def _judge_log(self, session: AsyncSession, events: list[Reported], last: int) -> None:
        """Every event is in the log once, in its place, and nothing else is."""
        rows = await session.scalars(
            select(ChainEvent)
            .where(ChainEvent.finality == Finality.FINALIZED, ChainEvent.block_number <= last)
            .order_by(ChainEvent.block_number, ChainEvent.event_index)
        )
        logged = [
            Reported(row.block_number, row.block_hash, row.event_index, row.name, row.arguments, row.extrinsic_hash)
            for row in rows
        ]
        self.verdict.expect("events in the log", differing(logged, events), [])
        heights = (
            await session.scalars(
                select(ChainBlock.number).where(ChainBlock.finality == Finality.FINALIZED, ChainBlock.number <= last)
            )
        ).all()
        self.verdict.expect("heights in the log", sorted(heights), list(range(self.deployment.block_number, last + 1)))

    async def _judge_orders(self, session: AsyncSession, events: list[Reported]) -> None:
        """Each order ended as planned, on the chain, in its row and in its trail, and there is no other."""
        orders = {order.id: order for order in await session.scalars(select(Order))}
        planned = {order.order_id: order for lane in self.crowd.lanes for order in lane.orders}
        self.verdict.expect("orders", set(orders), set(planned))
        self.verdict.count("orders", len(planned))
        created = Counter(str(event.arguments["reference"]) for event in events if event.name == "OrderCreated")
        ours = {"0x" + reference_word(order.reference).hex(): 1 for order in orders.values()}
        self.verdict.expect("creations of each order on the chain", created, Counter(ours))
        steps = by_order(event for event in events if event.name in STATUS_AFTER_EVENT)
        for order_id, plan in planned.items():
            if order_id not in orders:
                continue
            order, way = orders[order_id], list(WAYS[plan.end])
            timeline = await session.scalars(
                select(OrderTransition.status_after)
                .where(OrderTransition.order_id == order_id)
                .order_by(OrderTransition.id)
            )
            name = f"order {order_id}"
            self.verdict.expect(f"{name}'s row", order.status, plan.end)
            self.verdict.expect(f"{name}'s trail", list(timeline), way)
            on_chain = [STATUS_AFTER_EVENT[event.name] for event in steps[order.contract_order_id or 0]]
            self.verdict.expect(f"{name} on the chain", on_chain, way)
        for lane in self.crowd.lanes:
            stock = await session.scalar(select(Product.stock).where(Product.id == lane.product_id))
            sold = sum(order.end not in ENDS_WITHOUT_SALE for order in lane.orders)
            self.verdict.expect(f"stock of product {lane.product_id}", stock, STOCK - sold)

    async def _judge_queue(self, session: AsyncSession, events: list[Reported], extrinsics: set[str]) -> None:
        """Every queued call took effect, in a transaction that the chain holds, and no other transaction counts."""
        calls = (await session.scalars(select(ContractCall))).all()
        transactions = {row.id: row for row in await session.scalars(select(ChainTransaction))}
        self.verdict.count("queued calls", len(calls))
        self.verdict.count("transactions signed for them", len(transactions))
        self.verdict.expect("statuses of calls", {call.status for call in calls}, {CallStatus.SUCCEEDED})
        by_hash = Counter(event.extrinsic_hash for event in events if event.name == "OrderCreated")
        tied = Counter(transactions[call.transaction_id or 0].hash for call in calls if call.transaction_id)
        self.verdict.expect("calls in each transaction", tied, by_hash)
        for transaction in transactions.values():
            is_final = transaction.status is TransactionStatus.FINALIZED
            is_there = transaction.hash in extrinsics
            self.verdict.expect(f"transaction {transaction.hash} on the chain", is_there, is_final)

    async def _judge_quiet(self, session: AsyncSession) -> None:
        """Nobody had to mend anything, and nothing waits for a person."""
        runs = (await session.scalars(select(ReconciliationRun))).all()
        self.verdict.count("comparisons meanwhile", len(runs))
        self.verdict.expect("orders mended meanwhile", sum(run.orders_repaired for run in runs), 0)
        self.verdict.expect("differences meanwhile", [run.differences for run in runs if run.differences], [])
        acts = await session.scalars(select(AuditEntry).where(AuditEntry.action != "give role"))  # as `up` does
        self.verdict.expect("acts of the reconciler", [entry.subject for entry in acts], [])
        cases = [(case.kind, case.subject, case.details) for case in await open_cases(session)]
        self.verdict.expect("open cases", cases, [])

    # --- money ---

    async def _judge_money(self, events: list[Reported]) -> None:
        """Judge the money: what came into each order went out to the right payee, and credits equal the contract's."""
        amount = wei_from_planck(PRICE)
        fee = wei_from_planck(fee_of(PRICE, fee_bps=self.deployment.fee_bps))
        treasury = development_roles().treasury
        for order_events in by_order(events).values():
            names = [event.name for event in order_events]
            paid_in = amount if "OrderFunded" in names else 0
            out = [event for event in order_events if event.name in ("PaidOut", "Credited")]
            paid_out = sum(_amount(event) for event in out)
            self.verdict.expect(f"money of contract order {order_events[0].order}", paid_out, paid_in)
            if "OrderDelivered" in names:
                of_treasury = sum(_amount(event) for event in out if event.arguments["payee"] == treasury)
                self.verdict.expect(f"fee of contract order {order_events[0].order}", of_treasury, fee)
        owed: Counter[str] = Counter()
        for event in events:
            if event.name in ("Credited", "Withdrawn"):
                owed[str(event.arguments["payee"])] += _amount(event) if event.name == "Credited" else -_amount(event)
        people = {person.key.evm_address for person in self.crowd.people} | {treasury}
        for payee in people | set(owed):
            held = await self.contract.read("credit_of", payee)
            self.verdict.expect(f"credit of {payee}", held, owed[payee])
        self.verdict.count("credits", len(+owed))

    # --- the house's own tools ---

    async def _ask_the_tools(self) -> None:
        replayed = await replay(self.sessions, self.chain, self.deployment, first=0)
        self.verdict.expect("`admin replay`", replayed.differences, [])
        rebuilt = await rebuild(self.sessions)
        self.verdict.expect("`admin rebuild`", (rebuilt.differences, rebuilt.pending), ([], 0))
        await expect_nothing_to_reconcile(self.verdict, self.sessions, self.contract)


async def judge(direct: DirectAccess, crowd: DotCrowd, reorgs: Sequence[Reorg]) -> Verdict:
    """Compare everything with the chain. Raises TimeoutError when the stack does not come to rest."""
    return await Judge(direct.chain, direct.sessions, await direct.deployment(), crowd, reorgs).judge()


def _amount(event: Reported) -> int:
    return int(str(event.arguments["amount"]))
