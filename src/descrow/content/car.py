"""CAR files (version 1): the blocks of files in one file, so that they can move between stores.

The header is CBOR, of the one shape that DAG-CBOR allows for it: `{"roots": [CID…], "version": 1}`.
"""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import IO

from descrow.content.cids import CID_BYTES, VERSION_0_BYTES, Cid, is_version_0
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
_CID_LINK = b"\xd8\x2a\x58"  # tag 42; then how many bytes there are, a zero, and the CID
_LINK_HEAD_BYTES = len(_CID_LINK) + 2
_AFTER_ROOTS = b"\x67version\x01"


async def car_of(get: GetBlock, root: Cid) -> AsyncIterator[bytes]:
    """The file's CAR in pieces: root first, each block once. Raises ContentDamaged."""
    header = _section(_header_of([bytes(root)]))
    written: set[Cid] = set()
    async for _, block in walk(get, root):
        if block.cid not in written:
            yield (b"" if written else header) + _section(bytes(block.cid) + block.data)
            written.add(block.cid)


def _section(content: bytes) -> bytes:
    return varint(len(content)) + content


@dataclass(frozen=True)
class Car:
    """A CAR file that was read to its end: every block is what its CID says."""

    roots: tuple[Cid, ...]
    _file: IO[bytes]
    _places: Mapping[Cid, tuple[int, int]]
    """Where each block begins, and how many bytes it has."""

    @property
    def size_bytes(self) -> int:
        return sum(size for _, size in self._places.values())

    def __len__(self) -> int:
        """Return how many blocks there are; one that is there several times counts once."""
        return len(self._places)

    def __iter__(self) -> Iterator[FileBlock]:
        return (self[cid] for cid in self._places)

    def __contains__(self, cid: Cid) -> bool:
        return cid in self._places

    def __getitem__(self, cid: Cid) -> FileBlock:
        start, size = self._places[cid]
        self._file.seek(start)
        return FileBlock.checked(cid, self._file.read(size))


def open_car(file: IO[bytes]) -> Car:
    """Read a file that can be read again later. Raises CarNotValid, also for blocks that are not named by SHA-256."""
    header = _next_section(file)
    if header is None:
        raise CarNotValid("it is empty")
    roots = _roots_in(header)
    places: dict[Cid, tuple[int, int]] = {}
    while (section := _next_section(file)) is not None:
        cid_bytes = VERSION_0_BYTES if is_version_0(section) else CID_BYTES
        cid = _cid_in(section[:cid_bytes])
        try:
            block = FileBlock.checked(cid, section[cid_bytes:])
        except ContentDamaged as error:
            raise CarNotValid(str(error)) from error
        places[cid] = file.tell() - len(block.data), len(block.data)
    return Car(roots, file, places)


def _roots_in(header: bytes) -> tuple[Cid, ...]:
    links = header.removeprefix(_BEFORE_ROOTS)[1:].removesuffix(_AFTER_ROOTS)
    binary_roots: list[bytes] = []
    while links.startswith(_CID_LINK) and len(links) > _LINK_HEAD_BYTES:
        end = len(_CID_LINK) + 1 + links[len(_CID_LINK)]
        binary_roots.append(links[_LINK_HEAD_BYTES:end])
        links = links[end:]
    if not 1 <= len(binary_roots) <= MAX_ROOTS or header != _header_of(binary_roots):
        raise CarNotValid("its header names no roots in version 1")
    return tuple(_cid_in(binary) for binary in binary_roots)


def _header_of(roots: Sequence[bytes]) -> bytes:
    links = b"".join(_CID_LINK + bytes([len(root) + 1]) + b"\0" + root for root in roots)
    return _BEFORE_ROOTS + bytes([_ARRAY | len(roots)]) + links + _AFTER_ROOTS


def _cid_in(binary: bytes) -> Cid:
    try:
        return Cid.from_bytes(binary)
    except CidNotValid as error:
        raise CarNotValid("a block is not named by a CID of raw or dag-pb with SHA-256") from error


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
