"""The feed: numbered without gaps, whoever writes at the same time, and read again from any number."""

import asyncio
import random
from datetime import timedelta

from litestar.types import ASGIApp
from sqlalchemy import select

from descrow.accounts.models import Account
from descrow.accounts.tokens import issue_token
from descrow.app.housekeeping import delete_in_parts
from descrow.app.settings import Settings
from descrow.feed.models import FeedEntry
from descrow.feed.service import FeedEvent, Reload, publish_to_feeds, read_feed
from descrow.kernel.db import Sessions, utc_now
from descrow.kernel.http.caller import Caller
from descrow.kernel.idempotency import StoredAnswer
from tests.application import client_of

Accounts = dict[str, Caller]


async def numbers_of(sessions: Sessions, caller: Caller) -> list[int]:
    async with sessions() as session:
        entries = await read_feed(session, caller.account_id, 0, limit=1_000)
    assert not isinstance(entries, Reload)
    return [entry.number for entry in entries]


async def test_numbers_have_no_gaps_when_many_tell_the_same_people_at_once(
    sessions: Sessions, accounts: Accounts
) -> None:
    ids = [caller.account_id for caller in accounts.values()]
    shuffled = random.Random(7)

    async def notify_all(number: int) -> None:
        async with sessions.begin() as session:
            await publish_to_feeds(
                session, [FeedEvent(i, "orderUpdate", {"number": number}) for i in shuffled.sample(ids, k=len(ids))]
            )

    async with asyncio.timeout(30):
        await asyncio.gather(*(notify_all(number) for number in range(60)))

    for caller in accounts.values():
        assert await numbers_of(sessions, caller) == list(range(1, 61))


async def test_people_are_told_while_another_change_that_refers_to_them_is_under_way(
    sessions: Sessions, accounts: Accounts
) -> None:
    buyer = accounts["buyer"]
    async with sessions() as other:
        other.add(StoredAnswer(account_id=buyer.account_id, key="a key", request_digest=""))
        await other.flush()

        async with asyncio.timeout(30), sessions.begin() as session:
            await publish_to_feeds(session, [FeedEvent(buyer.account_id, "orderUpdate", {})])

    assert await numbers_of(sessions, buyer) == [1]


async def test_a_change_that_is_rolled_back_leaves_no_entry_and_no_gap(sessions: Sessions, accounts: Accounts) -> None:
    buyer = accounts["buyer"]
    async with sessions.begin() as session:
        await publish_to_feeds(session, [FeedEvent(buyer.account_id, "first", {})])
    async with sessions() as session:
        await publish_to_feeds(session, [FeedEvent(buyer.account_id, "never", {})])
        await session.rollback()

    async with sessions.begin() as session:
        await publish_to_feeds(session, [FeedEvent(buyer.account_id, "second", {})])

    assert await numbers_of(sessions, buyer) == [1, 2]
    async with sessions() as session:
        names = (await session.scalars(select(FeedEntry.name).order_by(FeedEntry.number))).all()
        assert names == ["first", "second"]


async def test_who_is_told_of_two_things_hears_both_in_order_and_others_nothing(
    sessions: Sessions, accounts: Accounts
) -> None:
    buyer, stranger = accounts["buyer"], accounts["stranger"]

    async with sessions.begin() as session:
        await publish_to_feeds(
            session, [FeedEvent(buyer.account_id, "first", {}), FeedEvent(buyer.account_id, "second", {})]
        )

    async with sessions() as session:
        entries = await read_feed(session, buyer.account_id, 0, limit=10)
    assert not isinstance(entries, Reload)
    assert [(entry.number, entry.name) for entry in entries] == [(1, "first"), (2, "second")]
    assert await numbers_of(sessions, stranger) == []
    async with sessions() as session:
        assert (await session.get_one(Account, stranger.account_id)).last_feed_number == 0


async def test_over_http_everyone_reads_their_own_feed_from_any_number(
    app: ASGIApp, settings: Settings, sessions: Sessions, accounts: Accounts
) -> None:
    buyer, stranger = accounts["buyer"], accounts["stranger"]
    for number in range(5):
        async with sessions.begin() as session:
            await publish_to_feeds(session, [FeedEvent(buyer.account_id, "orderUpdate", {"step": number})])

    async with client_of(app) as http:

        async def feed(caller: Caller, query: str = "") -> list[tuple[int, object]]:
            token = issue_token(settings.sign_in, caller, now=utc_now())[0]
            answer = await http.get(f"/api/v1/feed{query}", headers={"Authorization": f"Bearer {token}"})
            assert answer.status_code == 200, answer.text
            return [(entry["number"], entry["payload"]["step"]) for entry in answer.json()]

        whole = [(number + 1, number) for number in range(5)]
        assert await feed(buyer) == whole
        assert await feed(buyer, "?after=2&limit=2") == whole[2:4]
        assert await feed(buyer, "?after=5") == []
        assert await feed(stranger) == []


async def test_a_number_from_the_future_or_too_old_is_answered_by_reload(
    sessions: Sessions, accounts: Accounts
) -> None:
    buyer, stranger = accounts["buyer"].account_id, accounts["stranger"].account_id
    for _ in range(3):
        async with sessions.begin() as session:
            await publish_to_feeds(
                session, [FeedEvent(buyer, "orderUpdate", {}), FeedEvent(stranger, "orderUpdate", {})]
            )
    async with sessions.begin() as session:
        old = await session.get_one(FeedEntry, (buyer, 1))
        old.created_at = utc_now() - timedelta(days=400)

    await delete_in_parts(sessions, FeedEntry, FeedEntry.created_at < utc_now() - timedelta(days=365))

    async with sessions() as session:
        assert await read_feed(session, buyer, 0, limit=10) == Reload(3)
        assert await read_feed(session, buyer, 4, limit=10) == Reload(3)
        assert await read_feed(session, buyer, 3, limit=10) == []
        following = await read_feed(session, buyer, 1, limit=10)
    assert not isinstance(following, Reload)
    assert [entry.number for entry in following] == [2, 3]
    assert await numbers_of(sessions, accounts["stranger"]) == [1, 2, 3]


async def test_who_missed_more_than_is_kept_is_told_to_reload_and_not_that_there_is_nothing(
    sessions: Sessions, accounts: Accounts
) -> None:
    buyer = accounts["buyer"].account_id
    async with sessions.begin() as session:
        await publish_to_feeds(session, [FeedEvent(buyer, "orderUpdate", {})])

    await delete_in_parts(sessions, FeedEntry, FeedEntry.created_at < utc_now() + timedelta(days=1))

    async with sessions() as session:
        assert await read_feed(session, buyer, 0, limit=10) == Reload(1)
        assert await read_feed(session, buyer, 1, limit=10) == []
