"""The two smallest pieces of SCALE, and hex: what is read and written without the chain's metadata."""


def encode_compact(value: int) -> bytes:
    """SCALE's compact integer."""
    if value < 1 << 6:
        return (value << 2).to_bytes(1, "little")
    if value < 1 << 14:
        return (value << 2 | 1).to_bytes(2, "little")
    if value < 1 << 30:
        return (value << 2 | 2).to_bytes(4, "little")
    length = (value.bit_length() + 7) // 8
    return ((length - 4) << 2 | 3).to_bytes(1, "little") + value.to_bytes(length, "little")


def decode_compact(encoded: bytes, begin: int = 0) -> tuple[int, int]:
    """The compact integer at this place and how many bytes it took. Raises ValueError when some are missing."""
    if begin >= len(encoded):
        raise ValueError("a compact integer has at least one byte")
    first = encoded[begin]
    form = first & 3
    if form == 0:
        return first >> 2, 1
    length = {1: 2, 2: 4}.get(form, 1 + (first >> 2) + 4)
    there = encoded[begin : begin + length]
    if len(there) < length:
        raise ValueError(f"this compact integer has {length} bytes, only {len(there)} are there")
    if form == 3:
        return int.from_bytes(there[1:], "little"), length
    return int.from_bytes(there, "little") >> 2, length


def hex_bytes(text: str) -> bytes:
    """The bytes behind `0x` and hex digits. Raises ValueError."""
    return bytes.fromhex(text.removeprefix("0x"))
