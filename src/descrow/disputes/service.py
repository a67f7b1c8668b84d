"""Define what buyer, seller and arbiter may say in a dispute, and show each other.

Staff may read along; nobody else learns that there is one (`disputes.access`).
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from descrow.content import service as content
from descrow.content.media_types import MediaType
from descrow.contract.published_terms import PublishedTerms, arbiters_of, published_terms
from descrow.disputes import queries
from descrow.disputes.access import SeenDispute, order_to_show_for, see_dispute
from descrow.disputes.errors import (
    EvidenceErased,
    EvidenceNotFound,
    EvidenceNotYours,
    EvidenceSealed,
    ThreadClosed,
    ThreadFull,
)
from descrow.disputes.models import DisputeEntry, EvidenceKey
from descrow.disputes.queries import Counts
from descrow.disputes.thread import NO_DIGEST, EntryKind, ShownFile, ThreadEntry
from descrow.feed.service import FeedEvent, publish_to_feeds
from descrow.kernel.db import lock_until_commit
from descrow.kernel.http.caller import Caller
from descrow.kernel.pages import CursorNotValid
from descrow.orders import service as orders
from descrow.orders.named_files import name_file
from descrow.orders.queries import OrderInFull
from descrow.orders.transitions import Action, Party

MOST_ENTRIES = 1_000
"""Of one thread; an erasure is let in all the same."""


@dataclass(frozen=True)
class OpenDispute:
    """A line of the arbiter's desk."""

    found: OrderInFull
    terms: PublishedTerms
    counts: Counts


async def write_message(
    session: AsyncSession, order_id: int, caller: Caller, text: str, *, now: datetime
) -> tuple[OrderInFull, DisputeEntry]:
    """Say something to the others; they hear of it. Raises OrderNotFound, ThreadClosed or ThreadFull."""
    found = await orders.see_order(session, order_id, caller.account_id)
    if Action.ADD_EVIDENCE not in orders.actions_open(found, caller.account_id, None):
        raise ThreadClosed(order_id, found.order.status)
    entry = DisputeEntry(author=caller.evm_address, kind=EntryKind.MESSAGE, text=text, written_at=now)
    return found, await _append(session, found, entry, caller)


async def show_file(
    session: AsyncSession, order_id: int, caller: Caller, file: ShownFile, wraps: dict[str, bytes], *, now: datetime
) -> tuple[OrderInFull, DisputeEntry]:
    """Put a file that is stored into the thread, and keep its key for its readers.

    Raises OrderNotFound, ThreadClosed or ThreadFull.
    """
    found = await order_to_show_for(session, order_id, caller)
    entry = DisputeEntry(
        author=caller.evm_address,
        kind=EntryKind.EVIDENCE,
        file_digest=bytes.fromhex(file.sha256),
        cid=file.cid,
        media_type=MediaType(file.media_type),
        size_bytes=file.size_bytes,
        written_at=now,
    )
    await _append(session, found, entry, caller)
    await name_file(session, found.order.id, file.cid)
    session.add_all(
        EvidenceKey(order_id=order_id, number=entry.number, reader=reader, wrap=wrap) for reader, wrap in wraps.items()
    )
    await session.flush()
    return found, entry


@dataclass(frozen=True)
class Opening:
    """Describe what it takes to read a file that was shown."""

    entry: DisputeEntry
    order: UUID
    reader: str
    wrap: bytes


async def open_evidence(session: AsyncSession, order_id: int, number: int, caller: Caller) -> Opening:
    """The file's name and the caller's wrap of its key.

    Raises OrderNotFound, DisputeNotFound, EvidenceNotFound, EvidenceErased or EvidenceSealed.
    """
    seen, entry = await _evidence(session, order_id, number, caller)
    if seen.role is None:
        raise EvidenceSealed(order_id, number)
    wrap = await queries.wrap_for(session, order_id, number, caller.evm_address)
    if wrap is None:
        raise EvidenceErased(order_id, number)
    return Opening(entry, seen.found.order.reference, caller.evm_address, wrap)


