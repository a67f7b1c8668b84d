"""Keep what sellers say of parcels: sealed as evidence is, since a rider's number or a place is nobody else's business.

The chain gets the digest of the ciphertext. Both parties can read the note, and the arbiter once there is a dispute.
"""

from datetime import datetime
from io import BytesIO
from typing import cast

from sqlalchemy import ForeignKey, delete, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from descrow.content import service as content
from descrow.content.block_stores import BlockStore
from descrow.content.cids import Cid
from descrow.content.files import in_leaves
from descrow.contract.cids import digest_of_cid
from descrow.disputes.access import readers_of
from descrow.disputes.errors import ParcelNoteNotFound, ParcelNoteUnreadable
from descrow.disputes.sealed_files import opened_pieces, sealed_pieces
from descrow.disputes.sealing import NotSealedSo, Vault
from descrow.kernel.db import Base, Sessions, utc_now
from descrow.kernel.http.caller import Caller
from descrow.orders import service as orders
from descrow.orders.errors import ActionNotAllowed
from descrow.orders.named_files import name_file
from descrow.orders.queries import OrderInFull
from descrow.orders.transitions import Action

NEWEST_KEPT = 5
"""Of an order's notes: the seller may write another one until the order is shipped, and one may be under way."""


class ParcelNote(Base):
    """A note, encrypted in the block store, and its key for each of its readers."""

    __tablename__ = "parcel_notes"

    cid: Mapped[str] = mapped_column(primary_key=True)
    """Of the ciphertext."""
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    size_bytes: Mapped[int]
    wraps: Mapped[dict[str, str]] = mapped_column(JSONB)
    """The key wrapped for each reader, in hex by EVM address."""
    written_at: Mapped[datetime] = mapped_column(default=utc_now)


async def write_note(
    sessions: Sessions, blocks: BlockStore, vault: Vault, caller: Caller, order_id: int, text: str
) -> ParcelNote:
    """Seal and store a note that the seller ships the order with. Raises OrderNotFound or ActionNotAllowed."""
    async with sessions() as session:
        found = await _order_to_ship(session, order_id, caller)
        readers = await readers_of(session, found)
    plain, reference = text.encode(), found.order.reference
    key = vault.new_key(order=reference, readers=readers)
    cid = await content.put_chunks(blocks, in_leaves(sealed_pieces(BytesIO(plain), key.key, reference)))
    wraps = {reader: wrap.hex() for reader, wrap in key.wraps.items()}
    note = ParcelNote(cid=str(cid), order_id=order_id, size_bytes=len(plain), wraps=wraps)
    async with sessions.begin() as session:
        session.add(note)
        await session.flush()
        await name_file(session, order_id, note.cid)
        newest = select(ParcelNote.cid).where(ParcelNote.order_id == order_id)
        newest = newest.order_by(ParcelNote.written_at.desc()).limit(NEWEST_KEPT)
        await session.execute(
            delete(ParcelNote).where(ParcelNote.order_id == order_id, ParcelNote.cid.not_in(newest.scalar_subquery()))
        )
    return note


async def read_note(
    sessions: Sessions, blocks: BlockStore, vault: Vault, caller: Caller, order_id: int
) -> tuple[ParcelNote, str]:
    """Return the note that the order was shipped with, for those who may read it.

    Raises OrderNotFound, ParcelNoteNotFound, also where the file is public, or ParcelNoteUnreadable.
    """
    async with sessions() as session:
        found = await orders.see_order(session, order_id, caller.account_id)
        note = await _shipped_note(session, found)
    wrap = None if note is None else note.wraps.get(caller.evm_address)
    if note is None or wrap is None:
        raise ParcelNoteNotFound(order_id)
    reference = found.order.reference
    try:
        key = vault.unwrap(bytes.fromhex(wrap), order=reference, reader=caller.evm_address)
        pieces = opened_pieces(blocks.get, Cid.parse(note.cid), key, reference, size_bytes=note.size_bytes)
        return note, b"".join([piece async for piece in pieces]).decode()
    except NotSealedSo as error:
        raise ParcelNoteUnreadable(order_id) from error


async def note_cids(session: AsyncSession) -> list[str]:
    """Return the CIDs of all sealed notes: their blocks are kept."""
    return list(await session.scalars(select(ParcelNote.cid)))


async def _order_to_ship(session: AsyncSession, order_id: int, caller: Caller) -> OrderInFull:
    found = await orders.see_order(session, order_id, caller.account_id)
    if Action.SHIP not in orders.actions_open(found, caller.account_id, None):
        raise ActionNotAllowed(order_id, Action.SHIP.word, found.order.status)
    return found


async def _shipped_note(session: AsyncSession, found: OrderInFull) -> ParcelNote | None:
    rows = await session.scalars(select(ParcelNote).where(ParcelNote.order_id == found.order.id))
    digests = {"0x" + digest_of_cid(note.cid).hex(): note for note in rows}
    return digests.get(cast(str, found.order.tracking))
