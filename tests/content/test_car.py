"""CAR files are what other IPFS programs write and read, and nothing in them is believed."""

import hashlib
import json
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from descrow.content.car import MAX_BLOCK_BYTES, Car, car_of, open_car
from descrow.content.cids import Cid
from descrow.content.errors import CarNotValid
from descrow.content.files import CHUNK_BYTES, MAX_LINKS, read_file
from descrow.content.protobuf import varint
from tests.content.block_stores import MemoryBlockStore, at_once, some_bytes, whole

FROM_NPM = Path(__file__).parent / "from_npm"
VECTORS: dict[str, Any] = json.loads((FROM_NPM / "vectors.json").read_text())
SMALL = (FROM_NPM / "small.car").read_bytes()


def read(car: bytes) -> tuple[Car, MemoryBlockStore]:
    block_store, opened = MemoryBlockStore(), open_car(BytesIO(car))
    block_store.put_blocks(*opened)
    return opened, block_store


def test_a_car_of_ours_is_byte_for_byte_that_of_npm() -> None:
    block_store = MemoryBlockStore()
    root = block_store.put_file(some_bytes(VECTORS["car"]["size"]), chunk=CHUNK_BYTES, max_links=MAX_LINKS)

    car = at_once(whole(car_of(block_store.get, root)))

    assert hashlib.sha256(car).hexdigest() == VECTORS["car"]["sha256"]


def test_a_car_made_elsewhere_in_other_chunks_is_read() -> None:
    car, block_store = read(SMALL)

    assert [str(root) for root in car.roots] == [VECTORS["small"]["cid"]]
    assert at_once(whole(read_file(block_store.get, car.roots[0]))) == some_bytes(VECTORS["small"]["size"])


@pytest.mark.parametrize("name", ["leaf", "nodes"])
def test_a_car_of_version_0_names_is_read(name: str) -> None:
    car, block_store = read((FROM_NPM / f"version0-{name}.car").read_bytes())

    assert car.roots == (Cid.parse(VECTORS["version0"][name]["cid"]),)
    assert at_once(whole(read_file(block_store.get, car.roots[0]))) == some_bytes(VECTORS["version0"][name]["size"])


@given(st.binary(max_size=300), st.integers(min_value=1, max_value=40))
def test_a_file_survives_the_way_through_a_car(content: bytes, chunk: int) -> None:
    kept = MemoryBlockStore()
    root = kept.put_file(content, chunk=chunk)

    car, arrived = read(at_once(whole(car_of(kept.get, root))))

    assert car.roots == (root,)
    assert arrived.blocks == kept.blocks
    assert at_once(whole(read_file(arrived.get, root))) == content


def test_a_block_that_is_there_many_times_is_written_once() -> None:
    block_store = MemoryBlockStore()
    root = block_store.put_file(b"0123456789" * 1000, chunk=10)

    car = at_once(whole(car_of(block_store.get, root)))

    assert car.count(b"0123456789") == 1
    assert len(open_car(BytesIO(car))) == len(block_store.blocks)


@given(st.integers(min_value=0, max_value=len(SMALL) - 1), st.integers(min_value=1, max_value=255))
def test_no_byte_of_a_car_can_be_changed_unnoticed(at: int, change: int) -> None:
    changed = bytearray(SMALL)
    changed[at] ^= change

    try:
        car, block_store = read(bytes(changed))
    except CarNotValid:
        return
    # A root may be another, well-formed CID: of a block that is not there.
    assert block_store.blocks == read(SMALL)[1].blocks
    assert not set(car.roots) & set(block_store.blocks)


@given(st.integers(min_value=0, max_value=len(SMALL) - 1))
def test_a_car_that_is_cut_off_is_noticed_or_ends_between_two_blocks(length: int) -> None:
    try:
        _, block_store = read(SMALL[:length])
    except CarNotValid:
        return
    assert block_store.blocks.items() < read(SMALL)[1].blocks.items()


ROOT = b"\xd8\x2a\x58\x25\x00" + bytes(Cid.parse(VECTORS["small"]["cid"]))


def a_header(roots: bytes, *, count: int, version: int = 1) -> bytes:
    header = b"\xa2\x65roots" + bytes([0x80 | count]) + roots + b"\x67version" + bytes([version])
    return varint(len(header)) + header


def test_a_car_may_have_several_roots_and_no_blocks() -> None:
    car, block_store = read(a_header(2 * ROOT, count=2))

    assert [str(root) for root in car.roots] == 2 * [VECTORS["small"]["cid"]]
    assert block_store.blocks == {}


@pytest.mark.parametrize(
    "car",
    {
        "nothing": b"",
        "no roots": a_header(b"", count=0),
        "more roots than it says": a_header(2 * ROOT, count=1),
        "fewer roots than it says": a_header(ROOT, count=2),
        "version 2": a_header(ROOT, count=1, version=2),
        "a root that is no link": a_header(b"\xd9" + ROOT[1:], count=1),
        "a root that is no CID of ours": a_header(ROOT[:5] + b"\x02" + ROOT[6:], count=1),
        "a section of no bytes": a_header(ROOT, count=1) + b"\0",
        "a section without end": a_header(ROOT, count=1) + varint(MAX_BLOCK_BYTES + 37),
        "a length without end": a_header(ROOT, count=1) + b"\xff" * 9,
        "a block without a name": a_header(ROOT, count=1) + b"\x03abc",
        "a picture": b"\x89PNG\r\n\x1a\n" + bytes(100),
    }.values(),
)
def test_what_is_no_car_is_refused(car: bytes) -> None:
    with pytest.raises(CarNotValid):
        read(car)
