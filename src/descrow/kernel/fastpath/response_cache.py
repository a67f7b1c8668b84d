"""Define what was answered about the catalogue, kept in this process until something of it changes.

PostgreSQL announces each change once it is committed, by a trigger, whoever made it; then everything is forgotten.
While nobody listens, nothing is kept. Each answer has an ETag, so that a browser that has it is told just that.
"""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Generic, TypeVar

import msgspec
from litestar import Response

from descrow.kernel.db import keep_listening
from descrow.kernel.http.ranges import is_same

CHANNEL = "catalog"
MOST_KEPT = 2_000
ASK_AGAIN = "public, no-cache"
"""For caches: keep it, and ask each time whether it is still so."""

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Kept(Generic[Answer]):
    answer: Answer
    etag: str


class ResponseCache:
    def __init__(self, database_url: str) -> None:
        self._database_url = database_url
        self._kept: OrderedDict[Hashable, Kept[Any]] = OrderedDict()
        self._changes = 0
        self._subscribes_to_changes = False

    async def get(self, key: Hashable, make: Callable[[], Awaitable[Answer]]) -> Kept[Answer]:
        """The answer to what `key` asks, made now unless it is known; each key stands for one kind of answer."""
        known = self._kept.get(key)
        if known is not None:
            self._kept.move_to_end(key)
            return known
        changes = self._changes
        answer = await make()
        made = Kept(answer, f'"{sha256(msgspec.json.encode(answer)).hexdigest()[:32]}"')
        if self._subscribes_to_changes and changes == self._changes:  # else it may be older than the last change
            self._kept[key] = made
            if len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return made

    async def run(self) -> None:
        """Hear of changes, for ever."""
        await keep_listening(self._database_url, CHANNEL, self._changed, began=self._subscribes, lost=self._is_deaf)

    def _subscribes(self) -> None:
        self._subscribes_to_changes = True
        self._changed()

    def _is_deaf(self) -> None:
        self._subscribes_to_changes = False
        self._changed()

    def _changed(self, _announced: str = "") -> None:
        self._changes += 1
        self._kept.clear()


def response_of(kept: Kept[Answer], if_none_match: str | None) -> Response[Answer]:
    """The answer, or 304 for who has it already."""
    headers = {"ETag": kept.etag, "Cache-Control": ASK_AGAIN}
    if is_same(if_none_match, kept.etag):
        return Response(None, status_code=304, headers=headers)  # type: ignore[arg-type]
    return Response(kept.answer, headers=headers)
