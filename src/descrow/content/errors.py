"""Refusals of what people store and ask for."""

from typing import ClassVar

from descrow.kernel.errors import Conflict, DescrowError, Invalid, NotFound, Unavailable


class CidNotValid(Invalid):
    code: ClassVar[str] = "cid_not_valid"

    def __init__(self, cid: str) -> None:
        super().__init__("This is not a CID with a SHA-256 digest, such as bafkrei… or Qm….", cid=cid)


class ContentNotFound(NotFound):
    code: ClassVar[str] = "content_not_found"

    def __init__(self, cid: str) -> None:
        super().__init__("Nothing of this name is kept here.", cid=cid)


class ContentTooLarge(Invalid):
    code: ClassVar[str] = "content_too_large"
    status: ClassVar[int] = 413

    def __init__(self, size_bytes: int, *, max_bytes: int) -> None:
        super().__init__(
            f"A file may have {max_bytes} bytes at most; nothing was stored.",
            size_bytes=size_bytes,
            max_bytes=max_bytes,
        )


class ContentTypeNotAllowed(Invalid):
    code: ClassVar[str] = "content_type_not_allowed"
    status: ClassVar[int] = 415

    def __init__(self) -> None:
        super().__init__(
            "By its bytes this is no JPEG, PNG, WebP or PDF, and no plain text in UTF-8; nothing was stored."
        )


class PictureNotReadable(Invalid):
    code: ClassVar[str] = "picture_not_readable"

    def __init__(self) -> None:
        super().__init__("The picture is cut off or damaged; nothing was stored.")


class PictureTooLarge(Invalid):
    code: ClassVar[str] = "picture_too_large"

    def __init__(self, *, max_pixels: int) -> None:
        super().__init__(f"A picture may have {max_pixels} pixels at most; nothing was stored.", max_pixels=max_pixels)


class PictureTooComplex(Invalid):
    """Refuse a picture whose decoder was ended, or would have been: it needs more time or memory than there is."""

    code: ClassVar[str] = "picture_too_complex"

    def __init__(self) -> None:
        super().__init__("It takes too long, or too much memory, to open this picture; nothing was stored.")


class PicturesUnavailable(Unavailable):
    """Every process that opens pictures is busy, and too many pictures wait; or none can be started."""

    code: ClassVar[str] = "pictures_unavailable"

    def __init__(self) -> None:
        super().__init__("Too many pictures are waiting to be opened. Try again shortly.")


class TooManyPictures(DescrowError):
    code: ClassVar[str] = "too_many_pictures"
    status: ClassVar[int] = 429

    def __init__(self, *, at_once: int) -> None:
        super().__init__(f"{at_once} pictures of yours are being looked at. Wait for one of them.", at_once=at_once)
        self.headers = {"Retry-After": "5"}


class TooManyUploads(DescrowError):
    code: ClassVar[str] = "too_many_uploads"
    status: ClassVar[int] = 429

    def __init__(self, *, per_day: int, retry_after_s: int) -> None:
        super().__init__(f"{per_day} uploads a day (in UTC) are allowed.", per_day=per_day)
        self.headers = {"Retry-After": str(retry_after_s)}


class UploadQuotaReached(Conflict):
    code: ClassVar[str] = "upload_quota_reached"

    def __init__(self, *, used_bytes: int, max_bytes: int) -> None:
        super().__init__(
            f"Your files have {used_bytes} bytes of {max_bytes} already; nothing was stored.",
            used_bytes=used_bytes,
            max_bytes=max_bytes,
        )


class StorageFull(DescrowError):
    """All accounts together have stored what the operator allows."""

    code: ClassVar[str] = "storage_full"
    status: ClassVar[int] = 507

    def __init__(self) -> None:
        super().__init__("This shop has no room for more files; nothing was stored.")


class BlockStoreUnavailable(Unavailable):
    code: ClassVar[str] = "block_store_unavailable"

    def __init__(self, why: str) -> None:
        super().__init__(f"The IPFS node cannot be used: {why}. Try again shortly.")


class ContentDamaged(DescrowError):
    """Refuse content that is not what its name promises: a block is gone, altered, or no part of a file."""

    code: ClassVar[str] = "content_damaged"

    def __init__(self, cid: str, why: str) -> None:
        super().__init__(f"{cid} {why}.", cid=cid)


class CarNotValid(Invalid):
    code: ClassVar[str] = "car_not_valid"

    def __init__(self, why: str) -> None:
        super().__init__(f"This is no CAR file (version 1) that can be read: {why}.")
