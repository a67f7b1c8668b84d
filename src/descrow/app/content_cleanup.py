"""Deleting unused content: only here is it known who refers to a file."""

from datetime import datetime, timedelta

import structlog

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


async def delete_unused_content(sessions: Sessions, store: BlockStore, *, unused_for: timedelta, now: datetime) -> None:
    """Delete uploads that no product names, nor the document of any order, and what is left of others.

    Raises BlockStoreUnavailable, or ContentDamaged while nobody can tell what a file or a document names.
    """
    await delete_uploads_of_nothing(sessions, now=now)
    used = await _used_pictures(sessions, store)
    deleted = await delete_unused_files(sessions, store, used, is_picture_of_a_product, before=now - unused_for)
    async with sessions() as session:
        sealed_cids = [*await readable_file_cids(session), *await note_cids(session)]
    await delete_blocks_of_nothing(sessions, store, sealed_cids, now=now)
    log.info("unused content deleted", files=deleted)


async def _used_pictures(sessions: Sessions, store: BlockStore) -> set[str]:
    """Those of products as they are, and as they were when they were ordered."""
    async with sessions() as session:
        used, ordered = await picture_cids(session), await product_cids(session)
    for cid in ordered:
        used |= {cid, *pictures_in((await store.get(Cid.parse(cid))).data)}
    return used
