"""CIDs: names made of what they name. Ours are version 1, in base32, of a raw or dag-pb block, by SHA-256."""

import base64
import hashlib
from dataclasses import dataclass
from enum import IntEnum
from typing import Self

from descrow.content.errors import CidNotValid

CID_BYTES = 36
_VERSION_1 = b"\x01"
_SHA2_256 = b"\x12\x20"
_BASE32 = "b"


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
        """The CID that is written so. Raises CidNotValid, also for another spelling: each CID has one."""
        try:
            cid = cls.from_bytes(base64.b32decode(text[1:].upper() + "=" * (-len(text[1:]) % 8)))
        except ValueError as error:
            raise CidNotValid(text) from error
        if str(cid) != text:
            raise CidNotValid(text)
        return cid

    @classmethod
    def from_bytes(cls, binary: bytes) -> Self:
        """Raises CidNotValid."""
        if len(binary) != CID_BYTES or binary[:1] != _VERSION_1 or binary[1] not in list(Codec):
            raise CidNotValid(binary.hex())
        if binary[2:4] != _SHA2_256:
            raise CidNotValid(binary.hex())
        return cls(Codec(binary[1]), binary[4:])

    def __bytes__(self) -> bytes:
        return _VERSION_1 + bytes([self.codec]) + _SHA2_256 + self.digest

    def __str__(self) -> str:
        return _BASE32 + base64.b32encode(bytes(self)).decode().lower().rstrip("=")
