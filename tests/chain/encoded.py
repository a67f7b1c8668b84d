"""Any values of a chain's types, encoded: written from SCALE's rules, beside the code that reads them."""

from collections.abc import Mapping, Sequence
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from descrow.chain.scale import encode_compact

Types = Mapping[int, Mapping[str, Any]]
MOST = 3
"""Elements of a list."""


@st.composite
def values_of(draw: DrawFn, types: Types, type_id: int) -> bytes:
    """An encoded value of this type."""
    match types[type_id]:
        case {"primitive": "bool"}:
            return draw(st.sampled_from([b"\x00", b"\x01"]))
        case {"primitive": "str"}:
            text = draw(st.text(max_size=MOST)).encode()
            return encode_compact(len(text)) + text
        case {"primitive": "char"}:
            return ord(draw(st.characters())).to_bytes(4, "little")
        case {"primitive": name}:
            return draw(exactly(int(name[1:]) // 8))
        case {"compact": {"type": inner}}:
            return encode_compact(draw(st.integers(0, 2 ** bits(types, inner) - 1)))
        case {"sequence": {"type": element}}:
            length = draw(st.integers(0, MOST))
            return encode_compact(length) + draw(all_of(types, [element] * length))
        case {"array": {"len": length, "type": element}}:
            is_bytes = types[element] == {"primitive": "u8"}
            return draw(exactly(length) if is_bytes else all_of(types, [element] * length))
        case {"tuple": parts}:
            return draw(all_of(types, parts))
        case {"composite": {"fields": fields}}:
            return draw(all_of(types, [field["type"] for field in fields]))
        case {"variant": {"variants": variants}}:
            return draw(variant_values(types, draw(st.sampled_from(variants))))
        case {"bitSequence": {"bit_store_type": store}}:
            length, width = draw(st.integers(0, 40)), bits(types, store)
            return encode_compact(length) + draw(exactly(-(-length // width) * width // 8))
    raise AssertionError(types[type_id])


@st.composite
def variant_values(draw: DrawFn, types: Types, variant: Mapping[str, Any]) -> bytes:
    """An encoded value of this variant of a type."""
    return bytes([variant["index"]]) + draw(all_of(types, [field["type"] for field in variant["fields"]]))


@st.composite
def all_of(draw: DrawFn, types: Types, type_ids: Sequence[int]) -> bytes:
    """A value of each of these types, one after the other."""
    return b"".join([draw(values_of(types, type_id)) for type_id in type_ids])


def exactly(length: int) -> st.SearchStrategy[bytes]:
    return st.binary(min_size=length, max_size=length)


def bits(types: Types, type_id: int) -> int:
    """Return how wide the number is, which may be wrapped in a type of its own."""
    match types[type_id]:
        case {"primitive": name}:
            return int(name[1:])
        case {"composite": {"fields": [field]}}:
            return bits(types, field["type"])
    raise AssertionError(types[type_id])
