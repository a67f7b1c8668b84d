"""Encrypting what is shown in disputes, and handing the key to those who may read it, and to nobody else.

Each file has a key of its own, so that one can be erased and the others stay. It is kept wrapped only, once for each
reader, under a key that comes from the shop's master key, the order and the reader's address. Without a wrap nobody can
read the file, the shop included: to destroy the wraps is to erase it, wherever copies of the ciphertext are.

AES-256-GCM, since it takes along what a ciphertext belongs to: a wrap or a file moved to another order does not open.
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
class Sealed:
    ciphertext: bytes
    wraps: dict[str, bytes]
    """The file's key for each reader, by EVM address."""


@dataclass(frozen=True)
class Vault:
    """Seals and opens files with the shop's master key."""

    master_key: SecretStr

    def seal(self, plain: bytes, *, order: UUID, readers: Iterable[str]) -> Sealed:
        """The file encrypted with a fresh key, and that key for each reader."""
        key = AESGCM.generate_key(bit_length=KEY_BYTES * 8)
        wraps = {reader: _encrypt(self._wrapping_key(order, reader), key, order) for reader in readers}
        return Sealed(_encrypt(key, plain, order), wraps)

    def open(self, ciphertext: bytes, wrap: bytes, *, order: UUID, reader: str) -> bytes:
        """The file, for one of its readers. Raises NotSealedSo."""
        key = _decrypt(self._wrapping_key(order, reader), wrap, order)
        return _decrypt(key, ciphertext, order)

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
