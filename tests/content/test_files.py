"""A file's CID is the one that everybody else's IPFS gives it, and its bytes come back, whole or in part."""

import json
import tracemalloc
from contextlib import suppress
from io import BytesIO
from itertools import repeat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ipfs_cid import cid_sha256_hash

from descrow.content.cids import Cid, Codec
from descrow.content.errors import CidNotValid, ContentDamaged
from descrow.content.files import CHUNK_BYTES, MAX_LINKS, Bounds, FileBlock, blocks_of, chunks_of, read_file
from descrow.content.protobuf import field, read_varint, varint
from tests.content.block_stores import (
    MemoryBlockStore,
    a_doubling_file,
    a_node,
    at_once,
    in_chunks,
    some_bytes,
    whole,
)

FROM_NPM: dict[str, Any] = json.loads((Path(__file__).parent / "from_npm" / "vectors.json").read_text())


def cid_of(content: bytes, *, chunk: int = CHUNK_BYTES) -> str:
    *_, root = blocks_of(in_chunks(content, chunk))
    return str(root.cid)


@pytest.mark.parametrize("file", FROM_NPM["files"], ids=lambda file: f"{file['size']} bytes in {file['chunk']}")
def test_a_file_has_the_cid_that_the_importer_of_npm_gives_it(file: dict[str, Any]) -> None:
    assert cid_of(some_bytes(file["size"]), chunk=file["chunk"]) == file["cid"]


@pytest.mark.parametrize("size", [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES])
def test_a_file_of_one_leaf_has_the_cid_that_ipfs_cid_gives_it(size: int) -> None:
    content = some_bytes(size)

    assert cid_of(content) == cid_sha256_hash(content)


def test_a_large_file_is_never_held_whole() -> None:
    size, largest = 0, 0
    tracemalloc.start()
    for block in blocks_of(repeat(bytes(CHUNK_BYTES), 229)):  # 60 MB
        size += len(block.data)
        largest = max(largest, len(block.data))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert size > 60_000_000
    assert largest == CHUNK_BYTES
    assert peak < 4 * CHUNK_BYTES


def test_a_file_on_disk_is_read_a_leaf_at_a_time_from_its_beginning() -> None:
    file = BytesIO(some_bytes(2 * CHUNK_BYTES + 1))
    file.read(7)

    assert [len(chunk) for chunk in chunks_of(file)] == [CHUNK_BYTES, CHUNK_BYTES, 1]


files = st.binary(max_size=400)
chunk_sizes = st.integers(min_value=1, max_value=40)
widths = st.integers(min_value=2, max_value=5)


@given(files, chunk_sizes, widths)
def test_every_file_comes_back_whole(content: bytes, chunk: int, max_links: int) -> None:
    block_store = MemoryBlockStore()

    root = block_store.put_file(content, chunk=chunk, max_links=max_links)

    assert at_once(whole(read_file(block_store.get, root))) == content


@given(files, chunk_sizes, widths, st.integers(0, 400), st.integers(0, 400))
def test_every_range_of_a_file_is_that_part_of_it(
    content: bytes, chunk: int, max_links: int, start: int, length: int
) -> None:
    block_store = MemoryBlockStore()
    root = block_store.put_file(content, chunk=chunk, max_links=max_links)
    wanted = range(min(start, len(content)), min(start + length, len(content)))

    assert at_once(whole(read_file(block_store.get, root, wanted))) == content[wanted.start : wanted.stop]


def test_of_a_range_no_other_leaves_are_read() -> None:
    block_store = MemoryBlockStore()
    content = some_bytes(100)
    root = block_store.put_file(content, chunk=10)

    at_once(whole(read_file(block_store.get, root, range(15, 30))))

    leaves = [cid for cid in block_store.asked if cid.codec is Codec.RAW]
    assert leaves == [Cid.of(Codec.RAW, content[at : at + 10]) for at in (10, 20)]


