"""A picture that is made anew is the same picture, and tells nothing about who took it, where, and with what."""

import struct
import zlib
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from descrow.content.errors import PictureNotReadable, PictureTooComplex, PictureTooLarge
from descrow.content.limits import MAX_PIXELS
from descrow.content.media_types import PICTURES, MediaType, Sniffer
from descrow.content.pictures import MAX_KEPT_PIXELS, THUMBNAIL_SIDE_PX, remake
from tests.content.photos import (
    PHOTOS,
    SECRET,
    a_jpeg,
    a_jpeg_of_many_passes,
    a_picture,
    a_webp_of_one_colour,
    has_colours_of_a_picture,
    lab_profile,
    opened,
    srgb_profile,
    written,
)


def remade(content: bytes, media_type: MediaType) -> tuple[bytes, bytes]:
    """The picture and its thumbnail."""
    with TemporaryDirectory() as folder:
        source, picture, thumbnail = (Path(folder) / name for name in ("source", "picture", "thumbnail"))
        source.write_bytes(content)
        remake(source, media_type, picture=picture, thumbnail=thumbnail)
        return picture.read_bytes(), thumbnail.read_bytes()


def sniffed(*pieces: bytes) -> MediaType:
    sniffer = Sniffer()
    for piece in pieces:
        sniffer.feed(piece)
    return sniffer.media_type()


@pytest.mark.parametrize("media_type", sorted(PICTURES))
def test_nothing_but_the_pixels_is_kept(media_type: MediaType) -> None:
    photo = PHOTOS[media_type]
    assert photo.count(SECRET) >= 3  # or the test would find nothing anyway

    for picture in remade(photo, media_type):
        assert SECRET not in picture
        assert not opened(picture).getexif()
        assert has_colours_of_a_picture(opened(picture))


@pytest.mark.parametrize("media_type", sorted(PICTURES))
def test_a_picture_keeps_its_type_and_its_thumbnail_is_a_webp(media_type: MediaType) -> None:
    picture, thumbnail = remade(PHOTOS[media_type], media_type)

    assert sniffed(picture) == media_type
    assert sniffed(thumbnail) == MediaType.WEBP


def test_a_picture_keeps_its_size_and_its_thumbnail_fits_a_square() -> None:
    picture, thumbnail = remade(a_jpeg(size=(1000, 500)), MediaType.JPEG)

    assert opened(picture).size == (1000, 500)
    assert opened(thumbnail).size == (THUMBNAIL_SIDE_PX, THUMBNAIL_SIDE_PX // 2)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_taken_with_the_camera_turned_stands_upright(orientation: int) -> None:
    """Turned as the camera holds it, and said to be turned, it comes out as it was before."""
    as_held = {
        1: None,
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }[orientation]
    scene = a_picture(size=(64, 32))
    scene.paste("lime", (0, 0, 32, 16))
    exif = Image.Exif()
    exif[0x0112] = orientation
    photo = written(scene if as_held is None else scene.transpose(as_held), "PNG", exif=exif)

    picture = opened(remade(photo, MediaType.PNG)[0])

    assert picture.size == scene.size
    assert picture.tobytes() == scene.tobytes()


def test_transparency_is_kept() -> None:
    ghost = Image.new("RGBA", (8, 8), (255, 0, 0, 100))
    of_a_palette = Image.new("RGBA", (8, 8), (255, 0, 0, 0)).quantize()

    assert opened(remade(written(ghost, "PNG"), MediaType.PNG)[0]).getpixel((0, 0)) == (255, 0, 0, 100)
    assert opened(remade(written(of_a_palette, "PNG"), MediaType.PNG)[0]).getpixel((0, 0)) == (255, 0, 0, 0)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "I;16", "RGBA"])
def test_every_kind_of_png_becomes_a_picture(mode: str) -> None:
    picture, _ = remade(written(Image.new(mode, (8, 8)), "PNG"), MediaType.PNG)

    assert opened(picture).size == (8, 8)


@pytest.mark.parametrize("mode", ["L", "CMYK"])
def test_every_kind_of_jpeg_becomes_a_picture_in_colours(mode: str) -> None:
    picture, _ = remade(written(Image.new(mode, (8, 8)), "JPEG"), MediaType.JPEG)

    assert opened(picture).mode == "RGB"


def test_colours_of_another_space_become_srgb_and_the_profile_goes() -> None:
    """A space in which blue is called red and red is called blue."""
    other_way_round = srgb_profile().replace(b"rXYZ", b"----").replace(b"bXYZ", b"rXYZ").replace(b"----", b"bXYZ")
    photo = written(a_picture().transpose(Image.Transpose.ROTATE_180), "PNG", icc_profile=other_way_round)
    assert not has_colours_of_a_picture(opened(photo))

    picture = opened(remade(photo, MediaType.PNG)[0])

    assert has_colours_of_a_picture(picture)
    assert "icc_profile" not in picture.info


