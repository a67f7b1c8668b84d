"""Define how a refusal looks: one class each, with a stable code, an HTTP status and the ids it is about.

The API answers with problem details (RFC 9457); `code` is what programs compare, `detail` what people read.
"""

from typing import ClassVar

from descrow.kernel.texts import PROBLEMS, words_of
from descrow.kernel.texts.languages import Language


class DescrowError(Exception):
    """Base of every refusal. A subclass sets `code` and `status` and builds its own message."""

    code: ClassVar[str] = "internal"
    status: ClassVar[int] = 500
    is_detail_for_people: ClassVar[bool] = True
    """False where the detail is another system's word: people read the catalogue's sentence, in English too."""

    def __init__(self, detail: str, **about: str | int | None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.about = about
        self.headers: dict[str, str] = {}

    @property
    def title(self) -> str:
        """Return the English title of the code."""
        words = words_of(PROBLEMS, Language.ENGLISH)
        return words.get(self.code, words[DescrowError.code]).title

    @property
    def problem_code(self) -> str:
        """The code on the wire; the same for every instance, except where another system's answer is passed on."""
        return self.code


class NotFound(DescrowError):
    """The thing is not there, or the caller may not know that it is: the answer is the same."""

    code = "not_found"
    status = 404


class Conflict(DescrowError):
    """The request is well formed, but the present state does not allow it."""

    code = "conflict"
    status = 409


class Invalid(DescrowError):
    """The request says something that cannot be."""

    code = "invalid"
    status = 422


class Unauthenticated(DescrowError):
    """Nobody, or nobody provable, is asking."""

    code = "unauthenticated"
    status = 401


class Unavailable(DescrowError):
    """A part that is needed does not answer; nothing was changed, ask again."""

    code = "unavailable"
    status = 503