@settings(max_examples=40)
@given(st.integers(min_value=0, max_value=4 * MAX_LINKS))
def test_no_node_has_more_links_than_174_and_the_root_comes_last(leaves: int) -> None:
    blocks = list(blocks_of(bytes([number % 256, number // 256]) for number in range(leaves)))
    nodes = [block for block in blocks if block.cid.codec is Codec.DAG_PB]

    assert len(blocks) - len(nodes) == max(leaves, 1)
    assert len(nodes) == (0 if leaves <= 1 else 1 if leaves <= MAX_LINKS else -(-leaves // MAX_LINKS) + 1)
    assert not nodes or blocks[-1] is nodes[-1]


@given(st.integers(min_value=0, max_value=2**64 - 1), st.binary(max_size=3))
def test_a_number_survives_the_way_through_protobuf(number: int, behind: bytes) -> None:
    encoded = varint(number)

    assert read_varint(encoded + behind, 0) == (number, len(encoded))


@given(st.binary(min_size=32, max_size=32), st.sampled_from(Codec))
def test_a_cid_survives_the_way_through_its_text(digest: bytes, codec: Codec) -> None:
    cid = Cid(codec, digest)

    assert Cid.parse(str(cid)) == cid
    assert Cid.from_bytes(bytes(cid)) == cid


CID = FROM_NPM["files"][1]["cid"]
VERSION_0 = FROM_NPM["version0"]["nodes"]["cid"]


def test_a_cid_of_version_0_is_another_spelling() -> None:
    cid = Cid.parse(VERSION_0)

    assert cid.codec is Codec.DAG_PB
    assert Cid.from_bytes(b"\x12\x20" + cid.digest) == cid == Cid.parse(str(cid))


@pytest.mark.parametrize(
    "text",
    {
        "nothing": "",
        "its letter alone": "b",
        "capitals": CID.upper(),
        "another alphabet's letter": "z" + CID[1:],
        "cut off": CID[:-1],
        "too long": CID + "a",
        "with padding": CID + "======",
        "other bits behind the last byte": CID[:-1] + "v",
        "a letter that is an i in capitals only": CID.replace("i", "ı"),
        "version 0, cut off": VERSION_0[:-1],
        "version 0 with a letter of another alphabet": VERSION_0[:-1] + "0",
        "version 0 in lower case": VERSION_0.lower(),
        "46 letters that are no digest": "Qm" + 44 * "z",
        "SHA-512": "bafkrgqbszhxgdyolm2wazjzlpmf4naxnyimhsnxiyr6epqvmsdl4gzw",
        "a folder": "../../etc/passwd",
    }.values(),
)
def test_what_is_no_cid_of_ours_or_another_spelling_is_refused(text: str) -> None:
    with pytest.raises(CidNotValid) as refused:
        Cid.parse(text)
    assert refused.value.about["cid"] == text


LEAF = FileBlock.of(Codec.RAW, b"leaf")
LEAF_NODE = a_node(data=b"leaf")


@pytest.mark.parametrize(
    "root",
    {
        "a leaf that is longer than its parent says": a_node((LEAF, 3), (LEAF, 4)),
        "a leaf that is shorter": a_node((LEAF, 4), (LEAF, 5)),
        "a node that is longer": a_node((a_node((LEAF, 4), (LEAF, 4)), 7)),
        "a directory": a_node((LEAF, 4), kind=1),
        "bytes beside its links": a_node((LEAF, 4), data=b"beside"),
        "a folder in several nodes": a_node((LEAF, 4), kind=5),
        "a link elsewhere": a_node(data=b"/etc/passwd", kind=4),
        "a leaf node that is longer than its parent says": a_node((LEAF_NODE, 3)),
        "a node with no file in it": FileBlock.of(Codec.DAG_PB, field(2, field(1, bytes(LEAF.cid)))),
        "a link to nothing": FileBlock.of(Codec.DAG_PB, field(2, b"") + field(1, field(1, 2) + field(4, 4))),
        "a link that is no CID": FileBlock.of(
            Codec.DAG_PB, field(2, field(1, b"x")) + field(1, field(1, 2) + field(4, 4))
        ),
        "a link to no bytes": a_node((LEAF, 4), (FileBlock.of(Codec.RAW, b""), 0)),
        "no protobuf": FileBlock.of(Codec.DAG_PB, b"\xff" * 20),
        "a field that is cut off": FileBlock.of(Codec.DAG_PB, field(2, b"12345")[:-1]),
    }.values(),
)
def test_blocks_that_make_no_file_are_refused(root: FileBlock) -> None:
    block_store = MemoryBlockStore()
    block_store.put_blocks(LEAF, LEAF_NODE, a_node((LEAF, 4), (LEAF, 4)), root)

    with pytest.raises(ContentDamaged):
        at_once(whole(read_file(block_store.get, root.cid)))


@pytest.mark.parametrize("kind", [0, 2])
def test_leaves_may_be_nodes(kind: int) -> None:
    block_store = MemoryBlockStore()
    first, second = a_node(data=b"Karibu ", kind=kind), a_node(data=b"sana", kind=kind)
    root = a_node((first, 7), (second, 4), (LEAF, 4))
    block_store.put_blocks(LEAF, first, second, root)

    assert at_once(whole(read_file(block_store.get, root.cid))) == b"Karibu sanaleaf"
    assert at_once(whole(read_file(block_store.get, root.cid, range(5, 13)))) == b"u sanale"
    assert at_once(whole(read_file(block_store.get, first.cid))) == b"Karibu "


@pytest.mark.parametrize(
    ("leaf", "bounds"),
    [
        (LEAF, Bounds(max_bytes=1_000_000, max_blocks=10_000_000)),
        (LEAF, Bounds(max_bytes=2**100, max_blocks=1_000)),
        (FileBlock.of(Codec.RAW, b""), Bounds(max_bytes=1_000_000, max_blocks=10_000_000)),
        (FileBlock.of(Codec.RAW, b""), None),
    ],
    ids=["bytes", "blocks", "no bytes", "no bytes and no bounds"],
)
def test_a_few_blocks_that_name_each_other_again_and_again_are_refused(leaf: FileBlock, bounds: Bounds | None) -> None:
    block_store, blocks = MemoryBlockStore(), a_doubling_file(60, leaf=leaf)
    block_store.put_blocks(*blocks)

    with pytest.raises(ContentDamaged):
        at_once(whole(read_file(block_store.get, blocks[-1].cid, bounds=bounds)))


def test_a_file_of_one_block_many_times_is_read() -> None:
    block_store, blocks = MemoryBlockStore(), a_doubling_file(10, leaf=LEAF)
    block_store.put_blocks(*blocks)

    file = at_once(whole(read_file(block_store.get, blocks[-1].cid, bounds=Bounds(max_bytes=4_096, max_blocks=3_000))))

    assert file == b"leaf" * 1_024


@given(st.binary(max_size=80))
def test_bytes_that_call_themselves_a_node_are_read_or_refused(data: bytes) -> None:
    block_store, root = MemoryBlockStore(), FileBlock.of(Codec.DAG_PB, data)
    block_store.put_blocks(root)

    with suppress(ContentDamaged, KeyError):  # it is no file, or one whose blocks are not there
        assert len(at_once(whole(read_file(block_store.get, root.cid)))) <= len(data)


def test_a_block_that_was_altered_is_not_served() -> None:
    block_store = MemoryBlockStore()
    root = block_store.put_file(some_bytes(100), chunk=10)
    block_store.blocks[Cid.of(Codec.RAW, some_bytes(100)[50:60])] = b"other 10 b"

    with pytest.raises(ContentDamaged):
        at_once(whole(read_file(block_store.get, root)))
