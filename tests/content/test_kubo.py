"""An IPFS node of the operator's keeps the files as our own store does, and its word counts as far as its hashes go."""

from collections.abc import AsyncIterator

import pytest

from descrow.app.settings import Settings
from descrow.content.block_stores import KuboBlocks
from descrow.content.cids import Cid, Codec
from descrow.content.errors import BlockStoreUnavailable, ContentDamaged
from descrow.content.files import FileBlock
from descrow.content.models import Content, StoredBlock
from tests.content.kubo import Kubo, a_kubo
from tests.content.library import Library, refusal, send

TEXT = b"Karibu sana. " * 60_000
LEAF = FileBlock.of(Codec.RAW, b"leaf")


@pytest.fixture
async def kubo() -> AsyncIterator[Kubo]:
    async with a_kubo() as node:
        yield node


@pytest.fixture
async def blocks(kubo: Kubo) -> AsyncIterator[KuboBlocks]:
    store = KuboBlocks(kubo.url + "/")
    yield store
    await store.close()


@pytest.fixture
def settings(settings: Settings, kubo: Kubo) -> Settings:
    return settings.model_copy(update={"kubo_url": kubo.url})


async def test_a_file_is_kept_by_the_node_pinned_and_served_whole_and_in_part(library: Library, kubo: Kubo) -> None:
    stored = await library.upload(TEXT)

    assert kubo.pinned == [stored["cid"]]
    assert len(kubo.blocks) == 4
    assert await library.rows(StoredBlock) == 0
    assert (await library.fetch(stored["cid"])).content == TEXT
    assert (await library.fetch(stored["cid"], Range="bytes=262140-262150")).content == TEXT[262140:262151]


async def test_a_node_that_fails_stores_nothing_and_may_be_asked_again(library: Library, kubo: Kubo) -> None:
    kubo.fails_with = "too many open files"
    assert refusal(await send(library.seller, TEXT)) == (503, "block_store_unavailable")
    assert await library.rows(Content) == 0

    kubo.fails_with = ""
    cid = (await library.upload(TEXT))["cid"]
    kubo.fails_with = "out of memory"

    assert refusal(await library.fetch(cid)) == (503, "block_store_unavailable")


async def test_the_node_is_not_asked_for_what_we_never_kept(library: Library, kubo: Kubo) -> None:
    kubo.blocks[str(LEAF.cid)] = LEAF.data

    assert refusal(await library.fetch(str(LEAF.cid))) == (404, "content_not_found")


async def test_a_block_that_the_node_gives_for_another_is_refused(blocks: KuboBlocks, kubo: Kubo) -> None:
    kubo.blocks[str(LEAF.cid)] = b"another"

    with pytest.raises(ContentDamaged):
        await blocks.get(LEAF.cid)


async def test_a_node_that_names_blocks_otherwise_is_not_used(blocks: KuboBlocks) -> None:
    misnamed = FileBlock(Cid.of(Codec.RAW, b"another"), LEAF.data)

    with pytest.raises(BlockStoreUnavailable, match="otherwise"):
        await blocks.put(misnamed)


async def test_a_block_that_the_node_has_not_is_told_in_its_words(blocks: KuboBlocks) -> None:
    with pytest.raises(BlockStoreUnavailable, match=f"could not find {LEAF.cid}"):
        await blocks.get(LEAF.cid)


async def test_a_node_that_is_away_is_said_to_be() -> None:
    async with a_kubo() as gone:
        url = gone.url
    store = KuboBlocks(url)

    with pytest.raises(BlockStoreUnavailable, match="no answer to block/get"):
        await store.get(LEAF.cid)
    await store.close()


async def test_a_file_that_is_to_be_forgotten_is_unpinned_and_its_blocks_removed_however_often(
    library: Library, kubo: Kubo, blocks: KuboBlocks
) -> None:
    kept = (await library.upload(b"another"))["cid"]
    root = Cid.parse((await library.upload(TEXT))["cid"])

    for _ in range(2):
        await blocks.forget(root, [Cid.parse(cid) for cid in kubo.blocks if cid != kept])

    assert kubo.pinned == [kept]
    assert list(kubo.blocks) == [kept]


async def test_a_node_that_fails_to_forget_says_so(blocks: KuboBlocks, kubo: Kubo) -> None:
    kubo.fails_with = "too many open files"

    with pytest.raises(BlockStoreUnavailable):
        await blocks.forget(LEAF.cid, [LEAF.cid])
