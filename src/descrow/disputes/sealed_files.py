"""A sealed file as it is stored: encrypted in chunks, each of which is checked before a byte of it is shown.

The scheme is STREAM (Hoang, Reyhanitabar, Rogaway, Vizár 2015) with AES-256-GCM. A header tells the file's size. A
chunk's nonce is its number and whether it is the last one, and its associated data is the order and the header. So no
chunk can be changed, moved, left out or taken from another file, and a file cannot be cut off. A key seals one file.

Version 0.2 sealed a file in one piece, behind a random nonce; such a file is still read.
"""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from io import SEEK_END
from tempfile import TemporaryFile
from typing import IO
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import GCM

from descrow.content.cids import Cid
from descrow.content.files import GetBlock, read_file
from descrow.disputes.sealing import NONCE_BYTES, NotSealedSo

CHUNK_BYTES = 65_536
TAG_BYTES = 16
MAGIC = b"descrow sealed 2"
"""No file of version 0.2 begins with it: that would be a random nonce with these bytes."""
_SIZE_BYTES = 8
HEADER_BYTES = len(MAGIC) + _SIZE_BYTES
_SEALED_CHUNK_BYTES = CHUNK_BYTES + TAG_BYTES


@dataclass(frozen=True)
class FileCipher:
    """Seals and opens the chunks of one file."""

    key: bytes
    order: UUID
    size_bytes: int
    """Of the file before it is encrypted."""

    @property
    def header(self) -> bytes:
        return MAGIC + self.size_bytes.to_bytes(_SIZE_BYTES, "big")

    @property
    def chunk_count(self) -> int:
        """An empty file has one chunk, too."""
        return max(-(-self.size_bytes // CHUNK_BYTES), 1)

    def place_of(self, number: int) -> int:
        """Return where chunk `number`, from 0, begins in the sealed file."""
        return HEADER_BYTES + number * _SEALED_CHUNK_BYTES

    @property
    def sealed_size_bytes(self) -> int:
        return HEADER_BYTES + self.size_bytes + self.chunk_count * TAG_BYTES

    def seal(self, number: int, plain: bytes) -> bytes:
        return AESGCM(self.key).encrypt(self._nonce(number), plain, self.order.bytes + self.header)

    def open(self, number: int, sealed: bytes) -> bytes:
        """Raises NotSealedSo."""
        try:
            return AESGCM(self.key).decrypt(self._nonce(number), sealed, self.order.bytes + self.header)
        except (InvalidTag, ValueError) as error:  # a chunk without a whole tag is a ValueError
            raise NotSealedSo from error

    def _nonce(self, number: int) -> bytes:
        is_last = number == self.chunk_count - 1
        return number.to_bytes(NONCE_BYTES - 1, "big") + bytes([is_last])


def sealed_pieces(file: IO[bytes], key: bytes, order: UUID) -> Iterator[bytes]:
    """The file encrypted, chunk by chunk. The key must never seal another one."""
    cipher = FileCipher(key, order, size_bytes=file.seek(0, SEEK_END))
    file.seek(0)
    yield cipher.header
    for number in range(cipher.chunk_count):
        yield cipher.seal(number, file.read(CHUNK_BYTES))


async def opened_pieces(
    get: GetBlock, root: Cid, key: bytes, order: UUID, *, size_bytes: int, wanted: range | None = None
) -> AsyncIterator[bytes]:
    """The file of this size, or the wanted bytes of it, in pieces each of which was checked.

    Raises NotSealedSo, also for a file that is cut off, or ContentDamaged when its blocks are gone.
    """
    head = b"".join([piece async for piece in read_file(get, root, range(HEADER_BYTES))])
    if head.startswith(MAGIC):
        cipher = FileCipher(key, order, size_bytes)
        if head != cipher.header:
            raise NotSealedSo
        pieces = _opened_chunks(get, root, cipher, wanted or range(size_bytes))
    else:
        pieces = _opened_as_one(get, root, key, order, wanted or range(size_bytes))
    async for piece in pieces:
        yield piece


async def _opened_chunks(get: GetBlock, root: Cid, cipher: FileCipher, wanted: range) -> AsyncIterator[bytes]:
    """A size that is not the one which was sealed opens no chunk: the header is part of what each vouches for."""
    number = wanted.start // CHUNK_BYTES
    end = -(-wanted.stop // CHUNK_BYTES) if wanted else cipher.chunk_count
    sealed_range = range(cipher.place_of(number), min(cipher.place_of(end), cipher.sealed_size_bytes))
    async for sealed in _in_chunks(read_file(get, root, sealed_range)):
        begin = number * CHUNK_BYTES
        plain = cipher.open(number, sealed)
        yield plain[max(wanted.start - begin, 0) : max(wanted.stop - begin, 0)]
        number += 1
    if number != end:
        raise NotSealedSo


async def _in_chunks(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    waiting = bytearray()
    async for piece in pieces:
        waiting += piece
        while len(waiting) >= _SEALED_CHUNK_BYTES:
            yield bytes(waiting[:_SEALED_CHUNK_BYTES])
            del waiting[:_SEALED_CHUNK_BYTES]
    if waiting:
        yield bytes(waiting)


async def _opened_as_one(get: GetBlock, root: Cid, key: bytes, order: UUID, wanted: range) -> AsyncIterator[bytes]:
    """Decrypted onto the disk, since its only tag comes last: nothing is shown before it was checked."""
    decryptor, waiting = None, b""
    with TemporaryFile() as plain:
        async for piece in read_file(get, root):
            waiting += piece
            if decryptor is None and len(waiting) >= NONCE_BYTES:
                decryptor = Cipher(AES(key), GCM(waiting[:NONCE_BYTES])).decryptor()
                decryptor.authenticate_additional_data(order.bytes)
                waiting = waiting[NONCE_BYTES:]
            if decryptor is not None and len(waiting) > TAG_BYTES:
                plain.write(decryptor.update(waiting[:-TAG_BYTES]))
                waiting = waiting[-TAG_BYTES:]
        try:
            if decryptor is None:
                raise NotSealedSo
            decryptor.finalize_with_tag(waiting)
        except (InvalidTag, ValueError) as error:
            raise NotSealedSo from error
        plain.seek(wanted.start)
        left = len(wanted)
        while piece := plain.read(min(CHUNK_BYTES, left)):
            yield piece
            left -= len(piece)
