"""The root of a list in Substrate's trie: what a header says of its block's extrinsics, made anew from them.

A node of the trie is a header with the form and the length of its key's part, that part, and its content; it is named
by its bytes, or by their BLAKE2b-256 hash once they are as long as that. See the Polkadot protocol specification, 2.4.
"""

from collections.abc import Sequence
from hashlib import blake2b

from descrow.chain.scale import encode_compact

_EMPTY = b"\x00"
_LEAF, _LEAF_WITH_HASH, _BRANCH = 0b01, 0b001, 0b10

Entry = tuple[Sequence[int], bytes]
"""What is left of a key, in half bytes, and the value behind it."""


def is_root_of(root: bytes, values: Sequence[bytes]) -> bool:
    """Return whether exactly these values, in this order, are what the root stands for.

    Older runtimes put each value into the trie, newer ones the hash of a longer value: either is a proof.
    """
    return root in (_root(values, hash_long=True), _root(values, hash_long=False))


def _root(values: Sequence[bytes], *, hash_long: bool) -> bytes:
    entries = [(_half_bytes(encode_compact(place)), value) for place, value in enumerate(values)]
    return _hash(_node(sorted(entries), hash_long=hash_long) if entries else _EMPTY)


def _node(entries: Sequence[Entry], *, hash_long: bool) -> bytes:
    """Entries in order of their keys. No key begins another, as compact integers do not: a branch holds no value."""
    if len(entries) == 1:
        return _leaf(*entries[0], hash_long=hash_long)
    shared = _shared_length(entries[0][0], entries[-1][0])
    by_branch: dict[int, list[Entry]] = {}
    for key, value in entries:
        by_branch.setdefault(key[shared], []).append((key[shared + 1 :], value))
    children = [_name(_node(below, hash_long=hash_long)) for below in by_branch.values()]
    which = sum(1 << branch for branch in by_branch).to_bytes(2, "little")
    return _key_part(_BRANCH, 2, entries[0][0][:shared]) + which + b"".join(children)


def _leaf(key: Sequence[int], value: bytes, *, hash_long: bool) -> bytes:
    if hash_long and len(value) > 32:
        return _key_part(_LEAF_WITH_HASH, 3, key) + _hash(value)
    return _key_part(_LEAF, 2, key) + encode_compact(len(value)) + value


def _key_part(form: int, form_bits: int, key: Sequence[int]) -> bytes:
    """The form in the first bits, then how long the key's part is, which in a list fits; then the part itself."""
    even = [0, *key] if len(key) % 2 else key
    packed = bytes(high << 4 | low for high, low in zip(even[::2], even[1::2], strict=True))
    return bytes([form << (8 - form_bits) | len(key)]) + packed


def _name(node: bytes) -> bytes:
    named = node if len(node) < 32 else _hash(node)
    return encode_compact(len(named)) + named


def _half_bytes(key: bytes) -> list[int]:
    return [half for byte in key for half in (byte >> 4, byte & 15)]


def _shared_length(one: Sequence[int], other: Sequence[int]) -> int:
    return next(place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b)


def _hash(encoded: bytes) -> bytes:
    return blake2b(encoded, digest_size=32).digest()
