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
from descrow.kernel.room import Room

MOST_POLLS_OF_AN_ACCOUNT = 10
MOST_POLLS = 2000
"""Requests of one process that wait for news, and as many again that are not woken any more."""

Wake = Callable[[], None]


class Announcements:
    """Those who wait in this process, by account; woken by `run`."""

    def __init__(self, database_url: str) -> None:
        self._database_url = database_url
        self._waiting: defaultdict[int, set[Wake]] = defaultdict(set)
        self.are_over = False
        """Whether this process is being stopped: who is woken then should leave, and ask another."""
        self._polls = Room[asyncio.Event](self._hold, most_of_an_owner=MOST_POLLS_OF_AN_ACCOUNT, most=MOST_POLLS)
        self._held: dict[asyncio.Event, None] = {}

    @contextmanager
    def polling(self, account_id: int) -> Iterator[asyncio.Event]:
        """Inside, a request counts as waiting, and the event is set whenever its account may have news.

        One too many of an account is not woken any more and waits to its end: answered at once, it would be asked
        again at once.
        """
        woken = asyncio.Event()
        self._polls.enter(woken, str(account_id))

        def wake() -> None:
            if woken in self._polls or self.are_over:
                woken.set()

        try:
            with self.waking(account_id, wake):
                yield woken
        finally:
            self._polls.leave(woken)
            self._held.pop(woken, None)

    def is_dismissed(self, poll: asyncio.Event) -> bool:
        """Return whether this request should be answered with what there is, and wait no longer."""
        return self.are_over or (poll not in self._polls and poll not in self._held)

    def _hold(self, poll: asyncio.Event) -> None:
        self._held[poll] = None
        if len(self._held) > MOST_POLLS:
            longest = next(iter(self._held))
            del self._held[longest]
            longest.set()

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
