"""Headers as nodes tell them, and the hash that names a block: computed here, never believed."""

from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from descrow.chain.scale import encode_compact, hex_bytes


@dataclass(frozen=True)
class Head:
    """A block's place in its chain."""

    number: int
    hash: str
    parent_hash: str


def read_header(header: dict[str, Any]) -> Head:
    """The place that a header in JSON describes. Its hash is BLAKE2b-256 over the encoded header, as on FRAME chains.

    Raises KeyError, TypeError or ValueError for what is no header.
    """
    number = int(header["number"], 16)
    logs = [hex_bytes(log) for log in header["digest"]["logs"]]
    encoded = (
        _hash_bytes(header["parentHash"])
        + encode_compact(number)
        + _hash_bytes(header["stateRoot"])
        + _hash_bytes(header["extrinsicsRoot"])
        + encode_compact(len(logs))
        + b"".join(logs)
    )
    return Head(number, "0x" + blake2b(encoded, digest_size=32).hexdigest(), str(header["parentHash"]))


def _hash_bytes(text: str) -> bytes:
    value = hex_bytes(text)
    if len(value) != 32:
        raise ValueError(f"a hash has 32 bytes, this has {len(value)}")
    return value
