"""Keep the CIDs of files that parties name for an order, as they gave them.

The chain keeps a digest of 32 bytes. It does not say how the file is laid out: a file of more than 256 KiB has a CID
that nobody can make from the digest alone.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import ForeignKey, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from descrow.content.cids import Cid, Codec
from descrow.content.models import Content
from descrow.contract.cids import digest_of_cid
from descrow.contract.models import ChainEvent
from descrow.kernel.db import Base
from descrow.orders.models import Order
from descrow.orders.settlements import ON_CHAIN

MOST_FILES = 2_000
"""Of one order. More are not kept; the chain keeps the digests that count."""
NO_FILE = "0x" + "00" * 32
"""How an event says that no file was named."""
_EVENTS = ("OrderDisputed", "EvidenceAdded")


class NamedFile(Base):
    """A file that somebody named for an order: with a call, or by showing it as evidence."""

    __tablename__ = "named_files"

    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), primary_key=True)
    digest: Mapped[bytes] = mapped_column(primary_key=True)
    """As the chain keeps it."""
    cid: Mapped[str]


@dataclass(frozen=True)
class OrderFiles:
    """Name the files that the chain has of an order, without those that nobody has named or uploaded here."""

    tracking_cid: str | None = None
    evidence_cids: tuple[str, ...] = ()


async def name_file(session: AsyncSession, order_id: int, cid: str) -> None:
    """Keep the CID for the order. A repeat changes nothing. Raises CidNotValid."""
    digest = digest_of_cid(cid)
    count = await session.scalar(select(func.count()).select_from(NamedFile).where(NamedFile.order_id == order_id))
    if (count or 0) < MOST_FILES:
        row = insert(NamedFile).values(order_id=order_id, digest=digest, cid=cid)
        await session.execute(row.on_conflict_do_nothing())


async def files_of(session: AsyncSession, orders: Sequence[Order]) -> dict[int, OrderFiles]:
    """Return the files of each order, by our id; evidence in the order in which the chain has it."""
    evidence = await _evidence_of(session, orders)
    tracking = {order.id: order.tracking for order in orders if order.tracking not in (None, NO_FILE)}
    wanted = {(order_id, digest) for order_id, digests in evidence.items() for digest in digests}
    wanted |= {(order_id, str(digest)) for order_id, digest in tracking.items()}
    cids = await cids_of(session, wanted)
    return {
        order.id: OrderFiles(
            tracking_cid=cids.get((order.id, str(tracking.get(order.id)))),
            evidence_cids=tuple(
                cids[order.id, digest] for digest in evidence.get(order.id, ()) if (order.id, digest) in cids
            ),
        )
        for order in orders
    }


async def cids_of(session: AsyncSession, wanted: Collection[tuple[int, str]]) -> dict[tuple[int, str], str]:
    """Return the CIDs of files by order and digest (0x and 64 digits): as named, else as they are kept here."""
    if not wanted:
        return {}
    rows = await session.scalars(select(NamedFile).where(NamedFile.order_id.in_({order_id for order_id, _ in wanted})))
    named = {(row.order_id, "0x" + row.digest.hex()): row.cid for row in rows}
    missing = {digest for order_id, digest in wanted if (order_id, digest) not in named}
    uploaded = await _uploaded(session, missing) if missing else {}
    found = {(order_id, digest): named.get((order_id, digest)) or uploaded.get(digest) for order_id, digest in wanted}
    return {key: cid for key, cid in found.items() if cid is not None}


async def _uploaded(session: AsyncSession, digests: Collection[str]) -> dict[str, str]:
    """Return which of them are files that this shop serves: only one of the two layouts can be one."""
    candidates = {
        str(Cid(codec, bytes.fromhex(digest.removeprefix("0x")))): digest for digest in digests for codec in Codec
    }
    return {
        candidates[cid]: cid for cid in await session.scalars(select(Content.cid).where(Content.cid.in_(candidates)))
    }


async def _evidence_of(session: AsyncSession, orders: Sequence[Order]) -> dict[int, list[str]]:
    numbers = {order.contract_order_id: order.id for order in orders if order.disputed_at is not None}
    if not numbers:
        return {}
    events = await session.scalars(
        select(ChainEvent)
        .where(*ON_CHAIN, ChainEvent.contract_order_id.in_(numbers), ChainEvent.name.in_(_EVENTS))
        .order_by(ChainEvent.block_number, ChainEvent.event_index)
    )
    found: dict[int, list[str]] = {}
    for event in events:
        digest, digests = str(event.arguments["evidence"]), found.setdefault(numbers[event.contract_order_id], [])
        if digest != NO_FILE and digest not in digests:
            digests.append(digest)
    return found