async def erase_evidence(
    session: AsyncSession, order_id: int, number: int, caller: Caller, *, now: datetime
) -> tuple[OrderInFull, DisputeEntry, str]:
    """Destroy the keys of a file for ever, and say so in the thread. A repeat changes nothing.

    Returns the entry that says so and the CID of what is left to clear away. Raises OrderNotFound, DisputeNotFound,
    EvidenceNotFound or EvidenceNotYours.
    """
    seen, shown = await _evidence(session, order_id, number, caller)
    if shown.author != caller.evm_address and seen.role is not Party.ARBITER:
        raise EvidenceNotYours(order_id, number)
    await _lock_thread(session, order_id)
    erasure = (await queries.erasures_of(session, order_id, [number])).get(number)
    if erasure is None:
        await queries.destroy_wraps(session, order_id, number)
        await content.release_sealed_upload(session, str(shown.cid))
        erasure = DisputeEntry(author=caller.evm_address, kind=EntryKind.ERASURE, erases=number, written_at=now)
        await _append(session, seen.found, erasure, caller)
    return seen.found, erasure, str(shown.cid)


async def open_disputes(session: AsyncSession, account_id: int, *, after: int | None, limit: int) -> list[OpenDispute]:
    """Those that this account is to decide, the first deadline first, from behind order `after` on.

    Raises CursorNotValid for an order that was never this account's to decide.
    """
    place = None
    if after is not None:
        deadline_at = await queries.deadline_of_dispute(session, after, account_id)
        if deadline_at is None:
            raise CursorNotValid
        place = deadline_at, after
    found = await queries.open_disputes_of(session, account_id, after=place, limit=limit)
    sheets = await published_terms(session, {one.order.terms_id for one in found})
    counts = await queries.counts_of(session, [one.order.id for one in found])
    return [OpenDispute(one, sheets[one.order.terms_id], counts.get(one.order.id, Counts())) for one in found]


def entry_in_json(row: DisputeEntry, order: UUID) -> ThreadEntry:
    """The entry as its digest is made of it, and as a bundle shows it."""
    return ThreadEntry(
        order=order,
        number=row.number,
        author=row.author,
        kind=row.kind,
        text=row.text,
        file=file_in(row),
        erases=row.erases,
        written_at=row.written_at,
        previous_digest=row.previous_digest.hex(),
        digest=row.digest.hex(),
    )


def file_in(row: DisputeEntry) -> ShownFile | None:
    if row.file_digest is None or row.cid is None or row.media_type is None or row.size_bytes is None:
        return None
    return ShownFile(row.file_digest.hex(), row.cid, row.media_type, row.size_bytes)


async def _evidence(
    session: AsyncSession, order_id: int, number: int, caller: Caller
) -> tuple[SeenDispute, DisputeEntry]:
    seen = await see_dispute(session, order_id, caller.account_id)
    entry = await queries.evidence_entry(session, order_id, number)
    if entry is None:
        raise EvidenceNotFound(order_id, number)
    return seen, entry


async def _lock_thread(session: AsyncSession, order_id: int) -> None:
    await lock_until_commit(session, f"thread of order {order_id}")


async def _append(session: AsyncSession, found: OrderInFull, entry: DisputeEntry, caller: Caller) -> DisputeEntry:
    """Write the entry behind the newest one, and tell the others. Two at once are written one after the other."""
    order = found.order
    await _lock_thread(session, order.id)
    newest = await queries.newest_entry(session, order.id)
    entry.order_id = order.id
    entry.number = 1 if newest is None else newest.number + 1
    if entry.number > MOST_ENTRIES and entry.kind is not EntryKind.ERASURE:
        raise ThreadFull(order.id, most=MOST_ENTRIES)
    entry.previous_digest = bytes.fromhex(NO_DIGEST) if newest is None else newest.digest
    entry.digest = b""
    entry.digest = bytes.fromhex(entry_in_json(entry, order.reference).sealed().digest)
    session.add(entry)
    await session.flush()
    await _notify_others(session, found, entry, caller)
    return entry


async def _notify_others(session: AsyncSession, found: OrderInFull, entry: DisputeEntry, caller: Caller) -> None:
    """That there is something new, not what it says: that is for the thread, where it can be looked for and erased."""
    order = found.order
    readers = {order.buyer_id, order.seller_id}
    if order.disputed_at is not None:
        readers |= set((await arbiters_of(session, [order.terms_id])).values())
    payload: dict[str, object] = {
        "orderId": order.id,
        "number": entry.number,
        "kind": entry.kind,
        "by": orders.role_of(found, caller.account_id),
    }
    await publish_to_feeds(
        session, [FeedEvent(reader, "disputeEntry", payload) for reader in sorted(readers - {caller.account_id})]
    )
