"""Sealed files in memory, and files as version 0.2 sealed them."""

import secrets
from io import BytesIO
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from descrow.content.cids import Cid
from descrow.content.files import in_leaves
from descrow.disputes.sealed_files import opened_pieces, sealed_pieces
from descrow.disputes.sealing import NONCE_BYTES
from tests.content.block_stores import MemoryBlockStore, at_once, whole


def seal(plain: bytes, key: bytes, order: UUID) -> bytes:
    return b"".join(sealed_pieces(BytesIO(plain), key, order))


def seal_as_before(plain: bytes, key: bytes, order: UUID) -> bytes:
    """In one piece, behind its nonce."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, order.bytes)


def unseal(sealed: bytes, key: bytes, order: UUID, *, size_bytes: int, wanted: range | None = None) -> bytes:
    """Raises NotSealedSo."""
    store, root = stored(sealed)
    return at_once(whole(opened_pieces(store.get, root, key, order, size_bytes=size_bytes, wanted=wanted)))


def stored(sealed: bytes) -> tuple[MemoryBlockStore, Cid]:
    store = MemoryBlockStore()
    return store, store.put_chunks(list(in_leaves([sealed])))
