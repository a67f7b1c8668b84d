"""Define which part of a file a request wants (RFC 9110): one range, or the whole."""

import re
from typing import ClassVar

from descrow.kernel.errors import DescrowError

_ONE_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})", re.IGNORECASE)


class RangeNotSatisfiable(DescrowError):
    code: ClassVar[str] = "range_not_satisfiable"
    status: ClassVar[int] = 416

    def __init__(self, size_bytes: int) -> None:
        super().__init__("The file has no such bytes.", size_bytes=size_bytes)
        self.headers = {"Content-Range": f"bytes */{size_bytes}"}


def wanted_range(header: str | None, size_bytes: int) -> range | None:
    """The bytes that a Range header asks for; None is all of them, as for a header that is not understood.

    Raises RangeNotSatisfiable where the file has no such bytes.
    """
    asked = _ONE_RANGE.fullmatch((header or "").strip())
    if asked is None or asked.groups() == ("", ""):
        return None
    first, last = asked.groups()
    if not first:
        wanted = range(max(size_bytes - int(last), 0), size_bytes)
    elif last and int(last) < int(first):
        return None
    else:
        wanted = range(int(first), min(int(last) + 1, size_bytes) if last else size_bytes)
    if not wanted:
        raise RangeNotSatisfiable(size_bytes)
    return wanted


def is_same(header: str | None, etag: str) -> bool:
    """Return whether an If-None-Match header names what the client has already."""
    if header is None:
        return False
    return header.strip() == "*" or etag in (tag.strip().removeprefix("W/") for tag in header.split(","))


def range_headers(wanted: range | None, size_bytes: int) -> dict[str, str]:
    """Return what an answer says of its length: of the whole, or of the wanted bytes of so many."""
    if wanted is None:
        return {"Accept-Ranges": "bytes", "Content-Length": str(size_bytes)}
    return {
        "Accept-Ranges": "bytes",
        "Content-Length": str(len(wanted)),
        "Content-Range": f"bytes {wanted.start}-{wanted.stop - 1}/{size_bytes}",
    }
