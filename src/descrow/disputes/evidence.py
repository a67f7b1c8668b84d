"""Files that are shown in disputes, on their way into the block store and out of it: there, they are ciphertext."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from hashlib import file_digest
from io import SEEK_END
from uuid import UUID

from descrow.content import service as content
from descrow.content.block_stores import BlockStore
from descrow.content.cids import Cid
from descrow.content.files import in_leaves
from descrow.content.media_types import MediaType
from descrow.content.service import Prepared
from descrow.disputes.errors import EvidenceUnreadable
from descrow.disputes.sealed_files import opened_pieces, sealed_pieces
from descrow.disputes.sealing import NotSealedSo, Vault
from descrow.disputes.service import Opening
from descrow.disputes.thread import ShownFile

_EXTENSIONS = {
    MediaType.JPEG: "jpg",
    MediaType.PNG: "png",
    MediaType.WEBP: "webp",
    MediaType.PDF: "pdf",
    MediaType.TEXT: "txt",
}


@dataclass(frozen=True)
class KeptFile:
    """An encrypted file that is in the store, and its key for each reader."""

    shown: ShownFile
    wraps: dict[str, bytes]


async def keep_file(
    vault: Vault, store: BlockStore, prepared: Prepared, *, order: UUID, readers: list[str]
) -> KeptFile:
    """Encrypt a file for its readers and store it, in parts; its CID is that of the ciphertext."""
    key = vault.new_key(order=order, readers=readers)
    size_bytes = prepared.file.seek(0, SEEK_END)
    prepared.file.seek(0)
    digest = await asyncio.to_thread(file_digest, prepared.file, "sha256")  # type: ignore[arg-type]
    cid = await content.put_chunks(store, in_leaves(sealed_pieces(prepared.file, key.key, order)))
    shown = ShownFile(sha256=digest.hexdigest(), cid=str(cid), media_type=prepared.media_type, size_bytes=size_bytes)
    return KeptFile(shown, key.wraps)


async def read(vault: Vault, store: BlockStore, opening: Opening, wanted: range | None = None) -> AsyncIterator[bytes]:
    """The file as it was shown, or the wanted bytes of it, in pieces each of which was checked.

    Raises EvidenceUnreadable, or ContentDamaged when its blocks are gone.
    """
    entry = opening.entry
    try:
        key = vault.unwrap(opening.wrap, order=opening.order, reader=opening.reader)
        root, size_bytes = Cid.parse(str(entry.cid)), int(entry.size_bytes or 0)
        async for piece in opened_pieces(store.get, root, key, opening.order, size_bytes=size_bytes, wanted=wanted):
            yield piece
    except NotSealedSo as error:
        raise EvidenceUnreadable(entry.order_id, entry.number) from error


def filename_of(opening: Opening) -> str:
    """Return what it is saved as. What its owner called it is not kept: names tell of people, too."""
    entry = opening.entry
    extension = _EXTENSIONS.get(entry.media_type or MediaType.OTHER, "bin")
    return f"order-{entry.order_id}-evidence-{entry.number}.{extension}"


def etag_of(opening: Opening) -> str:
    """Return what tells the file from any other one."""
    return f'"{(opening.entry.file_digest or b"").hex()}"'
