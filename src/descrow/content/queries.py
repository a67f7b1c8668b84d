"""The content room's SQL."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import String, cast, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.content.models import Content, StoredBlock, Upload

PUT_AT_IS_EXACT_TO = timedelta(hours=1)
_IS_STORED = or_(Upload.cid.is_not(None), Upload.sealed_cid.is_not(None))


async def keep_block(session: AsyncSession, digest: bytes, data: bytes) -> None:
    """A repeat only says that the block is wanted still, so that it is not deleted before it is named by a file."""
    await session.execute(
        insert(StoredBlock)
        .values(digest=digest, data=data, put_at=func.now())
        .on_conflict_do_update(
            index_elements=[StoredBlock.digest],
            set_={"put_at": func.now()},
            where=StoredBlock.put_at < func.now() - PUT_AT_IS_EXACT_TO,
        )
    )


async def block_data(session: AsyncSession, digest: bytes) -> bytes | None:
    return await session.scalar(select(StoredBlock.data).where(StoredBlock.digest == digest))


async def delete_blocks(session: AsyncSession, digests: Sequence[bytes]) -> None:
    """A repeat changes nothing."""
    await session.execute(delete(StoredBlock).where(StoredBlock.digest.in_(digests)))


async def keep_content(session: AsyncSession, content: Content) -> None:
    """A repeat changes nothing."""
    await session.execute(
        insert(Content)
        .values(
            cid=content.cid,
            media_type=content.media_type,
            size_bytes=content.size_bytes,
            thumbnail_cid=content.thumbnail_cid,
            added_at=content.added_at,
        )
        .on_conflict_do_nothing()
    )


async def uploads_since(session: AsyncSession, account_id: int, since: datetime) -> int:
    counted = await session.scalar(
        select(func.count()).select_from(Upload).where(Upload.account_id == account_id, Upload.began_at >= since)
    )
    return counted or 0


async def bytes_of_account(session: AsyncSession, account_id: int, *, under_way_since: datetime) -> int:
    """Of its stored files, each counted once, and of what it has begun to upload since then."""
    is_counted = or_(_IS_STORED, Upload.began_at >= under_way_since)
    sizes = (
        select(func.max(Upload.size_bytes).label("size_bytes"))
        .where(Upload.account_id == account_id, is_counted)
        .group_by(func.coalesce(Upload.cid, Upload.sealed_cid, cast(Upload.id, String)))
        .subquery()
    )
    return int(await session.scalar(select(func.coalesce(func.sum(sizes.c.size_bytes), 0))) or 0)


async def bytes_of_contents(session: AsyncSession) -> int:
    return int(await session.scalar(select(func.coalesce(func.sum(Content.size_bytes), 0))) or 0)


async def bytes_of_sealed_files(session: AsyncSession) -> int:
    total = select(func.coalesce(func.sum(Upload.size_bytes), 0)).where(Upload.sealed_cid.is_not(None))
    return int(await session.scalar(total) or 0)


async def finish_upload(session: AsyncSession, upload_id: int, *, cid: str, size_bytes: int) -> None:
    await session.execute(update(Upload).where(Upload.id == upload_id).values(cid=cid, size_bytes=size_bytes))


async def finish_sealed_upload(session: AsyncSession, upload_id: int, *, cid: str, size_bytes: int) -> None:
    await session.execute(update(Upload).where(Upload.id == upload_id).values(sealed_cid=cid, size_bytes=size_bytes))


async def release_sealed_upload(session: AsyncSession, cid: str) -> None:
    """Count its bytes no more. The upload still counts for its day."""
    await session.execute(update(Upload).where(Upload.sealed_cid == cid).values(sealed_cid=None, size_bytes=0))


async def delete_uploads_of_nothing(session: AsyncSession, *, before: datetime) -> None:
    """Of those that began before then: what was refused, or came to no end."""
    await session.execute(delete(Upload).where(~_IS_STORED, Upload.began_at < before))


async def old_uploaded_cids(session: AsyncSession, *, before: datetime) -> list[str]:
    """Files that somebody uploaded, and nobody since then."""
    rows = await session.scalars(
        select(Upload.cid)
        .join(Content, Content.cid == Upload.cid)
        .group_by(Upload.cid)
        .having(func.max(Upload.began_at) < before)
    )
    return [cid for cid in rows if cid is not None]


async def lock_content(session: AsyncSession, cid: str) -> Content | None:
    return await session.get(Content, cid, with_for_update=True)


async def delete_content(session: AsyncSession, content: Content) -> None:
    await session.execute(delete(Upload).where(Upload.cid == content.cid))
    await session.execute(delete(Content).where(Content.cid == content.cid))


async def is_thumbnail(session: AsyncSession, cid: str) -> bool:
    return await session.scalar(select(Content.cid).where(Content.thumbnail_cid == cid).limit(1)) is not None


async def was_uploaded(session: AsyncSession, cid: str) -> bool:
    return await session.scalar(select(Upload.id).where(Upload.cid == cid).limit(1)) is not None


async def content_cids(session: AsyncSession) -> list[str]:
    return list(await session.scalars(select(Content.cid)))


async def old_blocks_after(session: AsyncSession, digest: bytes, *, before: datetime, limit: int) -> list[bytes]:
    """The digests of blocks that nobody has put since then, in their order."""
    rows = await session.scalars(
        select(StoredBlock.digest)
        .where(StoredBlock.digest > digest, StoredBlock.put_at < before)
        .order_by(StoredBlock.digest)
        .limit(limit)
    )
    return list(rows)


async def delete_old_blocks(session: AsyncSession, digests: Sequence[bytes], *, before: datetime) -> None:
    await session.execute(delete(StoredBlock).where(StoredBlock.digest.in_(digests), StoredBlock.put_at < before))
