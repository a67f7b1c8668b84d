"""Pictures made anew: the same pixels, upright, and nothing else that the camera or its owner wrote into the file."""

from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from typing import IO, Any

from PIL import ExifTags, Image, ImageCms

from descrow.content.errors import PictureNotReadable, PictureTooLarge
from descrow.content.media_types import MediaType

MAX_PIXELS = 50_000_000
"""As many as large phone cameras have; 200 MB while it is open."""
THUMBNAIL_SIDE_PX = 400

_FORMATS = {MediaType.JPEG: "JPEG", MediaType.PNG: "PNG", MediaType.WEBP: "WEBP"}
_SAVING: dict[MediaType, dict[str, Any]] = {
    MediaType.JPEG: {"quality": 88},  # not progressive, for which the encoder holds the whole picture once more
    MediaType.PNG: {},
    MediaType.WEBP: {"quality": 88},
}
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What undoes each of EXIF's orientations."""


@dataclass(frozen=True)
class Picture:
    file: IO[bytes]
    thumbnail: IO[bytes]
    """WebP, within a square."""


def remake(file: IO[bytes], media_type: MediaType) -> Picture:
    """The picture and its thumbnail, without metadata. Of a moving one, the first frame.

    Takes up to seconds and much memory: not for the event loop. Raises PictureTooLarge or PictureNotReadable.
    """
    try:
        pixels = _pixels_of(file, media_type)
    except (PictureTooLarge, Image.DecompressionBombError) as error:
        raise PictureTooLarge(max_pixels=MAX_PIXELS) from error
    except Exception as error:  # what a damaged file may lead a decoder to has no list
        raise PictureNotReadable from error

    remade, thumbnail = BytesIO(), BytesIO()
    pixels.save(remade, _FORMATS[media_type], **_SAVING[media_type])
    pixels.thumbnail((THUMBNAIL_SIDE_PX, THUMBNAIL_SIDE_PX), reducing_gap=2.0)
    pixels.save(thumbnail, "WEBP", quality=80)
    return Picture(remade, thumbnail)


def _pixels_of(file: IO[bytes], media_type: MediaType) -> Image.Image:
    """Decoded, upright, in sRGB; with an empty `info`, from which Pillow would write metadata into the next file."""
    file.seek(0)
    image = Image.open(file, formats=[_FORMATS[media_type]])
    if image.width * image.height > MAX_PIXELS:
        raise PictureTooLarge(max_pixels=MAX_PIXELS)
    orientation = image.getexif().get(ExifTags.Base.Orientation)
    pixels = _in_srgb(image)
    if orientation in _UPRIGHT:
        pixels = pixels.transpose(_UPRIGHT[orientation])
    pixels.info.clear()
    return pixels


def _in_srgb(image: Image.Image) -> Image.Image:
    """In the colours that a browser takes for granted, with transparency where there is some."""
    mode = "RGBA" if image.has_transparency_data else "RGB"
    profile = image.info.get("icc_profile")
    if profile:
        pixels = image if image.mode == "CMYK" else _in_mode(image, mode)
        with suppress(ImageCms.PyCMSError, OSError):  # a profile of no use: the colours stay as they are
            srgb = ImageCms.createProfile("sRGB")
            return ImageCms.profileToProfile(pixels, BytesIO(profile), srgb, outputMode=mode) or pixels
    return _in_mode(image, mode)


def _in_mode(image: Image.Image, mode: str) -> Image.Image:
    """Without the copy that a conversion into the same mode would be."""
    image.load()
    return image if image.mode == mode else image.convert(mode)
