"""Check that what people uploaded and nothing refers to is deleted, and nothing else is."""

from collections.abc import Collection
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.content.block_stores import KuboBlocks, PostgresBlocks
from descrow.content.errors import ContentDamaged
from descrow.content.files import CHUNK_BYTES, blocks_of
from descrow.content.models import Content, StoredBlock, Upload
from descrow.content.retention import delete_blocks_of_nothing, delete_unused_files, delete_uploads_of_nothing
from descrow.content.service import put_chunks
from descrow.kernel.db import Sessions, utc_now
from tests.content.block_stores import some_bytes
from tests.content.kubo import a_kubo
from tests.content.library import Library, refusal, send
from tests.content.photos import a_jpeg

MONTH = timedelta(days=30)
DAY = timedelta(days=1)
LONG = some_bytes(300_000).hex().encode()


async def nobody_uses_it(_session: AsyncSession, _cid: str) -> bool:
    return False


async def let_pass(library: Library, time: timedelta) -> None:
    async with library.sessions.begin() as session:
        await session.execute(update(Upload).values(began_at=Upload.began_at - time))
        await session.execute(update(StoredBlock).values(put_at=StoredBlock.put_at - time))


async def clean_up(library: Library, used: Collection[str] = (), now: datetime | None = None) -> None:
    store, now = PostgresBlocks(library.sessions), now or utc_now()
    await delete_uploads_of_nothing(library.sessions, now=now)
    await delete_unused_files(library.sessions, store, used, nobody_uses_it, before=now - MONTH)
    await delete_blocks_of_nothing(library.sessions, store, [], now=now)


async def test_an_old_file_that_nothing_names_is_gone_with_its_thumbnail_and_its_blocks(library: Library) -> None:
    unused = await library.upload(a_jpeg(size=(1_000, 500)))
    used = await library.upload(LONG)
    await let_pass(library, MONTH + DAY)

    await clean_up(library, {used["cid"]})

    for cid in (unused["cid"], unused["thumbnailCid"]):
        assert refusal(await library.fetch(cid)) == (404, "content_not_found")
    assert (await library.fetch(used["cid"])).content == LONG
    assert await library.rows(Content) == await library.rows(Upload) == 1
    assert await library.rows(StoredBlock) == 1 + -(-len(LONG) // CHUNK_BYTES)


async def test_a_file_stays_for_a_month_after_its_last_upload(library: Library) -> None:
    stored = await library.upload(b"a")
    await let_pass(library, MONTH + DAY)
    await library.upload(b"a", by=library.stranger)

    await clean_up(library)

    assert (await library.fetch(stored["cid"])).content == b"a"


async def test_blocks_that_another_file_has_as_well_stay(library: Library) -> None:
    """Or anybody could delete somebody else's file: by uploading one that begins like it."""
    kept = await library.upload(LONG)
    await library.upload(LONG[: 2 * CHUNK_BYTES] + b"another end", by=library.stranger)
    await let_pass(library, MONTH + DAY)

    await clean_up(library, {kept["cid"]})

    assert (await library.fetch(kept["cid"])).content == LONG
    assert await library.rows(Content) == 1


async def test_a_file_that_somebody_names_at_the_last_moment_stays(library: Library) -> None:
    stored = await library.upload(b"a")
    await let_pass(library, MONTH + DAY)

    async def is_used(_session: AsyncSession, cid: str) -> bool:
        return cid == str(stored["cid"])

    store = PostgresBlocks(library.sessions)
    await delete_unused_files(library.sessions, store, set(), is_used, before=utc_now() - MONTH)

    assert (await library.fetch(stored["cid"])).content == b"a"


async def test_a_thumbnail_that_is_a_picture_of_its_own_stays(library: Library) -> None:
    picture = await library.upload(a_jpeg(size=(1_000, 500)))
    thumbnail = await library.fetch(picture["thumbnailCid"])
    await let_pass(library, MONTH + DAY)
    async with library.sessions.begin() as session:
        account_id = (await session.scalars(select(Upload.account_id))).one()
        session.add(Upload(account_id=account_id, filename="a", cid=picture["thumbnailCid"], began_at=utc_now()))

    await clean_up(library)

    assert (await library.fetch(picture["cid"])).status_code == 404
    assert (await library.fetch(picture["thumbnailCid"])).content == thumbnail.content


async def test_what_an_operator_imported_stays(library: Library) -> None:
    stored = await library.upload(LONG)
    async with library.sessions.begin() as session:
        for upload in await session.scalars(select(Upload)):
            await session.delete(upload)
        await session.execute(update(Content).values(added_at=utc_now() - 2 * MONTH))
        await session.execute(update(StoredBlock).values(put_at=utc_now() - 2 * MONTH))

    await clean_up(library)

    assert (await library.fetch(stored["cid"])).content == LONG


async def test_refused_uploads_are_forgotten_when_they_count_no_more(library: Library) -> None:
    await send(library.seller, b"\x7fELF")
    await clean_up(library)
    assert await library.rows(Upload) == 1

    await clean_up(library, now=utc_now() + 2 * DAY + timedelta(seconds=1))
    assert await library.rows(Upload) == 0


async def test_blocks_wait_a_day_for_the_file_that_names_them(library: Library) -> None:
    await put_chunks(PostgresBlocks(library.sessions), chunks_of_text())

    await clean_up(library)
    assert await library.rows(StoredBlock) > 0

    await let_pass(library, DAY + timedelta(seconds=1))
    await clean_up(library)
    assert await library.rows(StoredBlock) == 0


async def test_a_block_that_is_put_again_waits_again(library: Library) -> None:
    store = PostgresBlocks(library.sessions)
    await put_chunks(store, chunks_of_text())
    await let_pass(library, DAY + timedelta(seconds=1))
    await put_chunks(store, chunks_of_text())

    await clean_up(library)

    assert await library.rows(StoredBlock) == len(list(blocks_of(chunks_of_text())))


async def test_while_a_file_lacks_a_node_no_block_is_deleted(library: Library) -> None:
    stored = await library.upload(LONG)
    [*leaves, root] = blocks_of(chunks_of_text())
    assert str(root.cid) == stored["cid"]
    async with library.sessions.begin() as session:
        node = (await session.scalars(select(StoredBlock).where(StoredBlock.digest == root.cid.digest))).one()
        await session.delete(node)
    await let_pass(library, 2 * DAY)

    with pytest.raises(ContentDamaged):
        await clean_up(library)

    assert await library.rows(StoredBlock) == len(leaves)


async def test_a_node_of_ipfs_keeps_what_was_deleted_no_longer(sessions: Sessions) -> None:
    async with a_kubo() as kubo:
        store = KuboBlocks(kubo.url)
        root = await put_chunks(store, chunks_of_text())
        assert kubo.pinned == [str(root)]

        await store.unpin(root)
        await store.unpin(root)
        await delete_blocks_of_nothing(sessions, store, [], now=utc_now() + MONTH)

        assert kubo.pinned == []
        await store.close()


def chunks_of_text() -> list[bytes]:
    return [LONG[at : at + CHUNK_BYTES] for at in range(0, len(LONG), CHUNK_BYTES)]
