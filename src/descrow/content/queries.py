"""The content room's SQL."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.content.models import Content, StoredBlock, Upload


async def keep_block(session: AsyncSession, digest: bytes, data: bytes) -> None:
    """A repeat changes nothing."""
    await session.execute(insert(StoredBlock).values(digest=digest, data=data).on_conflict_do_nothing())


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


async def finish_upload(session: AsyncSession, upload_id: int, cid: str) -> None:
    await session.execute(update(Upload).where(Upload.id == upload_id).values(cid=cid))
