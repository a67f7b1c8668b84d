"""Wait for what happens in another task or another process. A test that waits in vain fails."""

import asyncio
import inspect
import time
from collections.abc import Callable
from typing import Any

PATIENCE_S = 30
POLL_S = 0.02


async def eventually(look: Callable[[], Any], *, within_s: float = PATIENCE_S, every_s: float = POLL_S) -> Any:
    """Look again and again, and return the first result that is true. Raises TimeoutError.

    `look` may return an awaitable. In a test without an event loop use `wait_until`.
    """
    async with asyncio.timeout(within_s):
        while not (found := await _result_of(look)):
            await asyncio.sleep(every_s)
        return found


async def _result_of(look: Callable[[], Any]) -> Any:
    found = look()
    return await found if inspect.isawaitable(found) else found


def wait_until(is_so: Callable[[], bool], *, within_s: float = PATIENCE_S) -> None:
    """Block this thread until it is so, and fail when it does not become so."""
    deadline = time.monotonic() + within_s
    while not is_so():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(POLL_S)
