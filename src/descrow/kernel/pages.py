"""Lists that are too long for one answer: pages that begin after the last thing seen."""

from collections.abc import Callable
from typing import Annotated, ClassVar, Generic, TypeVar

import msgspec
from litestar.params import QueryParameter

from descrow.kernel.db import LARGEST_ID
from descrow.kernel.errors import Invalid

Item = TypeVar("Item")

Limit = Annotated[int, QueryParameter(ge=1, le=100, description="How many at most.")]
After = Annotated[
    int | None, QueryParameter(name="after", ge=0, le=LARGEST_ID, description="`next` of the page before.")
]


class CursorNotValid(Invalid):
    code: ClassVar[str] = "cursor_not_valid"

    def __init__(self) -> None:
        super().__init__("This page does not belong to this list. Begin again with its first page.")


class Page(msgspec.Struct, Generic[Item], rename="camel"):
    """`next` is the cursor of the following page, null on the last one."""

    items: list[Item]
    next: int | None

    @classmethod
    def of(cls, items: list[Item], limit: int, *, id_of: Callable[[Item], int]) -> "Page[Item]":
        """A page of at most `limit`, made from up to one item more, which tells whether there is another page."""
        page = items[:limit]
        return cls(items=page, next=id_of(page[-1]) if len(items) > limit else None)


class SearchPage(msgspec.Struct, Generic[Item], rename="camel"):
    """The same where the order is not that of the ids: `next` is a word that only the search itself understands."""

    items: list[Item]
    next: str | None
