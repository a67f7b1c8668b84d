"""Keeping files under their CIDs: what people upload, and what operators carry in and out as CAR files."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import SEEK_END
from typing import IO

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.content import queries
from descrow.content.block_stores import BlockStore
from descrow.content.car import car_of
from descrow.content.cids import Cid
from descrow.content.errors import (
    ContentDamaged,
    ContentNotFound,
    ContentTooLarge,
    ContentTypeNotAllowed,
    StorageFull,
    TooManyUploads,
    UploadQuotaReached,
)
from descrow.content.files import FileBlock, blocks_of, chunks_of, walk
from descrow.content.limits import UploadLimits
from descrow.content.media_types import PICTURES, MediaType, Sniffer
from descrow.content.models import Content, Upload
from descrow.content.picture_workers import PictureWorkers
from descrow.kernel.days import next_day, start_of_day
from descrow.kernel.db import lock_until_commit

log = structlog.get_logger(__name__)

_UNDER_WAY = timedelta(minutes=15)
"""So long an upload that has no end yet counts with what was sent; also one that was refused."""
_LONGEST_FILENAME = 255


@dataclass(frozen=True)
class Prepared:
    """A file as it will be kept."""

    file: IO[bytes]
    media_type: MediaType
    thumbnail: IO[bytes] | None


async def begin_upload(
    session: AsyncSession,
    account_id: int,
    filename: str,
    file: IO[bytes],
    *,
    limits: UploadLimits,
    is_evidence: bool = False,
    now: datetime,
) -> Upload:
    """Count an upload, whatever becomes of it: looking at a file is what costs.

    Raises TooManyUploads, UploadQuotaReached or StorageFull.
    """
    size_bytes = file.seek(0, SEEK_END)
    per_day = limits.per_day
    await lock_until_commit(session, f"uploads of {account_id}")  # two at once would both be the last one
    if await queries.uploads_since(session, account_id, start_of_day(now)) >= per_day:
        raise TooManyUploads(per_day=per_day, retry_after_s=int((next_day(now) - now).total_seconds()) + 1)
    used_bytes = await queries.bytes_of_account(session, account_id, under_way_since=now - _UNDER_WAY)
    if used_bytes + size_bytes > limits.account_bytes:
        raise UploadQuotaReached(used_bytes=used_bytes, max_bytes=limits.account_bytes)
    count_all = queries.bytes_of_sealed_files if is_evidence else queries.bytes_of_contents
    if await count_all(session) + size_bytes > limits.total_bytes:
        log.error("no room for uploads", total_bytes=limits.total_bytes, evidence=is_evidence)
        raise StorageFull
    upload = Upload(account_id=account_id, filename=filename[:_LONGEST_FILENAME], size_bytes=size_bytes, began_at=now)
    session.add(upload)
    await session.flush()
    return upload


async def prepare(file: IO[bytes], pictures: PictureWorkers, *, account_id: int, max_bytes: int) -> Prepared:
    """Find out what a file is, and make a picture anew.

    Raises ContentTooLarge, ContentTypeNotAllowed, and what `PictureWorkers.remake` raises.
    """
    size_bytes = file.seek(0, SEEK_END)
    if size_bytes > max_bytes:
        raise ContentTooLarge(size_bytes, max_bytes=max_bytes)
    media_type = await asyncio.to_thread(_media_type_of, file)
    if media_type is MediaType.OTHER:
        raise ContentTypeNotAllowed
    if media_type not in PICTURES:
        return Prepared(file, media_type, thumbnail=None)
    picture = await pictures.remake(file, media_type, account_id=account_id)
    return Prepared(picture.file, media_type, picture.thumbnail)


def _media_type_of(file: IO[bytes]) -> MediaType:
    sniffer = Sniffer()
    for chunk in chunks_of(file):
        sniffer.feed(chunk)
    return sniffer.media_type()


async def keep_blocks(store: BlockStore, prepared: Prepared, *, now: datetime) -> list[Content]:
    """Put the file's blocks, and its thumbnail's, into the store. Returns the rows to keep, the file's last."""
    contents = []
    thumbnail_cid = None
    if prepared.thumbnail is not None:
        thumbnail = await _keep_file(store, prepared.thumbnail, MediaType.WEBP, now=now)
        contents.append(thumbnail)
        thumbnail_cid = thumbnail.cid
    contents.append(await _keep_file(store, prepared.file, prepared.media_type, thumbnail_cid, now=now))
    return contents


