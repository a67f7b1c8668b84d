"""The feed by long polling, through a real server: at once when there is news, else as soon as there is some."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from sqlalchemy import text

from descrow.app.settings import Settings
from descrow.feed.announcements import MOST_POLLS_OF_AN_ACCOUNT
from descrow.feed.service import FeedEvent, publish_to_feeds
from descrow.kernel.db import Sessions
from descrow.kernel.http.caller import Caller
from tests.feed.servers import Server, a_browser, a_server

Accounts = dict[str, Caller]
LONG = 30
"""Seconds that a poll may wait here; no test waits for its end."""


class Poller:
    """Somebody who polls."""

    def __init__(self, server: Server, http: httpx.AsyncClient, caller: Caller) -> None:
        self._http = http
        self._headers = {"Authorization": f"Bearer {server.token_of(caller)}"}

    async def ask(self, *, after: int, wait: int) -> httpx.Response:
        return await self._http.get(
            "/api/v1/feed", params={"after": after, "wait": wait}, headers=self._headers, timeout=2 * LONG
        )

    async def receives(self, *, after: int, wait: int) -> list[tuple[int, str]]:
        answer = await self.ask(after=after, wait=wait)
        assert answer.status_code == 200, answer.text
        return [(entry["number"], entry["name"]) for entry in answer.json()]


@pytest.fixture
async def http(server: Server) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=server.url, limits=httpx.Limits(max_connections=None)) as client:
        yield client


async def notify_of(sessions: Sessions, caller: Caller, name: str) -> None:
    async with sessions.begin() as session:
        await publish_to_feeds(session, [FeedEvent(caller.account_id, name, {})])


async def polls_begin(polls: list[asyncio.Task[list[tuple[int, str]]]]) -> None:
    """Long enough for them to have read the feed and found nothing; a poll that comes later hears the same."""
    await asyncio.sleep(0.3)
    assert not any(poll.done() for poll in polls)


async def test_events_that_is_there_is_answered_at_once(
    server: Server, http: httpx.AsyncClient, sessions: Sessions, accounts: Accounts
) -> None:
    await notify_of(sessions, accounts["buyer"], "one")
    await notify_of(sessions, accounts["buyer"], "two")

    async with asyncio.timeout(LONG / 2):
        received = await Poller(server, http, accounts["buyer"]).receives(after=1, wait=LONG)

    assert received == [(2, "two")]


async def test_a_poll_is_answered_when_events_comes_and_not_by_that_of_others(
    server: Server, http: httpx.AsyncClient, sessions: Sessions, accounts: Accounts
) -> None:
    poll = asyncio.create_task(Poller(server, http, accounts["buyer"]).receives(after=0, wait=LONG))
    await polls_begin([poll])

    await notify_of(sessions, accounts["seller"], "not theirs")
    await polls_begin([poll])
    await notify_of(sessions, accounts["buyer"], "theirs")

    async with asyncio.timeout(LONG / 2):
        assert await poll == [(1, "theirs")]


async def test_when_the_time_is_over_the_answer_is_empty(
    server: Server, http: httpx.AsyncClient, accounts: Accounts
) -> None:
    assert await Poller(server, http, accounts["buyer"]).receives(after=0, wait=1) == []


@pytest.mark.parametrize("wait", [-1, 31])
async def test_nobody_waits_longer_than_half_a_minute(
    server: Server, http: httpx.AsyncClient, accounts: Accounts, wait: int
) -> None:
    answer = await Poller(server, http, accounts["buyer"]).ask(after=0, wait=wait)

    assert answer.status_code == 400
    assert answer.json()["code"] == "invalid"


async def test_a_number_beyond_the_feed_is_told_to_reload_as_on_the_socket(
    server: Server, http: httpx.AsyncClient, sessions: Sessions, accounts: Accounts
) -> None:
    buyer = accounts["buyer"]
    await notify_of(sessions, buyer, "one")

    answer = await Poller(server, http, buyer).ask(after=9, wait=LONG)
    async with a_browser(server, {"token": server.token_of(buyer), "after": 9}) as browser:
        await browser.receives(1)

    (entry,) = answer.json()
    assert (entry["number"], entry["name"], entry["payload"]) == (1, "reload", {"feedNumber": 1})
    assert browser.received == [("reload", {"feedNumber": 1})]


async def test_who_waits_holds_no_connection_to_the_database(
    settings: Settings, sessions: Sessions, accounts: Accounts
) -> None:
    with_one_connection = settings.model_copy(update={"database_pool_size": 1})
    async with (
        a_server(with_one_connection) as server,
        httpx.AsyncClient(base_url=server.url, limits=httpx.Limits(max_connections=None)) as http,
    ):
        polls = [
            asyncio.create_task(Poller(server, http, accounts["buyer"]).receives(after=0, wait=LONG)) for _ in range(10)
        ]
        await polls_begin(polls)

        others = await Poller(server, http, accounts["stranger"]).receives(after=0, wait=0)
        await notify_of(sessions, accounts["buyer"], "one")

        assert others == []
        async with asyncio.timeout(LONG / 2):
            assert await asyncio.gather(*polls) == [[(1, "one")]] * 10


async def test_a_poll_hears_what_came_while_the_line_to_the_database_was_lost(
    server: Server, http: httpx.AsyncClient, sessions: Sessions, accounts: Accounts
) -> None:
    poll = asyncio.create_task(Poller(server, http, accounts["buyer"]).receives(after=0, wait=LONG))
    await polls_begin([poll])

    async with sessions() as session:
        await session.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND query LIKE 'LISTEN%'"
            )
        )
    await notify_of(sessions, accounts["buyer"], "one")

    async with asyncio.timeout(LONG / 2):
        assert await poll == [(1, "one")]


async def test_two_processes_answer_for_one_feed(
    server: Server, settings: Settings, http: httpx.AsyncClient, sessions: Sessions, accounts: Accounts
) -> None:
    async with a_server(settings) as other, httpx.AsyncClient(base_url=other.url) as there:
        polls = [
            asyncio.create_task(Poller(server, http, accounts["buyer"]).receives(after=0, wait=LONG)),
            asyncio.create_task(Poller(other, there, accounts["buyer"]).receives(after=0, wait=LONG)),
        ]
        await polls_begin(polls)

        await notify_of(sessions, accounts["buyer"], "one")

        async with asyncio.timeout(LONG / 2):
            assert await asyncio.gather(*polls) == [[(1, "one")]] * 2


async def test_of_too_many_polls_of_an_account_the_oldest_are_not_woken_and_nobody_else_is_kept_waiting(
    server: Server, http: httpx.AsyncClient, sessions: Sessions, accounts: Accounts
) -> None:
    strangers = asyncio.create_task(Poller(server, http, accounts["stranger"]).receives(after=0, wait=LONG))
    await polls_begin([strangers])
    polls = []
    for _ in range(MOST_POLLS_OF_AN_ACCOUNT + 2):
        polls.append(asyncio.create_task(Poller(server, http, accounts["buyer"]).receives(after=0, wait=3)))
        await asyncio.sleep(0.05)

    await notify_of(sessions, accounts["buyer"], "one")
    async with asyncio.timeout(1.5):
        assert await asyncio.gather(*polls[2:]) == [[(1, "one")]] * MOST_POLLS_OF_AN_ACCOUNT
    assert not any(poll.done() for poll in (strangers, *polls[:2]))
    assert await asyncio.gather(*polls[:2]) == [[(1, "one")]] * 2  # at their end
    await notify_of(sessions, accounts["stranger"], "two")
    async with asyncio.timeout(LONG / 2):
        assert await strangers == [(1, "two")]
