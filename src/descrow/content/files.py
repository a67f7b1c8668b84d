"""A file as IPFS keeps it: leaves of its bytes, and above them nodes of links, up to the root that names it.

The layout is Kubo's for `--cid-version 1 --raw-leaves`: another chunk size or width gives the same file another name.
Files in other layouts, whose leaves are nodes too, are read all the same.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate
from typing import IO, Self

from descrow.content.cids import Cid, Codec
from descrow.content.errors import CidNotValid, ContentDamaged
from descrow.content.unixfs import FileLink, UnixfsNode, read_node, write_node

CHUNK_BYTES = 262_144
MAX_LINKS = 174


@dataclass(frozen=True, slots=True)
class FileBlock:
    cid: Cid
    data: bytes

    @classmethod
    def of(cls, codec: Codec, data: bytes) -> Self:
        return cls(Cid.of(codec, data), data)

    @classmethod
    def checked(cls, cid: Cid, data: bytes) -> Self:
        """The block that somebody says has this name. Raises ContentDamaged when it has another."""
        if Cid.of(cid.codec, data) != cid:
            raise ContentDamaged(str(cid), "is not the name of the bytes that came under it")
        return cls(cid, data)


GetBlock = Callable[[Cid], Awaitable[FileBlock]]


def chunks_of(file: IO[bytes]) -> Iterator[bytes]:
    """The file from its beginning in chunks of the size that goes into a leaf."""
    file.seek(0)
    while chunk := file.read(CHUNK_BYTES):
        yield chunk


def in_leaves(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in chunks of the size that goes into a leaf."""
    waiting = bytearray()
    for piece in pieces:
        waiting += piece
        while len(waiting) >= CHUNK_BYTES:
            yield bytes(waiting[:CHUNK_BYTES])
            del waiting[:CHUNK_BYTES]
    if waiting:
        yield bytes(waiting)


def blocks_of(chunks: Iterable[bytes], *, max_links: int = MAX_LINKS) -> Iterator[FileBlock]:
    """The blocks of the file that has these chunks, children before parents: the last one is the root.

    No more is held than the links of the nodes that are not full yet.
    """
    open_nodes: list[list[FileLink]] = [[]]
    """Links that have no parent yet, by their height above the leaves."""
    for chunk in _at_least_one(chunks):
        leaf = FileBlock.of(Codec.RAW, chunk)
        yield leaf
        open_nodes[0].append(FileLink(leaf.cid, file_bytes=len(chunk), dag_bytes=len(chunk)))
        height = 0
        while len(open_nodes[height]) == max_links:
            yield _close_node(open_nodes, height)
            height += 1

    height = 0
    while height + 1 < len(open_nodes) or len(open_nodes[height]) > 1:
        if open_nodes[height]:
            yield _close_node(open_nodes, height)
        height += 1


def _at_least_one(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """An empty file is one empty leaf."""
    empty = True
    for chunk in chunks:
        empty = False
        yield chunk
    if empty:
        yield b""


def _close_node(open_nodes: list[list[FileLink]], height: int) -> FileBlock:
    """Put a parent over the links of this height."""
    links = open_nodes[height]
    node = FileBlock.of(Codec.DAG_PB, write_node(links))
    if height + 1 == len(open_nodes):
        open_nodes.append([])
    open_nodes[height + 1].append(
        FileLink(
            node.cid,
            file_bytes=sum(link.file_bytes for link in links),
            dag_bytes=len(node.data) + sum(link.dag_bytes for link in links),
        )
    )
    open_nodes[height] = []
    return node


@dataclass(frozen=True, slots=True)
class _Part:
    """A block that is to be read, and where its bytes are in the file."""

    cid: Cid
    start: int
    size: int | None
    """What its parent says; None of the root."""

    def is_wanted(self, wanted: range | None) -> bool:
        if wanted is None or self.size is None:
            return True
        return self.start < wanted.stop and wanted.start < self.start + self.size


@dataclass(frozen=True, slots=True)
class Bounds:
    """Limit a file whose blocks come from somebody else: nodes that name the same children make a huge one of few."""

    max_bytes: int
    max_blocks: int
    """A block that is named many times counts each time."""


async def walk(
    get: GetBlock, root: Cid, wanted: range | None = None, *, bounds: Bounds | None = None
) -> AsyncIterator[tuple[int, FileBlock]]:
    """The file's blocks from its root, parents first and left to right, each with where in the file it begins.

    Of `wanted` bytes only, where they are given. Raises ContentDamaged when the blocks make no file, or a larger one
    than `bounds` allow. No block stands for more bytes than its parent says, and each for one at least, so the walk
    ends.
    """
    waiting = [_Part(root, start=0, size=None)]
    visited = 0
    while waiting:
        part = waiting.pop()
        block = await get(part.cid)
        children, size = _children_of(block, part.start)
        if part.size not in (None, size):
            raise ContentDamaged(str(block.cid), "has not as many bytes as its parent says")
        visited += 1
        if bounds is not None and (size > bounds.max_bytes or visited > bounds.max_blocks):
            raise ContentDamaged(str(root), f"is larger than {bounds.max_bytes} bytes in {bounds.max_blocks} blocks")
        yield part.start, block
        waiting += [child for child in reversed(children) if child.is_wanted(wanted)]


def _children_of(block: FileBlock, start: int) -> tuple[list[_Part], int]:
    """Return the parts under a block that begins at `start`, and how many bytes of the file it stands for."""
    node = _node_of(block)
    if node is None or not node.links:
        return [], len(_bytes_in(block))
    starts = accumulate(node.child_bytes, initial=start)
    parts = zip((link.cid for link in node.links), starts, node.child_bytes, strict=False)
    return [_Part(*part) for part in parts], sum(node.child_bytes)


async def cids_under(get: GetBlock, root: Cid) -> AsyncIterator[Cid]:
    """The names of the file's blocks, each once. Only nodes are read. Raises ContentDamaged."""
    waiting, named = [root], {root}
    while waiting:
        cid = waiting.pop()
        yield cid
        if cid.codec is Codec.DAG_PB and (node := _node_of(await get(cid))):
            children = {link.cid for link in node.links} - named
            named |= children
            waiting += children


async def read_file(
    get: GetBlock, root: Cid, wanted: range | None = None, *, bounds: Bounds | None = None
) -> AsyncIterator[bytes]:
    """The file's bytes, or the wanted ones, leaf by leaf. Raises ContentDamaged."""
    async for start, block in walk(get, root, wanted, bounds=bounds):
        data = _bytes_in(block)
        if wanted is not None:
            data = data[max(wanted.start - start, 0) : max(wanted.stop - start, 0)]
        if data:
            yield data


def _bytes_in(block: FileBlock) -> bytes:
    """Return the bytes of the file in the block itself. Raises ContentDamaged."""
    node = _node_of(block)
    return block.data if node is None else node.data


def _node_of(block: FileBlock) -> UnixfsNode | None:
    """Return the file's node in the block; None for a block of bytes alone. Raises ContentDamaged."""
    node = node_in(block)
    if node is not None and (objection := node.objection()):
        raise ContentDamaged(str(block.cid), objection)
    return node


def node_in(block: FileBlock) -> UnixfsNode | None:
    """Return the node in the block, of whatever kind; None for a block of bytes alone. Raises ContentDamaged."""
    if block.cid.codec is not Codec.DAG_PB:
        return None
    try:
        return read_node(block.data)
    except (ValueError, CidNotValid) as error:
        raise ContentDamaged(str(block.cid), "is no node of a file or folder that can be read") from error
