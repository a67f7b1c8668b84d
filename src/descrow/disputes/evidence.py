"""Files that are shown in disputes, on their way into the block store and out of it: there, they are ciphertext."""

import asyncio
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from uuid import UUID

from descrow.content import service as content
from descrow.content.block_stores import BlockStore
from descrow.content.cids import Cid
from descrow.content.files import read_file
from descrow.content.media_types import MediaType
from descrow.content.service import Prepared
from descrow.disputes.errors import EvidenceUnreadable
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
    """Encrypt a file for its readers and store it; its CID is that of the ciphertext."""
    prepared.file.seek(0)
    plain = prepared.file.read()
    sealed = await asyncio.to_thread(vault.seal, plain, order=order, readers=readers)
    cid = await content.put_file(store, BytesIO(sealed.ciphertext))
    shown = ShownFile(
        sha256=sha256(plain).hexdigest(), cid=str(cid), media_type=prepared.media_type, size_bytes=len(plain)
    )
    return KeptFile(shown, sealed.wraps)


async def read(vault: Vault, store: BlockStore, opening: Opening) -> bytes:
    """The file as it was shown. Raises EvidenceUnreadable, or ContentDamaged when its blocks are gone."""
    entry = opening.entry
    root = Cid.parse(str(entry.cid))
    ciphertext = b"".join([piece async for piece in read_file(store.get, root)])
    try:
        return await asyncio.to_thread(vault.open, ciphertext, opening.wrap, order=opening.order, reader=opening.reader)
    except NotSealedSo as error:
        raise EvidenceUnreadable(entry.order_id, entry.number) from error


def filename_of(opening: Opening) -> str:
    """Return what it is saved as. What its owner called it is not kept: names tell of people, too."""
    entry = opening.entry
    extension = _EXTENSIONS.get(entry.media_type or MediaType.OTHER, "bin")
    return f"order-{entry.order_id}-evidence-{entry.number}.{extension}"
