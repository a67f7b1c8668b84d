"""Pictures made anew: upright, in sRGB, and without what else the camera or its owner wrote into the file.

It runs in processes that are ended when they need too much (`content.picture_workers`), and imports libvips, which no
other process does. libvips reads a file in parts where its format allows that, and a large one at a part of its size.
"""

from math import isqrt, sqrt
from pathlib import Path
from typing import Any

import pyvips

from descrow.content.errors import PictureNotReadable, PictureTooComplex, PictureTooLarge
from descrow.content.limits import MAX_PIXELS
from descrow.content.media_types import MediaType

MAX_KEPT_PIXELS = 12_000_000
"""Larger pictures are made smaller, so that no encoder holds more."""
MAX_KEPT_WEBP_PIXELS = 8_000_000
"""Decoder and encoder of WebP hold a whole picture, each in several copies."""
MAX_PIXELS_TIMES_PASSES = 600_000_000
"""A progressive JPEG is decoded pass by pass. A camera writes about ten passes, an attacker hundreds."""
THUMBNAIL_SIDE_PX = 400

_HEAD_BYTES = 30
_START_OF_PASS = b"\xff\xda"
_PROFILE = "icc-profile-data"
_SAVING: dict[MediaType, tuple[str, dict[str, Any]]] = {
    MediaType.JPEG: ("jpegsave", {"Q": 88}),  # not progressive, for which the encoder holds the whole picture once more
    MediaType.PNG: ("pngsave", {}),
    MediaType.WEBP: ("webpsave", {"Q": 88, "effort": 2}),  # a third less memory than with 4, at the same size
}

# Other decoders, and those that libvips' authors call untrusted, are never reached, whatever a file pretends to be.
pyvips.operation_block_set("VipsForeignLoad", True)
for _decoder in ("VipsForeignLoadJpeg", "VipsForeignLoadPng", "VipsForeignLoadWebp"):
    pyvips.operation_block_set(_decoder, False)
pyvips.cache_set_max(0)  # no picture is opened twice


def remake(source: Path, media_type: MediaType, *, picture: Path, thumbnail: Path) -> None:
    """Write the picture and its thumbnail, a WebP in a square, without metadata. Of a moving one, the first frame.

    Takes up to seconds and much memory. Raises PictureTooLarge, PictureTooComplex or PictureNotReadable.
    """
    try:
        pixels = _pixels_of(source, media_type)
        saver, options = _SAVING[media_type]
        getattr(pixels, saver)(str(picture), keep="none", **options)
        small = pixels.thumbnail_image(THUMBNAIL_SIDE_PX, height=THUMBNAIL_SIDE_PX, size="down")
        small.webpsave(str(thumbnail), Q=80, keep="none")
    except pyvips.Error as error:
        if "out of memory" in str(error) or "Insufficient memory" in str(error):  # libvips, libjpeg
            raise PictureTooComplex from error
        raise PictureNotReadable from error


def _pixels_of(source: Path, media_type: MediaType) -> pyvips.Image:
    """Decoded into memory, upright, in sRGB."""
    image = _opened_webp(source) if media_type is MediaType.WEBP else _opened(source, media_type)
    return _in_srgb(image).copy_memory().autorot()


def _opened_webp(source: Path) -> pyvips.Image:
    """Opened at the size that is kept: libvips takes memory for a WebP's pixels before it says how many there are."""
    width, height = _size_of_webp(source)
    _check_size(width * height)
    scale = min(sqrt(MAX_KEPT_WEBP_PIXELS / (width * height)), 1.0)
    return pyvips.Image.webpload(str(source), scale=scale, access="sequential", fail_on="error")


def _opened(source: Path, media_type: MediaType) -> pyvips.Image:
    if media_type is MediaType.PNG:
        _check_size(_size_of_png(source))  # libpng says of a million pixels in a row that the file is damaged
    image = pyvips.Image.new_from_file(str(source), access="sequential", fail_on="error")
    size = image.width * image.height
    _check_size(size)
    if media_type is MediaType.JPEG and size * source.read_bytes().count(_START_OF_PASS) > MAX_PIXELS_TIMES_PASSES:
        raise PictureTooComplex
    if size <= MAX_KEPT_PIXELS:
        return image
    return pyvips.Image.thumbnail(
        str(source),
        isqrt(MAX_KEPT_PIXELS * image.width // image.height),
        height=isqrt(MAX_KEPT_PIXELS * image.height // image.width),
        size="down",
        no_rotate=True,  # the lengths of its sides are those before it is turned
        fail_on="error",
    )


def _check_size(pixels: int) -> None:
    if pixels > MAX_PIXELS:
        raise PictureTooLarge(max_pixels=MAX_PIXELS)


def _size_of_png(source: Path) -> int:
    head = _head_of(source)
    return int.from_bytes(head[16:20], "big") * int.from_bytes(head[20:24], "big")


def _size_of_webp(source: Path) -> tuple[int, int]:
    """Return width and height (RFC 9649). Raises PictureNotReadable."""
    head = _head_of(source)
    match head[12:16]:
        case b"VP8X":
            return int.from_bytes(head[24:27], "little") + 1, int.from_bytes(head[27:30], "little") + 1
        case b"VP8L":
            packed = int.from_bytes(head[21:25], "little")
            return (packed & 0x3FFF) + 1, (packed >> 14 & 0x3FFF) + 1
        case b"VP8 ":
            return int.from_bytes(head[26:28], "little") & 0x3FFF, int.from_bytes(head[28:30], "little") & 0x3FFF
    raise PictureNotReadable


def _head_of(source: Path) -> bytes:
    with source.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    if len(head) < _HEAD_BYTES:
        raise PictureNotReadable
    return head


def _in_srgb(image: pyvips.Image) -> pyvips.Image:
    """In the colours that a browser takes for granted, with transparency where there is some."""
    if image.get_typeof(_PROFILE):
        try:
            return image.icc_transform("srgb", embedded=True, intent="perceptual")
        except pyvips.Error:  # a profile of no use: the colours stay as they are
            image = image.copy()
            image.remove(_PROFILE)
    return image.colourspace("srgb")
