"""CAR files (version 1): the blocks of files in one file, so that they can move between stores.

The header is CBOR, of the one shape that DAG-CBOR allows for it: `{"roots": [CID…], "version": 1}`.
"""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import IO

from descrow.content.cids import CID_BYTES, Cid
from descrow.content.errors import CarNotValid, CidNotValid, ContentDamaged
from descrow.content.files import FileBlock, GetBlock, walk
from descrow.content.protobuf import varint

MEDIA_TYPE = "application/vnd.ipld.car; version=1"
MAX_BLOCK_BYTES = 2 * 1024 * 1024
"""No larger block travels between IPFS nodes."""
MAX_ROOTS = 23
"""As many as CBOR counts within one byte."""

_BEFORE_ROOTS = b"\xa2\x65roots"  # a map of two; a text of five
_ARRAY = 0x80
_CID_LINK = b"\xd8\x2a\x58" + bytes([CID_BYTES + 1]) + b"\0"  # tag 42; as many bytes, the first a zero
_AFTER_ROOTS = b"\x67version\x01"


async def car_of(get: GetBlock, root: Cid) -> AsyncIterator[bytes]:
    """The file's CAR in pieces: root first, each block once. Raises ContentDamaged."""
    header = _section(_BEFORE_ROOTS + bytes([_ARRAY | 1]) + _CID_LINK + bytes(root) + _AFTER_ROOTS)
    written: set[Cid] = set()
    async for _, block in walk(get, root):
        if block.cid not in written:
            yield (b"" if written else header) + _section(bytes(block.cid) + block.data)
            written.add(block.cid)


def _section(content: bytes) -> bytes:
    return varint(len(content)) + content


@dataclass(frozen=True)
class Car:
    """A CAR file that is being read."""

    roots: tuple[Cid, ...]
    blocks: Iterator[FileBlock]
    """Each is checked against its CID as it is read. Raises CarNotValid."""


def open_car(file: IO[bytes]) -> Car:
    """Raises CarNotValid, also for blocks that are named otherwise than ours are."""
    header = _next_section(file)
    if header is None:
        raise CarNotValid("it is empty")
    return Car(_roots_in(header), _blocks_in(file))


def _roots_in(header: bytes) -> tuple[Cid, ...]:
    roots = header.removeprefix(_BEFORE_ROOTS)[1:].removesuffix(_AFTER_ROOTS)
    size = len(_CID_LINK) + CID_BYTES
    links = [roots[at : at + size] for at in range(0, len(roots), size)]
    rebuilt = _BEFORE_ROOTS + bytes([_ARRAY | len(links) & 0x1F]) + roots + _AFTER_ROOTS
    if (
        not 1 <= len(links) <= MAX_ROOTS
        or header != rebuilt
        or any(link[: len(_CID_LINK)] != _CID_LINK for link in links)
    ):
        raise CarNotValid("its header names no roots in version 1")
    return tuple(_cid_in(link[len(_CID_LINK) :]) for link in links)


def _blocks_in(file: IO[bytes]) -> Iterator[FileBlock]:
    while (section := _next_section(file)) is not None:
        cid = _cid_in(section[:CID_BYTES])
        try:
            yield FileBlock.checked(cid, section[CID_BYTES:])
        except ContentDamaged as error:
            raise CarNotValid(str(error)) from error


def _cid_in(binary: bytes) -> Cid:
    try:
        return Cid.from_bytes(binary)
    except CidNotValid as error:
        raise CarNotValid("a block is not named by a CIDv1 of raw or dag-pb with SHA-256") from error


def _next_section(file: IO[bytes]) -> bytes | None:
    """The next section without its length; None where the file ends. Raises CarNotValid."""
    length = _next_length(file)
    if length is None:
        return None
    if not 0 < length <= MAX_BLOCK_BYTES + CID_BYTES:
        raise CarNotValid(f"a section has {length} bytes")
    section = file.read(length)
    if len(section) < length:
        raise CarNotValid("it is cut off")
    return section


def _next_length(file: IO[bytes]) -> int | None:
    length = 0
    for shift in range(0, 35, 7):
        byte = file.read(1)
        if not byte and shift == 0:
            return None
        if not byte:
            break
        length |= (byte[0] & 0x7F) << shift
        if byte[0] < 0x80:
            return length
    raise CarNotValid("a section's length does not end")
