"""Deleting unused content: only here is it known who refers to a file."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.catalog.metadata import pictures_in
from descrow.catalog.queries import is_picture_of_a_product, picture_cids
from descrow.content.block_stores import BlockStore
from descrow.content.cids import Cid
from descrow.content.retention import delete_blocks_of_nothing, delete_unused_files, delete_uploads_of_nothing
from descrow.disputes.parcel_notes import note_cids
from descrow.disputes.queries import readable_file_cids
from descrow.kernel.db import Sessions
from descrow.orders.queries import product_cids

log = structlog.get_logger(__name__)

STILL_COMMITTING = timedelta(hours=1)
"""An order that was made so long before may have been unseen when the cleaning began."""


async def delete_unused_content(sessions: Sessions, store: BlockStore, *, unused_for: timedelta, now: datetime) -> None:
    """Delete uploads that no product names, nor the document of any order, and what is left of others.

    Raises BlockStoreUnavailable, or ContentDamaged while nobody can tell what a file or a document names.
    """
    await delete_uploads_of_nothing(sessions, now=now)
    used = await _used_files(sessions, store)

    async def is_used(session: AsyncSession, cid: str) -> bool:
        if await is_picture_of_a_product(session, cid):
            return True
        ordered = await product_cids(session, since=now - STILL_COMMITTING)
        return cid in await _named_by(store, ordered)  # by an order of meanwhile, whose product was changed at once

    deleted = await delete_unused_files(sessions, store, used, is_used, before=now - unused_for)
    async with sessions() as session:
        sealed_cids = [*await readable_file_cids(session), *await note_cids(session)]
    await delete_blocks_of_nothing(sessions, store, sealed_cids, now=now)
    log.info("unused content deleted", files=deleted)


async def _used_files(sessions: Sessions, store: BlockStore) -> set[str]:
    """Pictures of products as they are and as they were when they were ordered, and the documents of the latter."""
    async with sessions() as session:
        used, ordered = await picture_cids(session), await product_cids(session)
    return used | await _named_by(store, ordered)


async def _named_by(store: BlockStore, ordered: Sequence[str]) -> set[str]:
    """Documents of orders, and the pictures in them."""
    named: set[str] = set()
    for cid in ordered:
        named |= {cid, *pictures_in((await store.get(Cid.parse(cid))).data)}
    return named