@pytest.mark.parametrize("profile", [b"no profile", lab_profile()])
def test_a_profile_of_no_use_leaves_the_colours_as_they_are(profile: bytes) -> None:
    picture = opened(remade(written(a_picture(), "PNG", icc_profile=profile), MediaType.PNG)[0])

    assert has_colours_of_a_picture(picture)
    assert "icc_profile" not in picture.info


def test_of_a_moving_picture_the_first_frame_is_kept() -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "lime", "blue")]
    moving = written(frames[0], "PNG", save_all=True, append_images=frames[1:])
    assert getattr(opened(moving), "n_frames", 1) == 3

    picture = opened(remade(moving, MediaType.PNG)[0])

    assert getattr(picture, "n_frames", 1) == 1
    assert picture.getpixel((0, 0)) == (255, 0, 0)


@pytest.mark.parametrize("side", [MAX_PIXELS // 5_000 + 1, 2**30])
def test_a_picture_with_too_many_pixels_is_refused_before_it_is_decoded(side: int) -> None:
    with pytest.raises(PictureTooLarge):
        remade(a_bomb(5_000, side), MediaType.PNG)


def a_bomb(width: int, height: int) -> bytes:
    """A few bytes of PNG that say they are a very large picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")


@pytest.mark.parametrize("media_type", sorted(PICTURES))
def test_a_picture_that_is_cut_off_is_refused(media_type: MediaType) -> None:
    photo = PHOTOS[media_type]

    with pytest.raises(PictureNotReadable):
        remade(photo[: len(photo) // 2], media_type)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(PICTURES)), st.integers(0, 2000), st.binary(min_size=1, max_size=8))
def test_a_damaged_picture_is_made_anew_or_refused(media_type: MediaType, at: int, damage: bytes) -> None:
    photo = bytearray(PHOTOS[media_type])
    at %= len(photo)
    photo[at : at + len(damage)] = damage

    try:
        picture, _ = remade(bytes(photo), media_type)
    except (PictureNotReadable, PictureTooComplex, PictureTooLarge):
        return
    assert SECRET not in picture


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (PHOTOS["image/jpeg"], MediaType.JPEG),
        (PHOTOS["image/png"], MediaType.PNG),
        (PHOTOS["image/webp"], MediaType.WEBP),
        (b"%PDF-1.7\n%\xe2\xe3", MediaType.PDF),
        (b"Karibu, 5 \xe2\x82\xac\r\n\tsawa", MediaType.TEXT),
        (b"", MediaType.TEXT),
        (b"<html><script>", MediaType.TEXT),
        (b"cut off \xe2\x82", MediaType.OTHER),
        (b"a NUL \0", MediaType.OTHER),
        (b"an escape \x1b[31m", MediaType.OTHER),
        (b"not \xff UTF-8", MediaType.OTHER),
        (b"GIF89a\x01\0\x01\0", MediaType.OTHER),
        (b"PK\x03\x04", MediaType.OTHER),
        (b"\x7fELF", MediaType.OTHER),
        (b"RIFF\0\0\0\0WAVE", MediaType.OTHER),
    ],
)
def test_what_a_file_is_by_its_bytes_however_they_come(content: bytes, media_type: MediaType) -> None:
    assert sniffed(content) == media_type
    assert sniffed(*(content[at : at + 1] for at in range(len(content)))) == media_type


@pytest.mark.parametrize(
    ("size", "orientation", "kept"), [((5_000, 4_000), 1, (3_872, 3_098)), ((5_000, 4_000), 6, (3_098, 3_872))]
)
def test_a_very_large_picture_is_made_smaller_and_keeps_its_shape(
    size: tuple[int, int], orientation: int, kept: tuple[int, int]
) -> None:
    picture = opened(remade(a_jpeg(size, orientation), MediaType.JPEG)[0])

    assert picture.width * picture.height <= MAX_KEPT_PIXELS
    assert picture.size == kept


@pytest.mark.parametrize("passes", [20, 300])
def test_a_jpeg_of_many_passes_is_refused_before_it_is_decoded(passes: int) -> None:
    with pytest.raises(PictureTooComplex):
        remade(a_jpeg_of_many_passes(passes), MediaType.JPEG)


def test_a_large_webp_is_refused_by_what_its_head_says() -> None:
    with pytest.raises(PictureTooLarge):
        remade(a_webp_of_one_colour(16_383), MediaType.WEBP)


@pytest.mark.parametrize("how", [{"lossless": True}, {"lossless": False}, {"save_all": True, "lossless": True}])
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_the_head_of_every_kind_of_webp_says_its_size(mode: str, how: dict[str, bool]) -> None:
    frames = [Image.new(mode, (300, 200), colour) for colour in ("red", "blue")]
    webp = written(frames[0], "WEBP", append_images=frames[1:], **how)

    picture = opened(remade(webp, MediaType.WEBP)[0])

    assert picture.size == (300, 200)
