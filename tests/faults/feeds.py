"""Define what people were told during a drill, beside what happened."""

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.accounts.models import Account
from descrow.app.demo.shop_client import ShopClient
from descrow.chain.client import ChainClient
from descrow.contract.models import ChainBlock, ChainEvent, Finality
from descrow.feed.models import FeedEntry
from descrow.kernel.texts import said_in
from descrow.kernel.texts.languages import Language
from descrow.orders.models import Order
from descrow.orders.transitions import STATUS_AFTER_EVENT
from tests.faults.crowd import PlannedOrder
from tests.faults.findings import Reported, Verdict, by_order, differing
from tests.faults.shoppers import WAYS, DotCrowd
from tests.faults.trouble import Reorg


async def judge_feeds(session: AsyncSession, verdict: Verdict, crowd: DotCrowd, events: Sequence[Reported]) -> None:
    """Each feed has no gap and tells each fact once, in order; and its browser has heard all of it, once."""
    final = {event.block_hash for event in events}
    payouts = by_order(event for event in events if event.name in ("PaidOut", "Credited"))
    numbers = {order.id: order.contract_order_id or 0 for order in await session.scalars(select(Order))}
    for lane in crowd.lanes:
        for person in (lane.buyer, lane.seller):
            account = (await session.scalars(select(Account).where(Account.address == person.key.address))).one()
            entries = await _feed_of(session, account)
            name = f"feed of {account.address}"
            verdict.count("feed entries", len(entries))
            verdict.expect(name, [entry.number for entry in entries], list(range(1, account.last_feed_number + 1)))
            _judge_what_was_received(verdict, f"{name}, as heard", person, entries)
            for order in lane.orders:
                paid = [
                    event
                    for event in payouts[numbers.get(order.order_id or 0, 0)]
                    if event.arguments["payee"] == account.evm_address
                ]
                of_order = [entry for entry in entries if entry.payload["orderId"] == order.order_id]
                _judge_order(verdict, f"{name}, order {order.order_id}", order, of_order, paid, final)


async def _feed_of(session: AsyncSession, account: Account) -> Sequence[FeedEntry]:
    rows = await session.scalars(select(FeedEntry).where(FeedEntry.account_id == account.id).order_by(FeedEntry.number))
    return rows.all()


def _judge_what_was_received(verdict: Verdict, name: str, person: ShopClient, entries: Sequence[FeedEntry]) -> None:
    reported = [
        said_in(entry.payload, Language.ENGLISH) | {"feedNumber": entry.number, "event": entry.name}
        for entry in entries
    ]
    verdict.expect(name, differing(person.received, reported), [])


def _judge_order(
    verdict: Verdict,
    name: str,
    order: PlannedOrder,
    entries: Sequence[FeedEntry],
    paid: Sequence[Reported],
    final: Collection[str],
) -> None:
    expected = [entry.payload["status"] for entry in entries if entry.name == "orderUpdate"]
    verdict.expect(f"{name}, facts", expected, list(WAYS[order.end]))
    payouts = [entry.payload for entry in entries if entry.name == "payout"]
    verdict.expect(
        f"{name}, payouts",
        [(payout["blockNumber"], payout["extrinsicHash"]) for payout in payouts],
        [(event.block_number, event.extrinsic_hash) for event in paid],
    )
    reported: dict[tuple[object, object], list[str]] = defaultdict(list)
    for entry in entries:
        if entry.name in ("orderConfirming", "orderRetracted"):
            reported[entry.payload["blockHash"], entry.payload["status"]].append(entry.name)
    for (block_hash, status), messages in reported.items():
        stands = block_hash in final
        promised_and_taken_back = [("orderConfirming", "orderRetracted")[n % 2] for n in range(len(messages))]
        verdict.expect(f"{name}, news that it is {status} in {block_hash}", messages, promised_and_taken_back)
        verdict.expect(
            f"{name}, {status} in {block_hash} promised in the end", messages[-1] == "orderConfirming", stands
        )


async def judge_reorgs(session: AsyncSession, verdict: Verdict, chain: ChainClient, reorgs: Sequence[Reorg]) -> None:
    """Judge re-organisations: reverted blocks are orphaned, and both parties are told of each undone step.

    Once at least: while nobody follows, the chain may go back twice, and our log has the same blocks both times; and a
    node that is killed may forget that it went back. That each promise was taken back, and just once, is judged with
    the feeds.
    """
    lost = set()
    for block_hash in sorted({block_hash for reorg in reorgs for block_hash in reorg.logged}):
        block = await session.get_one(ChainBlock, block_hash)
        is_there_again = await chain.block_hash(block.number) == block_hash
        wanted = Finality.FINALIZED if is_there_again else Finality.ORPHANED
        verdict.expect(f"standing of {block_hash}, which the chain took back", block.finality, wanted)
        if not is_there_again:
            lost.add(block_hash)
    steps = await session.scalars(
        select(ChainEvent).where(ChainEvent.block_hash.in_(lost), ChainEvent.name.in_(STATUS_AFTER_EVENT))
    )
    undone: Counter[tuple[object, object, object]] = Counter(
        {(step.block_hash, step.extrinsic_hash, STATUS_AFTER_EVENT[step.name]): 2 for step in steps}
    )  # both parties hear of it
    retracted = await session.scalars(select(FeedEntry).where(FeedEntry.name == "orderRetracted"))
    reported = Counter(
        (entry.payload["blockHash"], entry.payload["extrinsicHash"], entry.payload["status"]) for entry in retracted
    )
    verdict.expect("steps taken back without a word", undone - reported, Counter())
    abandoned = await session.scalars(select(ChainBlock.hash).where(ChainBlock.finality == Finality.ORPHANED))
    verdict.count("blocks given up", len(abandoned.all()))
    verdict.count("retractions heard", reported.total())
