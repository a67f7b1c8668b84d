"""Headers as nodes tell them, and the hash that names a block: computed here, never believed."""

from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from descrow.chain.scale import encode_compact, hex_bytes

HASH_BYTES = 32


@dataclass(frozen=True)
class Head:
    """A block's place in its chain."""

    number: int
    hash: str
    parent_hash: str


def read_header(header: Any) -> Head:
    """The place that a header in JSON describes. Its hash is BLAKE2b-256 over the encoded header, as on FRAME chains.

    Raises ValueError for what is no header.
    """
    try:
        number = int(header["number"], 16)
        parent_hash = read_hash(header["parentHash"])
        logs = [hex_bytes(log) for log in header["digest"]["logs"]]
        encoded = (
            hex_bytes(parent_hash)
            + encode_compact(number)
            + hex_bytes(read_hash(header["stateRoot"]))
            + hex_bytes(read_hash(header["extrinsicsRoot"]))
            + encode_compact(len(logs))
            + b"".join(logs)
        )
    except (AttributeError, KeyError, OverflowError, TypeError) as error:
        raise ValueError(f"no header: {error!r}") from error
    return Head(number, hash_of(encoded), parent_hash)


def read_hash(reported: Any) -> str:
    """A hash as we write it: 0x and 64 lower-case digits. Raises ValueError for what is none."""
    if not isinstance(reported, str) or not reported.startswith("0x"):
        raise ValueError(f"no hash: {reported!r}")
    value = hex_bytes(reported)
    if len(value) != HASH_BYTES:
        raise ValueError(f"a hash has {HASH_BYTES} bytes, this has {len(value)}")
    return "0x" + value.hex()


def hash_of(encoded: bytes) -> str:
    """BLAKE2b-256, by which FRAME chains name blocks, extrinsics and stored values."""
    return "0x" + blake2b(encoded, digest_size=HASH_BYTES).hexdigest()
