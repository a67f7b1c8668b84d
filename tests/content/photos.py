"""Pictures as cameras and programs write them, with what their owners would rather keep to themselves."""

from io import BytesIO
from typing import Any

from PIL import ExifTags, Image, ImageCms, PngImagePlugin

SECRET = b"Moi Avenue 12"
"""It stands in each of a photo's kinds of metadata, so that one search finds what was left."""


def a_picture(size: tuple[int, int] = (64, 48), mode: str = "RGB") -> Image.Image:
    """Red on the left, blue on the right."""
    picture = Image.new(mode, size, "red")
    picture.paste(Image.new(mode, (size[0] // 2, size[1]), "blue"), (size[0] // 2, 0))
    return picture


def written(picture: Image.Image, image_format: str, **how: Any) -> bytes:
    file = BytesIO()
    picture.save(file, image_format, **how)
    return file.getvalue()


def an_exif(orientation: int = 1) -> Image.Exif:
    """With the place, on the equator, where the photo was taken."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    exif[ExifTags.Base.ImageDescription] = SECRET.decode()
    exif.get_ifd(ExifTags.IFD.GPSInfo).update(
        {
            ExifTags.GPS.GPSLatitudeRef: "S",
            ExifTags.GPS.GPSLatitude: (1.0, 17.0, 11.0),
            ExifTags.GPS.GPSAreaInformation: SECRET,
        }
    )
    return exif


XMP = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>" + SECRET + b"</x:xmpmeta>"


def a_jpeg(size: tuple[int, int] = (64, 48), orientation: int = 1) -> bytes:
    return written(a_picture(size), "JPEG", exif=an_exif(orientation), xmp=XMP, comment=SECRET, quality=95)


def a_png(size: tuple[int, int] = (64, 48)) -> bytes:
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Comment", SECRET.decode())
    texts.add_itxt("XML:com.adobe.xmp", XMP.decode())
    return written(a_picture(size), "PNG", exif=an_exif(), pnginfo=texts)


def a_webp(size: tuple[int, int] = (64, 48)) -> bytes:
    return written(a_picture(size), "WEBP", exif=an_exif(), xmp=XMP, quality=95)


PHOTOS = {"image/jpeg": a_jpeg(), "image/png": a_png(), "image/webp": a_webp()}


def srgb_profile() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def lab_profile() -> bytes:
    """No profile of red, green and blue."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()


def opened(content: bytes) -> Image.Image:
    picture = Image.open(BytesIO(content))
    picture.load()
    return picture


def has_colours_of_a_picture(picture: Image.Image) -> bool:
    """Red on the left and blue on the right, as far as a lossy format keeps them."""
    upright = picture.convert("RGB")
    left = upright.getpixel((upright.width // 4, upright.height // 2))
    right = upright.getpixel((upright.width * 3 // 4, upright.height // 2))
    return _is_near(left, (255, 0, 0)) and _is_near(right, (0, 0, 255))


def _is_near(pixel: Any, wanted: tuple[int, int, int]) -> bool:
    return all(abs(has - wants) < 12 for has, wants in zip(pixel, wanted, strict=True))


def a_jpeg_of_many_passes(passes: int, side: int = 7_000) -> bytes:
    """A small file of up to 49 megapixels, each of which is decoded once more in every pass."""
    photo = written(Image.new("RGB", (side, side), (120, 130, 140)), "JPEG", quality=50, progressive=True)
    end = photo.rfind(b"\xff\xd9")
    last_pass = photo[photo.rfind(b"\xff\xc4", 0, photo.rfind(b"\xff\xda")) : end]
    return photo[:end] + last_pass * (passes - photo.count(b"\xff\xda")) + b"\xff\xd9"


def a_webp_of_one_colour(side: int) -> bytes:
    """Some fifty bytes."""
    return written(Image.new("RGB", (side, side), "red"), "WEBP", lossless=True, method=0)


def a_slow_jpeg() -> bytes:
    """A quarter of a megabyte that takes seconds: 49 megapixels in the colours of print."""
    return written(Image.new("CMYK", (7_000, 7_000)), "JPEG")
