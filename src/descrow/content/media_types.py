"""Define what a file is by its own bytes, whatever its sender or its name say."""

import codecs
from enum import StrEnum


class MediaType(StrEnum):
    JPEG = "image/jpeg"
    PNG = "image/png"
    WEBP = "image/webp"
    PDF = "application/pdf"
    TEXT = "text/plain"
    JSON = "application/json"
    """Of documents that the shop itself writes; what people upload is text."""
    OTHER = "application/octet-stream"


PICTURES = frozenset({MediaType.JPEG, MediaType.PNG, MediaType.WEBP})

_HEAD_BYTES = 12
_CONTROLS = bytes(range(32)).translate(None, b"\t\n\f\r") + b"\x7f"


class Sniffer:
    """Told a file piece by piece, says what it is. An empty one is a text."""

    def __init__(self) -> None:
        self._head = b""
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._is_text = True

    def feed(self, piece: bytes) -> None:
        if len(self._head) < _HEAD_BYTES:
            self._head = (self._head + piece)[:_HEAD_BYTES]
        if self._is_text:
            self._is_text = self._goes_on_as_text(piece)

    def media_type(self) -> MediaType:
        """Return what the file was, now that all of it is told."""
        if self._head.startswith(b"\xff\xd8\xff"):
            return MediaType.JPEG
        if self._head.startswith(b"\x89PNG\r\n\x1a\n"):
            return MediaType.PNG
        if self._head.startswith(b"RIFF") and self._head[8:] == b"WEBP":
            return MediaType.WEBP
        if self._head.startswith(b"%PDF-"):
            return MediaType.PDF
        return MediaType.TEXT if self._is_text and self._ends_as_text() else MediaType.OTHER

    def _goes_on_as_text(self, piece: bytes) -> bool:
        if len(piece.translate(None, _CONTROLS)) < len(piece):
            return False
        try:
            self._decoder.decode(piece)
        except UnicodeDecodeError:
            return False
        return True

    def _ends_as_text(self) -> bool:
        """Return whether the last character is whole."""
        return not self._decoder.getstate()[0]
