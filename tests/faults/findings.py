"""Define what a verdict is made of: events as the chain tells them, and sentences that turned out not to be true."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.chain.client import ChainClient
from descrow.contract.abi import escrow_interface, to_json
from descrow.contract.escrow import EscrowContract
from descrow.contract.models import ChainBlock, Deployment, Finality
from descrow.incidents.models import Case
from descrow.kernel.db import Sessions
from descrow.orders.reconciliation import reconcile

READ_AT_ONCE = 32


@dataclass
class Reported:
    """An event of the contract, read from the chain by the verdict itself."""

    block_number: int
    block_hash: str
    index: int
    name: str
    arguments: dict[str, object]
    extrinsic_hash: str | None

    @property
    def order(self) -> int:
        return int(str(self.arguments.get("order_id", 0)))


@dataclass
class Verdict:
    """Describe what was looked at, and every sentence that should have been true and is not."""

    counts: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    wrong: list[str] = field(default_factory=list)
    left_to_people: list[str] = field(default_factory=list)
    """What only a person can decide, with all that is known about it."""

    def count(self, what: str, number: int) -> None:
        self.counts[what] += number

    def expect(self, what: str, found: object, wanted: object) -> None:
        if found != wanted:
            self.wrong.append(f"{what}: {found!r} instead of {wanted!r}")


async def last_final_block(session: AsyncSession) -> int:
    """Return the number of the newest final block in our log; 0 where there is none."""
    final = select(ChainBlock.number).where(ChainBlock.finality == Finality.FINALIZED)
    return await session.scalar(final.order_by(ChainBlock.number.desc()).limit(1)) or 0


async def open_cases(session: AsyncSession) -> list[Case]:
    return list(await session.scalars(select(Case).where(Case.closed_at.is_(None)).order_by(Case.id)))


async def expect_nothing_to_reconcile(verdict: Verdict, sessions: Sessions, contract: EscrowContract) -> None:
    reconciled = await reconcile(sessions, contract, actor="drill")
    verdict.expect("`admin reconcile`", (reconciled.left, reconciled.repaired), ([], []))
    verdict.count("orders that reconcile compared", reconciled.orders_compared)


async def read_chain(chain: ChainClient, deployment: Deployment, last: int) -> tuple[list[Reported], set[str]]:
    """Every event of our contract up to this block, in order, and the hash of every extrinsic."""
    events: list[Reported] = []
    extrinsics: set[str] = set()
    for start in range(deployment.block_number, last + 1, READ_AT_ONCE):
        numbers = range(start, min(last, start + READ_AT_ONCE - 1) + 1)
        for block in await asyncio.gather(*(chain.block(number) for number in numbers)):
            extrinsics |= set(block.extrinsic_hashes)
            for event in block.events:
                if event.is_contract_event_of(deployment.contract_address):
                    decoded = escrow_interface().decode_event(*event.contract_log())
                    by = None if event.extrinsic_index is None else block.extrinsic_hashes[event.extrinsic_index]
                    arguments = {name: to_json(value) for name, value in decoded.arguments.items()}
                    events.append(Reported(block.number, block.hash, event.index, decoded.name, arguments, by))
    return events, extrinsics


def by_order(events: Iterable[Reported]) -> dict[int, list[Reported]]:
    found: dict[int, list[Reported]] = defaultdict(list)
    for event in events:
        if event.order:
            found[event.order].append(event)
    return found


def differing(here: Sequence[Any], there: Sequence[Any], most: int = 5) -> list[tuple[Any, Any]]:
    """The first places where the two are not the same; empty when they are."""
    longest = max(len(here), len(there))
    pairs = ((_at(here, n), _at(there, n)) for n in range(longest))
    return [pair for pair in pairs if pair[0] != pair[1]][:most]


def _at(items: Sequence[Any], place: int) -> Any:
    return items[place] if place < len(items) else None
