"""Deleting what people have uploaded and nothing refers to, and blocks that belong to no file."""

from collections.abc import Awaitable, Callable, Collection
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from descrow.content import queries
from descrow.content.block_stores import BlockStore
from descrow.content.cids import Cid
from descrow.content.files import cids_under
from descrow.kernel.db import Sessions

UPLOADS_OF_NOTHING_KEPT = timedelta(days=2)
"""A day's limit counts them until midnight in UTC."""
BLOCKS_OF_NOTHING_KEPT = timedelta(days=1)
"""So long a block may wait for the file that names it."""

IsUsed = Callable[[AsyncSession, str], Awaitable[bool]]
"""Whether something refers to the file of this CID now."""


async def delete_unused_files(
    sessions: Sessions, store: BlockStore, used: Collection[str], is_used: IsUsed, *, before: datetime
) -> int:
    """Serve no longer what was uploaded before then and is not among the `used` files. Returns how many there were.

    `is_used` is asked once more when a file's row is locked: who refers to a file locks its row as well, and waits or
    is waited for.
    """
    async with sessions() as session:
        candidates = await queries.old_uploaded_cids(session, before=before)
    unused = [cid for cid in candidates if cid not in used]
    for cid in unused:
        async with sessions.begin() as session:
            await _delete_unused_file(session, store, cid, is_used)
    return len(unused)


async def _delete_unused_file(session: AsyncSession, store: BlockStore, cid: str, is_used: IsUsed) -> None:
    content = await queries.lock_content(session, cid)
    if content is None or await is_used(session, cid) or await queries.is_thumbnail(session, cid):
        return
    await queries.delete_content(session, content)
    await store.unpin(Cid.parse(cid))
    if content.thumbnail_cid is None:
        return
    thumbnail = await queries.lock_content(session, content.thumbnail_cid)
    if thumbnail is None or await queries.is_thumbnail(session, thumbnail.cid):
        return
    if not await queries.was_uploaded(session, thumbnail.cid) and not await is_used(session, thumbnail.cid):
        await queries.delete_content(session, thumbnail)
        await store.unpin(Cid.parse(thumbnail.cid))


async def delete_uploads_of_nothing(sessions: Sessions, *, now: datetime) -> None:
    """Forget uploads that were refused, or broken off."""
    async with sessions.begin() as session:
        await queries.delete_uploads_of_nothing(session, before=now - UPLOADS_OF_NOTHING_KEPT)


async def delete_blocks_of_nothing(
    sessions: Sessions, store: BlockStore, sealed_cids: Collection[str], *, now: datetime
) -> None:
    """Delete blocks that belong to no file that is served, and to none of these encrypted ones.

    Raises ContentDamaged, and deletes nothing, while nobody can tell which blocks are a file's own.
    """
    if store.deletes_unpinned:
        return
    async with sessions() as session:
        roots = [*await queries.content_cids(session), *sealed_cids]
    kept: set[bytes] = set()
    for root in roots:
        async for cid in cids_under(store.get, Cid.parse(root)):
            kept.add(cid.digest)
    await store.delete_all_but(kept, before=now - BLOCKS_OF_NOTHING_KEPT)
