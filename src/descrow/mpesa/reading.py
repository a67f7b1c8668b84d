"""Daraja's JSON, read by name, in every shape it was seen in.

One and the same field comes as a number here and as text there, without a value, twice, or spelled in another way. So
nothing is read by position, names are compared by their letters only, and what cannot be read is None and is named in
`unread` rather than raised: the rest of the message still counts. The bytes vary, too: a byte-order mark before them,
gzip around them, a byte among them that is no UTF-8.
"""

import codecs
import re
import zlib
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal, DecimalException
from typing import TypeVar

import msgspec

from descrow.kernel.money import KesCents

NAIROBI = timezone(timedelta(hours=3), "Africa/Nairobi")
"""Kenya keeps no summer time, and Daraja writes no zone."""

Parsed = TypeVar("Parsed")

_JSON = msgspec.json.Decoder(float_hook=Decimal)
_NOT_A_LETTER = re.compile(r"[^a-z0-9]")
_MISSPELLED = {"originatorcoversationid": "originatorconversationid", "occassion": "occasion"}
_MOST_BRACKETS = 200
"""Several times what a result has. Anybody may post, and a decoder told to go deep enough ends the process."""
_LONGEST_TEXT = 1_000
_GZIP = b"\x1f\x8b"
_LARGEST_UNPACKED_BYTES = 65_536
"""Several times what Daraja posts: a small body may unpack to more than there is memory for."""
_NOT_DECODED = "\N{REPLACEMENT CHARACTER}"
_LARGEST_NUMBER = 10**18

_AMOUNT = re.compile(r"(-?)([0-9]{1,13}|[0-9]{1,3}(?:,[0-9]{3}){1,4})(?:\.([0-9]{1,2})0*)?")
_WHOLE_NUMBER = re.compile(r"([0-9]+)\.0+")
_MOST_DECIMALS = 20
_COMPACT_TIME = re.compile(r"[0-9]{14}")
_DOTTED_TIME = re.compile(r"[0-9]{2}\.[0-9]{2}\.[0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2}")


class ReplyNotReadable(ValueError):
    """The message as a whole says nothing that could be acted on."""


class NamedValue:
    """The members of one object, or of one list of name and value, each found by its name."""

    def __init__(self, members: Iterable[tuple[object, object]]) -> None:
        self._values: dict[str, list[object]] = {}
        for name, value in members:
            if isinstance(name, str):
                self._values.setdefault(_letters(name), []).append(value)
        self._unread: set[str] = set()

    @property
    def unread(self) -> tuple[str, ...]:
        """Names asked for whose value was there but made no sense, or came twice and differed."""
        return tuple(sorted(self._unread))

    def child(self, name: str) -> "NamedValue":
        """The object of that name; an empty one where there is none."""
        return members_of(self._first(name))

    def pairs(self, name: str) -> "NamedValue":
        """The list of that name, whose items are name and value; a single item may stand there without its list."""
        listed = self._first(name)
        items = [members_of(item) for item in (listed if isinstance(listed, list) else [listed])]
        return NamedValue((item._first("Name") or item._first("Key"), item._first("Value")) for item in items)

    def text(self, name: str) -> str | None:
        return self._one(name, text_of)

    def code(self, name: str) -> str | None:
        """A code or an id, every sign of which could be decoded. It may be a number with decimals: `0.0` is `0`."""
        return self._one(name, _code_of)

    def texts(self, name: str) -> tuple[str, ...]:
        """Each value of a name that may come more than once."""
        return tuple(text for value in self._given(name) if (text := text_of(value)) is not None)

    def amount(self, name: str) -> KesCents | None:
        return self._one(name, amount_of)

    def time(self, name: str) -> datetime | None:
        return self._one(name, time_of)

    def _first(self, name: str) -> object:
        return next(iter(self._given(name)), None)

    def _given(self, name: str) -> list[object]:
        return [value for value in self._values.get(_letters(name), []) if value is not None and value != ""]

    def _one(self, name: str, parse: Callable[[object], Parsed | None]) -> Parsed | None:
        given = [parse(value) for value in self._given(name)]
        if not given:
            return None
        if given[0] is None or any(value != given[0] for value in given):
            self._unread.add(name)
            return None
        return given[0]