async def pin(store: BlockStore, contents: list[Content]) -> None:
    """Keep files that are served now. They were pinned before: in between, they may have been deleted as unused."""
    for content in contents:
        await store.pin(Cid.parse(content.cid))


async def put_chunks(store: BlockStore, chunks: Iterable[bytes]) -> Cid:
    """Put the blocks of the file that has these chunks into the store. Nobody is served it for that."""
    for block in blocks_of(chunks):
        await store.put(block)
    root = block.cid  # the last block's
    await store.pin(root)
    return root


async def forget_file(store: BlockStore, root: Cid) -> None:
    """Take a file's blocks out of the store: one that no other file shares blocks with. A repeat changes nothing."""
    cids = []
    with suppress(ContentDamaged):  # what is gone already leads no further
        async for _, block in walk(store.get, root):
            cids.append(block.cid)
    await store.forget(root, cids)


async def _keep_file(
    store: BlockStore, file: IO[bytes], media_type: MediaType, thumbnail_cid: str | None = None, *, now: datetime
) -> Content:
    return Content(
        cid=str(await put_chunks(store, chunks_of(file))),
        media_type=media_type,
        size_bytes=file.seek(0, SEEK_END),
        thumbnail_cid=thumbnail_cid,
        added_at=now,
    )


async def keep_document(store: BlockStore, document: FileBlock, *, now: datetime) -> Content:
    """Put a document of the shop's own, of one block, into the store. Returns the row to keep."""
    await store.put(document)
    await store.pin(document.cid)
    size_bytes = len(document.data)
    return Content(cid=str(document.cid), media_type=MediaType.JSON, size_bytes=size_bytes, added_at=now)


async def finish_upload(session: AsyncSession, upload_id: int, contents: list[Content]) -> Content:
    """Serve the file from now on; the last of `contents` is what was uploaded."""
    await keep_contents(session, contents)
    cid = contents[-1].cid
    size_bytes = sum(content.size_bytes for content in contents)
    await queries.finish_upload(session, upload_id, cid=cid, size_bytes=size_bytes)
    return await session.get_one(Content, cid)


async def finish_sealed_upload(session: AsyncSession, upload_id: int, *, cid: str, size_bytes: int) -> None:
    """Count an encrypted file, which nobody is served by its CID."""
    await queries.finish_sealed_upload(session, upload_id, cid=cid, size_bytes=size_bytes)


async def release_sealed_upload(session: AsyncSession, cid: str) -> None:
    """Count an encrypted file no more. A repeat changes nothing."""
    await queries.release_sealed_upload(session, cid)


async def get_content(session: AsyncSession, cid: Cid) -> Content:
    """Raises ContentNotFound."""
    content = await session.get(Content, str(cid))
    if content is None:
        raise ContentNotFound(str(cid))
    return content


def export_car(store: BlockStore, content: Content) -> AsyncIterator[bytes]:
    """The file as a CAR, in pieces. Raises ContentDamaged."""
    return car_of(store.get, Cid.parse(content.cid))


async def export_block(store: BlockStore, content: Content) -> AsyncIterator[bytes]:
    """The block that the file's CID names. Raises ContentDamaged."""
    yield (await store.get(Cid.parse(content.cid))).data


async def keep_contents(session: AsyncSession, contents: list[Content]) -> None:
    """Serve these files from now on; their blocks are in the store. A repeat changes nothing."""
    for content in contents:
        await queries.keep_content(session, content)
