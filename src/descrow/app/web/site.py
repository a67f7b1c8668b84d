"""The built web app: read once, served from memory, each file with the headers that keep it in its place."""

import gzip
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Self

MEDIA_TYPES = {
    ".css": "text/css",
    ".html": "text/html",
    ".ico": "image/x-icon",
    ".js": "text/javascript",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}
PACKED_ALREADY = frozenset({".png", ".woff2"})

FOR_EVER = "public, max-age=31536000, immutable"
"""For files whose name holds a hash of what is in them."""
ASK_EACH_TIME = "no-cache"
INDEX = "index.html"
ASSETS = "assets/"

_LEVEL = 9
_YEAR_S = 31_536_000


@dataclass(frozen=True)
class SiteFile:
    """One file, and the same packed where that makes it smaller."""

    body: bytes
    packed: bytes | None
    media_type: str
    etag: str
    cache_control: str

    @classmethod
    def read(cls, path: Path, name: str) -> Self:
        body = path.read_bytes()
        packed = None if path.suffix in PACKED_ALREADY else gzip.compress(body, _LEVEL, mtime=0)
        return cls(
            body=body,
            packed=packed if packed is not None and len(packed) < len(body) else None,
            media_type=MEDIA_TYPES.get(path.suffix, "application/octet-stream"),
            etag=f'"{sha256(body).hexdigest()[:32]}"',
            cache_control=FOR_EVER if name.startswith(ASSETS) else ASK_EACH_TIME,
        )


class Site:
    """Every file of a build by its path. What is not in it is not there: no request reaches the disk."""

    def __init__(self, files: Mapping[str, SiteFile]) -> None:
        self._files = files

    @classmethod
    def open(cls, folder: Path) -> Self | None:
        """The build in this folder; None where there is none."""
        if not (folder / INDEX).is_file():
            return None
        names = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}
        shown = {name: path for name, path in names.items() if not PurePosixPath(name).name.startswith(".")}
        return cls({name: SiteFile.read(path, name) for name, path in shown.items()})

    def find(self, path: str) -> SiteFile | None:
        """The file at this path; the app itself for a path that the app's own router knows how to show.

        What has an extension, or lies where only built files are, is a file: an old tab that asks for a script of the
        build before must hear that it is gone, and not be given a page.
        """
        name = path.strip("/")
        if name in self._files:
            return self._files[name]
        is_file = f"{name}/".startswith(ASSETS) or "." in PurePosixPath(name).name
        return None if is_file else self._files[INDEX]


def accepts_gzip(accept_encoding: str | None) -> bool:
    """Return whether an Accept-Encoding header names gzip, and does not say at once that it is not wanted."""
    offers = [offer.replace(" ", "").lower().partition(";") for offer in (accept_encoding or "").split(",")]
    return any(name == "gzip" and quality not in ("q=0", "q=0.0", "q=0.00", "q=0.000") for name, _, quality in offers)