def read_object(body: bytes) -> NamedValue:
    """The members of a JSON object. Raises NotReadable for every other body."""
    written = _utf8_of(_unpacked(body))
    if written.count(b"{") + written.count(b"[") > _MOST_BRACKETS:
        raise ReplyNotReadable("nested too deep, or too many parts")
    try:
        value = _JSON.decode(written)
    except (ValueError, DecimalException) as error:
        raise ReplyNotReadable(f"not JSON: {type(error).__name__}") from error
    if not isinstance(value, dict):
        raise ReplyNotReadable("JSON, but no object")
    return members_of(value)


def members_of(value: object) -> NamedValue:
    return NamedValue(value.items() if isinstance(value, dict) else ())


def _unpacked(body: bytes) -> bytes:
    """The body without gzip. Raises ReplyNotReadable for one that is damaged, or becomes too large."""
    if not body.startswith(_GZIP):
        return body
    unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        unpacked = unpacker.decompress(body, _LARGEST_UNPACKED_BYTES)
    except zlib.error as error:
        raise ReplyNotReadable("damaged gzip") from error
    if not unpacker.eof:
        raise ReplyNotReadable("gzip that is cut off or too large")
    return unpacked


def _utf8_of(body: bytes) -> bytes:
    """The body without its byte-order mark, and with a sign of its own for each byte that cannot be decoded."""
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return body.decode("utf-16", "replace").encode("utf-8", "replace")
    return body.removeprefix(codecs.BOM_UTF8).decode("utf-8", "replace").encode()


def text_of(value: object) -> str | None:
    """A text that a database can hold, or a whole number as it would be written. A code may come as either."""
    if isinstance(value, Decimal):
        value = _whole(value)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < _LARGEST_NUMBER:
        return str(value)
    if isinstance(value, str) and len(value) <= _LONGEST_TEXT and "\0" not in value:
        return value.strip() or None
    return None


def amount_of(value: object) -> KesCents | None:
    """Shillings with at most two decimals, as number or as text (`1,500.00` too), in cents. Never rounded."""
    written = _AMOUNT.fullmatch(_written(value))
    if written is None:
        return None
    cents = int(written[2].replace(",", "")) * 100 + int((written[3] or "").ljust(2, "0"))
    return KesCents(-cents if written[1] else cents)


def time_of(value: object) -> datetime | None:
    """A moment in Nairobi, as 14 digits or as `06.07.2024 22:48:52`, in UTC."""
    written = _code_of(value) or ""
    if _COMPACT_TIME.fullmatch(written):
        form = "%Y%m%d%H%M%S"
    elif _DOTTED_TIME.fullmatch(written):
        form = "%d.%m.%Y %H:%M:%S"
    else:
        return None
    try:
        return datetime.strptime(written, form).replace(tzinfo=NAIROBI).astimezone(UTC)
    except (ValueError, OverflowError):  # a 31st of June, or the year 1 before UTC began
        return None


def _written(value: object) -> str:
    """A number in plain digits, or a text as it is; nothing for a number so large or fine that no money has it."""
    if isinstance(value, Decimal):
        exponent = value.as_tuple().exponent
        plain = isinstance(exponent, int) and exponent >= -_MOST_DECIMALS and value.adjusted() <= _MOST_DECIMALS
        return f"{value:f}" if plain else ""
    return text_of(value) or ""


def _whole(value: Decimal) -> int | None:
    """The whole number that a decimal is; None for any other, and for one too large to be written out."""
    if not value.is_finite() or value.adjusted() > _MOST_DECIMALS or value != value.to_integral_value():
        return None
    return int(value)


def _code_of(value: object) -> str | None:
    text = text_of(value)
    if text is None or _NOT_DECODED in text:
        return None
    whole = _WHOLE_NUMBER.fullmatch(text)
    return text if whole is None else whole[1]


def _letters(name: str) -> str:
    letters = _NOT_A_LETTER.sub("", name.lower())
    return _MISSPELLED.get(letters, letters)
