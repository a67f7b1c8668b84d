"""The list in the app: what happened, to whom it happened, read or not."""

from datetime import timedelta

import pytest

from descrow.app.housekeeping import delete_in_parts
from descrow.feed.models import FeedEntry
from descrow.feed.service import FeedEvent, publish_to_feeds
from descrow.kernel.db import Sessions, utc_now
from tests.notifications.people import Trade


async def test_what_happened_is_listed_with_the_newest_first_and_is_unread(trade: Trade) -> None:
    await trade.happens("created", "funded")
    await trade.alters(trade.buyer, "orderConfirming", {"orderId": trade.order_id, "status": "shipped"})

    page = await trade.buyer.does("GET", "/notifications")

    assert page["unread"] == 2
    assert page["next"] is None
    assert [(one["number"], one["kind"], one["isRead"]) for one in page["items"]] == [
        (2, "order_funded", False),
        (1, "order_created", False),
    ]
    assert page["items"][0]["orderId"] == trade.order_id
    assert page["items"][0]["text"] == (
        f"Order {trade.order_id} is paid, and 2.5 DOT is held safely. The seller ships next."
    )


async def test_each_party_reads_a_text_of_its_own_and_a_stranger_none(trade: Trade) -> None:
    await trade.happens("funded", to=trade.buyer)
    await trade.happens("funded", to=trade.seller)

    texts = [
        [one["text"] for one in (await person.does("GET", "/notifications"))["items"]]
        for person in (trade.buyer, trade.seller, trade.stranger)
    ]

    assert texts[0] != texts[1]
    assert "Ship it now" in texts[1][0]
    assert texts[2] == []


async def test_pages_follow_each_other_without_a_gap_or_a_double(trade: Trade) -> None:
    await trade.happens(*["created"] * 5)

    first = await trade.buyer.does("GET", "/notifications?limit=2")
    second = await trade.buyer.does("GET", f"/notifications?limit=2&after={first['next']}")
    third = await trade.buyer.does("GET", f"/notifications?limit=2&after={second['next']}")

    assert [[one["number"] for one in page["items"]] for page in (first, second, third)] == [[5, 4], [3, 2], [1]]
    assert third["next"] is None


async def test_reading_up_to_a_number_leaves_what_is_newer_unread_and_a_repeat_changes_nothing(trade: Trade) -> None:
    await trade.happens("created", "funded", "shipped")

    for _ in range(2):
        assert await trade.buyer.does("POST", "/notifications/read", {"upTo": 2}) == {"unread": 1}

    items = (await trade.buyer.does("GET", "/notifications"))["items"]
    assert [(one["number"], one["isRead"]) for one in items] == [(3, False), (2, True), (1, True)]


async def test_one_persons_reading_is_not_anothers(trade: Trade) -> None:
    await trade.happens("funded", to=trade.buyer)
    await trade.happens("funded", to=trade.seller)

    await trade.seller.does("POST", "/notifications/read", {"upTo": 100})

    assert (await trade.buyer.does("GET", "/notifications"))["unread"] == 1


@pytest.mark.parametrize("body", [{}, {"upTo": -1}, {"upTo": "seven"}, {"upTo": 2**63}, {"upTo": 1, "more": 1}])
async def test_a_number_that_cannot_be_is_refused(trade: Trade, body: dict[str, object]) -> None:
    assert await trade.buyer.is_refused("POST", "/notifications/read", body) == (400, "invalid")


async def test_the_text_comes_in_the_readers_language(trade: Trade) -> None:
    await trade.happens("funded")

    await trade.buyer.does("PUT", "/notifications/preferences", {"language": "sw"})

    (item,) = (await trade.buyer.does("GET", "/notifications"))["items"]
    assert item["text"].startswith(f"Oda {trade.order_id} imelipwa, na 2.5 DOT zimeshikiliwa")


async def test_a_kind_that_the_reader_hides_is_neither_listed_nor_counted_and_is_back_when_wished(trade: Trade) -> None:
    await trade.happens("shipped", "funded")

    await trade.buyer.does("PUT", "/notifications/preferences", {"channels": {"order_shipped": []}})
    hidden = await trade.buyer.does("GET", "/notifications")
    await trade.buyer.does("PUT", "/notifications/preferences", {})
    shown = await trade.buyer.does("GET", "/notifications")

    assert ([one["kind"] for one in hidden["items"]], hidden["unread"]) == (["order_funded"], 1)
    assert ([one["kind"] for one in shown["items"]], shown["unread"]) == (["order_funded", "order_shipped"], 2)


async def test_a_change_that_is_rolled_back_notifies_nobody(trade: Trade, sessions: Sessions) -> None:
    async with sessions() as session:
        await publish_to_feeds(
            session, [FeedEvent(trade.buyer.id, "orderUpdate", {"orderId": trade.order_id, "status": "funded"})]
        )
        await session.rollback()

    assert (await trade.buyer.does("GET", "/notifications"))["items"] == []


async def test_notifications_go_with_the_feed_entries_that_are_not_kept_any_more(
    trade: Trade, sessions: Sessions
) -> None:
    await trade.happens("funded")

    await delete_in_parts(sessions, FeedEntry, FeedEntry.created_at < utc_now() + timedelta(days=1))

    assert await trade.buyer.does("GET", "/notifications") == {"unread": 0, "items": [], "next": None}
