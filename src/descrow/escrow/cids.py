"""CIDs as the contract keeps them: the 32 bytes of their SHA-256 digest."""

import base64
from typing import ClassVar

from descrow.errors import Invalid

NO_DIGEST = bytes(32)
_VERSION_1 = 0x01
_CODECS = (0x55, 0x70)  # raw, dag-pb
_SHA2_256 = bytes([0x12, 0x20])


class CidNotValid(Invalid):
    code: ClassVar[str] = "cid_not_valid"
    title: ClassVar[str] = "Not a CID"

    def __init__(self, cid: str) -> None:
        super().__init__("This is not a CIDv1 with a SHA-256 digest, such as bafkrei….", cid=cid)


def digest_of_cid(cid: str) -> bytes:
    """The digest in a base32 CIDv1 (raw or dag-pb, SHA-256). Raises CidNotValid for any other text."""
    if not cid.startswith("b") or cid != cid.lower():
        raise CidNotValid(cid)
    try:
        binary = base64.b32decode(cid[1:].upper() + "=" * (-len(cid[1:]) % 8))
    except ValueError as error:
        raise CidNotValid(cid) from error
    if len(binary) != 36 or binary[0] != _VERSION_1 or binary[1] not in _CODECS or binary[2:4] != _SHA2_256:
        raise CidNotValid(cid)
    return binary[4:]


def raw_cid_of(content_digest: bytes) -> str:
    """The CID of one raw block with this SHA-256 digest."""
    binary = bytes([_VERSION_1, 0x55]) + _SHA2_256 + content_digest
    return "b" + base64.b32encode(binary).decode().lower().rstrip("=")
