"""CIDs: names made of what they name. Ours are version 1, in base32, of a raw or dag-pb block, by SHA-256.

A CID of version 0 (`Qm…`) is read as well: it is another spelling of that of a dag-pb block.
"""

import base64
import hashlib
from dataclasses import dataclass
from enum import IntEnum
from typing import Self

from descrow.content.errors import CidNotValid

CID_BYTES = 36
VERSION_0_BYTES = 34
_VERSION_0_CHARACTERS = 46
_VERSION_1 = b"\x01"
_SHA2_256 = b"\x12\x20"
_BASE32 = "b"
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


class Codec(IntEnum):
    """Describe how the named block is to be read; the numbers are multicodec's."""

    RAW = 0x55
    DAG_PB = 0x70


@dataclass(frozen=True, slots=True)
class Cid:
    codec: Codec
    digest: bytes

    @classmethod
    def of(cls, codec: Codec, data: bytes) -> Self:
        return cls(codec, hashlib.sha256(data).digest())

    @classmethod
    def parse(cls, text: str) -> Self:
        """The CID that is written so. Raises CidNotValid, also for another spelling than the usual one."""
        try:
            if text.startswith("Qm") and len(text) == _VERSION_0_CHARACTERS:
                return cls._from_version_0(text)
            cid = cls.from_bytes(base64.b32decode(text[1:].upper() + "=" * (-len(text[1:]) % 8)))
        except (ValueError, CidNotValid) as error:
            raise CidNotValid(text) from error
        if str(cid) != text:
            raise CidNotValid(text)
        return cid

    @classmethod
    def _from_version_0(cls, text: str) -> Self:
        number = 0
        for character in text:
            number = number * 58 + _BASE58.index(character)
        return cls.from_bytes(number.to_bytes(VERSION_0_BYTES))

    @classmethod
    def from_bytes(cls, binary: bytes) -> Self:
        """Raises CidNotValid."""
        if is_version_0(binary) and len(binary) == VERSION_0_BYTES:
            return cls(Codec.DAG_PB, binary[2:])
        if len(binary) != CID_BYTES or binary[:1] != _VERSION_1 or binary[1] not in list(Codec):
            raise CidNotValid(binary.hex())
        if binary[2:4] != _SHA2_256:
            raise CidNotValid(binary.hex())
        return cls(Codec(binary[1]), binary[4:])

    def __bytes__(self) -> bytes:
        return _VERSION_1 + bytes([self.codec]) + _SHA2_256 + self.digest

    def __str__(self) -> str:
        return _BASE32 + base64.b32encode(bytes(self)).decode().lower().rstrip("=")


def is_version_0(binary: bytes) -> bool:
    """Return whether these bytes begin with a CID of version 0: with the digest and nothing before it."""
    return binary.startswith(_SHA2_256)
