"""Define who is waiting for news, and being woken by PostgreSQL when there is some.

One connection of each process listens for all that wait in it. Nothing is handed on but the waking: who is woken reads
the table, so an announcement that is lost, doubled or late costs nobody an entry.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from descrow.feed.service import CHANNEL
from descrow.kernel.db import keep_listening

Wake = Callable[[], None]


class Announcements:
    """Those who wait in this process, by account; woken by `run`."""

    def __init__(self, database_url: str) -> None:
        self._database_url = database_url
        self._waiting: defaultdict[int, set[Wake]] = defaultdict(set)
        self.are_over = False
        """Whether this process is being stopped: who is woken then should leave, and ask another."""

    @contextmanager
    def waking(self, account_id: int, wake: Wake) -> Iterator[None]:
        """Inside, `wake` is called whenever the account may have news."""
        self._waiting[account_id].add(wake)
        try:
            yield
        finally:
            self._waiting[account_id].discard(wake)
            if not self._waiting[account_id]:
                del self._waiting[account_id]

    async def run(self) -> None:
        """Pass on what PostgreSQL announces, for ever; after a lost connection any may have news, so all are woken."""
        await keep_listening(self._database_url, CHANNEL, self._announced, began=self._wake_all)

    async def end(self, *, within_s: float) -> None:
        """Send everybody away, and wait until they are gone or the time is over."""
        self.are_over = True
        self._wake_all()
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                while self._waiting:
                    await asyncio.sleep(0.05)

    def _announced(self, entry: str) -> None:
        account_id = int(entry.partition(":")[0])
        for wake in tuple(self._waiting.get(account_id, ())):
            wake()

    def _wake_all(self) -> None:
        for waiting in tuple(self._waiting.values()):
            for wake in tuple(waiting):
                wake()
