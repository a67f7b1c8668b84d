"""One answer for all who ask at the same time, and for those who ask soon after."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

Answer = TypeVar("Answer")


class Latest(Generic[Answer]):
    """Keeps the latest answer; while one is being found, everybody waits for that one."""

    def __init__(self, *, good_for_s: float) -> None:
        self._good_for_s = good_for_s
        self._finding: asyncio.Task[Answer] | None = None
        self._found_at = 0.0

    async def get(self, find: Callable[[], Awaitable[Answer]]) -> Answer:
        """Return the latest answer, or what `find` answers where that is too old. Raises what `find` raises."""
        is_old = self._finding is None or (
            self._finding.done() and time.monotonic() - self._found_at >= self._good_for_s
        )
        if is_old:
            self._finding = asyncio.create_task(self._find(find))
        # Shielded: who stops waiting must not end it for the others.
        return await asyncio.shield(self._finding)  # type: ignore[arg-type]

    async def _find(self, find: Callable[[], Awaitable[Answer]]) -> Answer:
        try:
            return await find()
        finally:
            self._found_at = time.monotonic()
