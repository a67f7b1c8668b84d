"""As much of protobuf's wire format as dag-pb and UnixFS need: numbers and bytes."""

from collections.abc import Iterator

_NUMBER = 0
_BYTES = 2
_LONGEST_VARINT = 10


def varint(number: int) -> bytes:
    """An unsigned number, seven bits a byte, the lowest first."""
    encoded = bytearray()
    while number >= 0x80:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    encoded.append(number)
    return bytes(encoded)


def read_varint(data: bytes, at: int) -> tuple[int, int]:
    """The number that begins at `at`, and where it ends. Raises ValueError."""
    number = 0
    for length, byte in enumerate(data[at : at + _LONGEST_VARINT], start=1):
        number |= (byte & 0x7F) << 7 * (length - 1)
        if byte < 0x80:
            return number, at + length
    raise ValueError("a number that does not end")


def field(number: int, value: int | bytes) -> bytes:
    if isinstance(value, int):
        return varint(number << 3 | _NUMBER) + varint(value)
    return varint(number << 3 | _BYTES) + varint(len(value)) + value


def fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """The message's fields in their order, each with its number. Raises ValueError."""
    at = 0
    while at < len(message):
        tag, at = read_varint(message, at)
        value, at = read_varint(message, at)
        if tag & 7 == _NUMBER:
            yield tag >> 3, value
        elif tag & 7 == _BYTES and at + value <= len(message):
            yield tag >> 3, message[at : at + value]
            at += value
        else:
            raise ValueError("a field that cannot be read")
