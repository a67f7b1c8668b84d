"""The keys of files that are shown in disputes: handed to those who may read a file, and to nobody else.

Each file has a key of its own, so that one can be erased and the others stay. It is kept wrapped only, once for each
reader, under a key that comes from the shop's master key, the order and the reader's address. Without a wrap nobody can
read the file, the shop included: to destroy the wraps is to erase it, wherever copies of the ciphertext are.

AES-256-GCM, since it takes along what a ciphertext belongs to: a wrap or a file moved to another order does not open.
`disputes.sealed_files` says how a file is encrypted with its key.
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CTR
from pydantic import SecretStr

from descrow.disputes.keys import KEY_BYTES, derived_key

NONCE_BYTES = 12
AES_BLOCK_BYTES = 16


class NotSealedSo(Exception):
    """The ciphertext, its wrap, the order, the reader and the master key do not belong together."""


@dataclass(frozen=True)
class FileKey:
    """The key of one file, and the same wrapped for each reader, by EVM address. Only the wraps are kept."""

    key: bytes
    wraps: dict[str, bytes]


@dataclass(frozen=True)
class Vault:
    """Makes the keys of files, and opens their wraps, with the shop's master key."""

    master_key: SecretStr

    def new_key(self, *, order: UUID, readers: Iterable[str]) -> FileKey:
        """A fresh key, for one file."""
        key = AESGCM.generate_key(bit_length=KEY_BYTES * 8)
        return FileKey(key, {reader: _encrypt(self._wrapping_key(order, reader), key, order) for reader in readers})

    def unwrap(self, wrap: bytes, *, order: UUID, reader: str) -> bytes:
        """The key of a file, for one of its readers. Raises NotSealedSo."""
        return _decrypt(self._wrapping_key(order, reader), wrap, order)

    def veil(self, part: bytes, *, offset: int, file: str) -> bytes:
        """A part of a file that is not whole yet, encrypted by its place in it; the same again decrypts it.

        Nothing vouches for it before the whole file has its digest. `file` names the file and whose it is.
        """
        key = derived_key(self.master_key, purpose=b"veils unfinished files" + file.encode())
        block, into_block = divmod(offset, AES_BLOCK_BYTES)
        stream = Cipher(AES(key), CTR(block.to_bytes(AES_BLOCK_BYTES, "big"))).encryptor()
        stream.update(bytes(into_block))
        return stream.update(part)

    def _wrapping_key(self, order: UUID, reader: str) -> bytes:
        return derived_key(self.master_key, purpose=b"wraps keys of files" + order.bytes + reader.encode())


def _encrypt(key: bytes, plain: bytes, order: UUID) -> bytes:
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, order.bytes)


def _decrypt(key: bytes, sealed: bytes, order: UUID) -> bytes:
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], order.bytes)
    except (InvalidTag, ValueError) as error:  # a key or nonce of a wrong length is a ValueError
        raise NotSealedSo from error
