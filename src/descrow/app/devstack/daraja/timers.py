"""Things to do later, on the event loop."""

import asyncio
from collections.abc import Callable, Hashable


class Timers:
    """At most one thing to do for each key."""

    def __init__(self) -> None:
        self._handles: dict[Hashable, asyncio.TimerHandle] = {}

    def after(self, delay_s: float, key: Hashable, do: Callable[[], object]) -> None:
        """Do it then, instead of what the key stood for. With no delay it is done as soon as the caller is through."""

        def due() -> None:
            del self._handles[key]
            do()

        self.cancel(key)
        self._handles[key] = asyncio.get_running_loop().call_later(max(delay_s, 0), due)

    def cancel(self, key: Hashable) -> None:
        if (handle := self._handles.pop(key, None)) is not None:
            handle.cancel()

    def cancel_all(self) -> None:
        for handle in self._handles.values():
            handle.cancel()
        self._handles.clear()
