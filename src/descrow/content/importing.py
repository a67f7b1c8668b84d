"""Carry the files of a CAR in, from whichever program wrote it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import IO

from descrow.content.block_stores import BlockStore
from descrow.content.car import open_car
from descrow.content.cids import Cid, Codec
from descrow.content.errors import CarNotValid
from descrow.content.files import Bounds, FileBlock, GetBlock, node_in, read_file, walk
from descrow.content.media_types import Sniffer
from descrow.content.models import Content
from descrow.content.unixfs import Kind

MAX_FILES = 10_000
"""In one CAR; a folder counts, too. Folders that name each other again and again make many files of few blocks."""
_SMALLEST_REPEATED_LEAF_BYTES = 4_096
"""On average. Programs that write files cut them into far larger ones, so a block that repeats is no smaller."""


@dataclass(frozen=True)
class ImportedFile:
    path: str
    """Within the folders of the CAR; empty for a root that is a file."""
    content: Content
    """The row to keep."""


async def import_car(store: BlockStore, file: IO[bytes], *, max_bytes: int, now: datetime) -> list[ImportedFile]:
    """Put a CAR's files into the store: its roots, or what is in the folders that are its roots.

    Each block is checked against its CID, and each file is read to its end before the first block is stored. Pictures
    stay as they are, as their CIDs shall. A file has no more bytes than `max_bytes`, or than the CAR itself where that
    is larger. Raises CarNotValid, or ContentDamaged when a root is no such file or lacks a block; then nothing is
    stored.
    """
    car = open_car(file)

    async def get(cid: Cid) -> FileBlock:
        return car[cid] if cid in car else await store.get(cid)

    largest = max(max_bytes, car.size_bytes)
    bounds = Bounds(max_bytes=largest, max_blocks=len(car) + largest // _SMALLEST_REPEATED_LEAF_BYTES)
    imported: dict[Cid, ImportedFile] = {}
    for root in car.roots:
        async for path, cid in _files_under(get, root):
            if cid in imported:
                continue
            sniffer, size_bytes = Sniffer(), 0
            async for piece in read_file(get, cid, bounds=bounds):
                sniffer.feed(piece)
                size_bytes += len(piece)
            content = Content(cid=str(cid), media_type=sniffer.media_type(), size_bytes=size_bytes, added_at=now)
            imported[cid] = ImportedFile(path, content)

    for cid in imported:
        async for _, block in walk(get, cid):
            await store.put(block)
        await store.pin(cid)
    return list(imported.values())


async def _files_under(get: GetBlock, root: Cid) -> AsyncIterator[tuple[str, Cid]]:
    """The files that a root stands for, each with its path. Raises ContentDamaged or CarNotValid."""
    waiting = [("", root)]
    seen = 0
    while waiting:
        path, cid = waiting.pop()
        seen += 1
        if seen > MAX_FILES:
            raise CarNotValid(f"it holds more than {MAX_FILES} files and folders")
        entries = await _entries_of(get, cid)
        if entries is None:
            yield path, cid
        else:
            waiting += [(f"{path}/{name}".lstrip("/"), child) for name, child in reversed(entries)]


async def _entries_of(get: GetBlock, cid: Cid) -> list[tuple[str, Cid]] | None:
    """Return what is in a folder; None for what is none."""
    if cid.codec is not Codec.DAG_PB:
        return None
    node = node_in(await get(cid))
    if node is None or node.kind not in (Kind.FOLDER, Kind.SHARDED_FOLDER):
        return None
    if node.kind is Kind.SHARDED_FOLDER:
        raise CarNotValid("a folder in it is so large that its names are spread over several nodes (HAMT)")
    return [(link.name, link.cid) for link in node.links]
