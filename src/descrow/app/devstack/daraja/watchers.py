"""Define who looks at a phone, and learns that something changed there."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager


class Watchers:
    """One event for each open page."""

    def __init__(self) -> None:
        self._events: defaultdict[str, set[asyncio.Event]] = defaultdict(set)
        self.closed = False

    @contextmanager
    def watch(self, msisdn: str) -> Iterator[asyncio.Event]:
        """An event that is set when the phone changes, for as long as the context lasts."""
        event = asyncio.Event()
        self._events[msisdn].add(event)
        try:
            yield event
        finally:
            self._events[msisdn].discard(event)
            if not self._events[msisdn]:
                del self._events[msisdn]

    def notify(self, msisdn: str) -> None:
        for event in self._events.get(msisdn, ()):
            event.set()

    def notify_all(self) -> None:
        for events in self._events.values():
            for event in events:
                event.set()

    def close(self) -> None:
        """Send everybody home: a server does not stop while a page listens."""
        self.closed = True
        self.notify_all()
