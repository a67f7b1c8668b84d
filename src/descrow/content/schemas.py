"""Content as it travels."""

from dataclasses import dataclass

import msgspec
from litestar.datastructures import UploadFile


@dataclass
class UploadRequest:
    """A form with one file in it."""

    file: UploadFile


class ContentView(msgspec.Struct, rename="camel"):
    """`cid` is of what is served: a picture is made anew first, so it is not that of the file which was sent."""

    cid: str
    media_type: str
    size_bytes: int
    thumbnail_cid: str | None
    """A WebP within 400 pixels square; of pictures only."""
