"""Files to store, and a block store in memory."""

import hashlib
from collections.abc import AsyncIterator, Coroutine
from typing import TypeVar

from descrow.content.cids import Cid, Codec
from descrow.content.files import FileBlock, blocks_of
from descrow.content.protobuf import field

Result = TypeVar("Result")


def some_bytes(size: int) -> bytes:
    """The file that `from_npm/record.js` makes, too."""
    return hashlib.shake_128(b"descrow").digest(size)


def in_chunks(content: bytes, size: int) -> list[bytes]:
    return [content[at : at + size] for at in range(0, len(content), size)]


def a_node(*children: tuple[FileBlock, int], data: bytes = b"", kind: int = 2) -> FileBlock:
    """A dag-pb node as anybody may write it."""
    links = b"".join(field(2, field(1, bytes(child.cid)) + field(2, b"") + field(3, 1)) for child, _ in children)
    file = field(1, kind) + (field(2, data) if data else b"") + b"".join(field(4, size) for _, size in children)
    return FileBlock.of(Codec.DAG_PB, links + field(1, file))


def a_doubling_file(levels: int, *, leaf: FileBlock) -> list[FileBlock]:
    """Few blocks, root last, each of which names the one before it twice: together 2 ** levels leaves."""
    blocks, size = [leaf], len(leaf.data)
    for _ in range(levels):
        blocks.append(a_node((blocks[-1], size), (blocks[-1], size)))
        size *= 2
    return blocks


class MemoryBlockStore:
    """Blocks in memory."""

    def __init__(self) -> None:
        self.blocks: dict[Cid, bytes] = {}
        self.asked: list[Cid] = []

    def put_file(self, content: bytes, *, chunk: int, max_links: int = 3) -> Cid:
        """Its root. Few links to a node, so that small files have high trees."""
        return self.put_chunks(in_chunks(content, chunk), max_links=max_links)

    def put_chunks(self, chunks: list[bytes], *, max_links: int = 3) -> Cid:
        for block in blocks_of(chunks, max_links=max_links):
            self.blocks[block.cid] = block.data
        return block.cid

    def put_blocks(self, *blocks: FileBlock) -> None:
        self.blocks |= {block.cid: block.data for block in blocks}

    async def get(self, cid: Cid) -> FileBlock:
        self.asked.append(cid)
        return FileBlock.checked(cid, self.blocks[cid])


async def whole(pieces: AsyncIterator[bytes]) -> bytes:
    return b"".join([piece async for piece in pieces])


def at_once(work: Coroutine[None, None, Result]) -> Result:
    """Return what comes of work that waits for nothing. Hypothesis' tests cannot be asynchronous beside titanoboa's
    plugin.
    """
    try:
        work.send(None)
    except StopIteration as end:
        result: Result = end.value
        return result
    raise AssertionError("it waits for something")
