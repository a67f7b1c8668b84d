"""How a refusal looks: one class each, with a stable code, an HTTP status and the ids it is about.

The API answers with problem details (RFC 9457); `code` is what programs compare, `detail` what people read.
"""

from typing import ClassVar


class DescrowError(Exception):
    """Base of every refusal. A subclass sets `code` and `status` and builds its own message."""

    code: ClassVar[str] = "internal"
    status: ClassVar[int] = 500
    title: ClassVar[str] = "Something went wrong"

    def __init__(self, detail: str, **about: str | int | None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.about = about
        self.headers: dict[str, str] = {}

    @property
    def problem_code(self) -> str:
        """The code on the wire; the same for every instance, except where another system's answer is passed on."""
        return self.code


class NotFound(DescrowError):
    """The thing is not there, or the caller may not know that it is: the answer is the same."""

    code = "not_found"
    status = 404
    title = "Not found"


class Conflict(DescrowError):
    """The request is well formed, but the present state does not allow it."""

    code = "conflict"
    status = 409
    title = "Not possible now"


class Invalid(DescrowError):
    """The request says something that cannot be."""

    code = "invalid"
    status = 422
    title = "Not valid"


class Unauthenticated(DescrowError):
    """Nobody, or nobody provable, is asking."""

    code = "unauthenticated"
    status = 401
    title = "Sign in first"


class Unavailable(DescrowError):
    """A part that is needed does not answer; nothing was changed, ask again."""

    code = "unavailable"
    status = 503
    title = "Not available now"
