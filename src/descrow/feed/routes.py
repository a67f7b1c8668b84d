"""The feed over plain HTTP, for who missed something, and for lines on which a socket does not hold."""

import asyncio
from datetime import datetime
from random import uniform
from typing import Annotated

import msgspec
from litestar import Controller, get
from litestar.params import QueryParameter

from descrow.feed.announcements import Announcements
from descrow.feed.dependencies import WithAnnouncements
from descrow.feed.models import FeedEntry
from descrow.feed.service import Reload, read_feed
from descrow.kernel.db import Sessions, one_read, utc_now
from descrow.kernel.http.access import Open
from descrow.kernel.http.caller import CallerRequest
from descrow.kernel.http.dependencies import WithSessions
from descrow.kernel.pages import After, Limit
from descrow.kernel.texts import said_in
from descrow.kernel.texts.languages import language_of_request

LONGEST_WAIT_S = 30
SHORTEST_PART_OF_WAIT = 0.7

Wait = Annotated[
    int,
    QueryParameter(
        ge=0,
        le=LONGEST_WAIT_S,
        description="Seconds to wait at most for news where there is none; the answer comes with it.",
    ),
]


class FeedEntryView(msgspec.Struct, rename="camel"):
    """`name` and `payload` are what Socket.IO sends."""

    number: int
    name: str
    payload: dict[str, object]
    created_at: datetime


class FeedController(Controller):
    path = "/feed"
    tags = ("realtime",)

    @get(access=Open.SIGNED_IN)
    async def list_feed_entries(
        self,
        sessions: WithSessions,
        announcements: WithAnnouncements,
        request: CallerRequest,
        after: After = None,
        limit: Limit = 100,
        wait: Wait = 0,
    ) -> list[FeedEntryView]:
        """Entries after number `after`, the oldest first; numbers have no gaps.

        A number that is too old, or beyond what there is, is answered by one entry called `reload`: read everything
        anew, and go on from its number.
        """
        found = await _wait_for_events(
            sessions, announcements, request.user.account_id, after=after or 0, limit=limit, wait_s=wait
        )
        if isinstance(found, Reload):
            return [FeedEntryView(found.number, "reload", {"feedNumber": found.number}, utc_now())]
        language = language_of_request(request)
        return [FeedEntryView(e.number, e.name, said_in(e.payload, language), e.created_at) for e in found]


async def _wait_for_events(
    sessions: Sessions, announcements: Announcements, account_id: int, *, after: int, limit: int, wait_s: int
) -> list[FeedEntry] | Reload:
    """Return what there is after the number, as soon as there is something, or nothing when the time, or the process,
    is over.

    Who waits holds no connection to the database.
    """

    async def read() -> list[FeedEntry] | Reload:
        async with one_read(sessions) as session:
            return await read_feed(session, account_id, after, limit=limit)

    found = await read()
    if found or wait_s == 0:
        return found
    # Not all at the same time, or those that came together would be answered, and ask again, together.
    ends_at = asyncio.get_running_loop().time() + wait_s * uniform(SHORTEST_PART_OF_WAIT, 1)  # noqa: S311
    with announcements.polling(account_id) as woken:
        found = await read()  # it may have come before this request was woken by it
        while not found and not announcements.is_dismissed(woken):
            try:
                async with asyncio.timeout_at(ends_at):
                    await woken.wait()
            except TimeoutError:
                return await read()
            woken.clear()
            found = await read()
        return found
