"""Define where a value ends in SCALE's encoding, by a chain's metadata: to step over what nobody asks for.

The encoding tells neither types nor lengths of its parts, so finding the next value means walking through this one.
See the Polkadot protocol specification, A.2.2, and `scale-info` for the description of types.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from descrow.chain.scale import decode_compact

End = Callable[[bytes, int], int]
"""Where the value that begins at this place ends. Raises ValueError for bytes that are no value of its type.

A value that the bytes break off within may raise, or end behind them: whoever walks has to look where it came out.
"""

_NUMBERS = {f"{sign}{bits}": bits // 8 for sign in "ui" for bits in (8, 16, 32, 64, 128, 256)}
_CHAR_BYTES = 4


class Layout:
    """The types of one version of a chain, by their ids there."""

    def __init__(self, types: Mapping[int, Mapping[str, Any]]) -> None:
        """`types` are the definitions as the metadata has them, such as `{"sequence": {"type": 2}}`."""
        self._types = types
        self._ends: dict[int, End] = {}
        self._widths: dict[int, int | None] = {}

    def end_of(self, type_id: int) -> End:
        """Return how to step over a value of this type."""
        if type_id not in self._ends:
            # A type may hold itself: what is asked for while it is being made looks again when it is used.
            self._ends[type_id] = lambda encoded, begin: self._ends[type_id](encoded, begin)
            self._ends[type_id] = self._make_end(type_id)
        return self._ends[type_id]

    def width(self, type_id: int) -> int | None:
        """Return how many bytes each value of this type takes, if any bytes will do; otherwise None."""
        if type_id not in self._widths:
            self._widths[type_id] = None  # what holds itself has no fixed width
            self._widths[type_id] = self._find_width(self._types[type_id])
        return self._widths[type_id]

    def _find_width(self, definition: Mapping[str, Any]) -> int | None:
        match definition:
            case {"primitive": "char"}:
                return _CHAR_BYTES
            case {"primitive": name}:
                return _NUMBERS.get(name)
            case {"array": {"len": length, "type": element}}:
                width = self.width(element)
                return None if width is None else length * width
            case {"composite": _} | {"tuple": _}:
                widths = [self.width(part) for part in _parts(definition)]
                return None if None in widths else sum(width or 0 for width in widths)
        return None

    def _make_end(self, type_id: int) -> End:
        width, definition = self.width(type_id), self._types[type_id]
        if width is not None:
            return _after(width)
        match definition:
            case {"compact": _}:
                return _after_compact
            case {"primitive": "bool"}:
                return _after_bool
            case {"primitive": "str"}:
                return _after_text
            case {"sequence": {"type": element}}:
                return self._after_sequence(element)
            case {"array": {"len": length, "type": element}}:
                return _after_all([self.end_of(element)] * length)
            case {"composite": _} | {"tuple": _}:
                return _after_all([self.end_of(part) for part in _parts(definition)])
            case {"variant": {"variants": variants}}:
                return _after_variant(
                    {
                        variant["index"]: _after_all([self.end_of(field["type"]) for field in variant["fields"]])
                        for variant in variants
                    }
                )
            case {"bitSequence": {"bit_store_type": store}}:
                return _after_bits(self.width(store) or 1)
        raise ValueError(f"a type of an unknown kind: {definition}")

    def _after_sequence(self, element: int) -> End:
        width = self.width(element)
        if width is not None:
            return _after_many(width)
        end_of_element = self.end_of(element)

        def end(encoded: bytes, begin: int) -> int:
            count, prefix = decode_compact(encoded, begin)
            begin += prefix
            for _ in range(count):
                begin = end_of_element(encoded, begin)
            return begin

        return end


def _parts(definition: Mapping[str, Any]) -> Sequence[int]:
    if "tuple" in definition:
        return list(definition["tuple"])
    return [field["type"] for field in definition["composite"]["fields"]]


def _after(width: int) -> End:
    return lambda _, begin: begin + width


def _after_all(parts: Sequence[End]) -> End:
    def end(encoded: bytes, begin: int) -> int:
        for end_of_part in parts:
            begin = end_of_part(encoded, begin)
        return begin

    return end


def _after_many(width: int) -> End:
    def end(encoded: bytes, begin: int) -> int:
        count, prefix = decode_compact(encoded, begin)
        return begin + prefix + count * width

    return end


def _after_variant(variants: Mapping[int, End]) -> End:
    def end(encoded: bytes, begin: int) -> int:
        which = encoded[begin] if begin < len(encoded) else None
        end_of_fields = None if which is None else variants.get(which)
        if end_of_fields is None:
            raise ValueError(f"at byte {begin} is no variant that is known: {which}")
        return end_of_fields(encoded, begin + 1)

    return end


def _after_bits(store_bytes: int) -> End:
    def end(encoded: bytes, begin: int) -> int:
        bits, prefix = decode_compact(encoded, begin)
        return begin + prefix + -(-bits // (8 * store_bytes)) * store_bytes

    return end


def _after_compact(encoded: bytes, begin: int) -> int:
    return begin + decode_compact(encoded, begin)[1]


def _after_bool(encoded: bytes, begin: int) -> int:
    if encoded[begin : begin + 1] not in (b"\x00", b"\x01"):
        raise ValueError(f"at byte {begin} is neither yes nor no")
    return begin + 1


def _after_text(encoded: bytes, begin: int) -> int:
    length, prefix = decode_compact(encoded, begin)
    end = begin + prefix + length
    str(encoded[begin + prefix : end], "utf-8")  # a UnicodeDecodeError is a ValueError
    return end
