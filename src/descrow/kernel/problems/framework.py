"""Define what the web framework refuses by itself, as refusals of ours."""

from typing import ClassVar

from descrow.kernel.errors import DescrowError, Invalid, NotFound, Unauthenticated


class NotReadable(Invalid):
    """A body, parameter or header that does not fit its description: 400, where what fits but cannot be is 422."""

    code: ClassVar[str] = "invalid"
    status: ClassVar[int] = 400


class MethodNotAllowed(DescrowError):
    code: ClassVar[str] = "method_not_allowed"
    status: ClassVar[int] = 405


class TooLarge(Invalid):
    code: ClassVar[str] = "too_large"
    status: ClassVar[int] = 413


class UnsupportedMediaType(Invalid):
    code: ClassVar[str] = "unsupported_media_type"
    status: ClassVar[int] = 415


_OURS: dict[int, type[DescrowError]] = {
    kind.status: kind
    for kind in (NotReadable, Unauthenticated, NotFound, MethodNotAllowed, TooLarge, UnsupportedMediaType)
}


def refusal_of(status: int) -> type[DescrowError]:
    """The class that stands for the framework's refusal with this status."""
    return _OURS.get(status, NotReadable if status < 500 else DescrowError)
