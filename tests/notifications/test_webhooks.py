"""Webhooks: every feed entry, signed, to an address of the user's own, again and again until it is taken."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from standardwebhooks import Webhook as Receiver

from descrow.app.settings import Settings
from descrow.feed.service import FeedEvent, publish_to_feeds
from descrow.kernel.db import Sessions, utc_now
from descrow.notifications import outcomes
from descrow.notifications.context import NotificationContext
from descrow.notifications.deliveries import deliver_due, settle_interrupted
from descrow.notifications.models import Channel, Delivery, DeliveryStatus
from descrow.notifications.webhooks import delete_webhook
from tests.notifications.people import Person, Trade
from tests.notifications.providers import CUTS, HANGS, Behaviour, Providers, Reply
from tests.waiting import eventually

TOO_OFTEN = 20


async def a_webhook(person: Person, providers: Providers) -> tuple[int, str]:
    """Its id and its secret."""
    made = await person.does("POST", "/webhooks", {"url": f"{providers.web.url}/hook"})
    return made["id"], made["secret"]


async def statuses(trade: Trade) -> list[DeliveryStatus]:
    return [delivery.status for delivery in await trade.deliveries(Channel.WEBHOOK)]


async def test_every_feed_entry_is_sent_and_any_receiver_can_check_who_sent_it(
    trade: Trade, notification_context: NotificationContext, providers: Providers
) -> None:
    webhook_id, secret = await a_webhook(trade.buyer, providers)
    await trade.alters(trade.buyer, "orderConfirming", {"orderId": trade.order_id, "status": "funded"})
    await trade.happens("funded", to=trade.seller)

    await deliver_due(notification_context, Channel.WEBHOOK)

    (received,) = providers.web.received
    assert received.path == "/hook"
    assert received.headers["content-type"] == "application/json"
    assert received.headers["webhook-id"] == f"msg_{webhook_id}_1"
    (entry,) = await trade.buyer.does("GET", "/feed")
    assert Receiver(secret).verify(received.body, received.headers) == entry
    with pytest.raises(Exception, match="No matching signature"):
        Receiver(secret).verify(received.body + b" ", received.headers)
    assert await statuses(trade) == [DeliveryStatus.SENT]


async def test_the_secret_is_shown_once_and_is_each_webhooks_own(trade: Trade, providers: Providers) -> None:
    first, second = await a_webhook(trade.buyer, providers), await a_webhook(trade.buyer, providers)

    listed = await trade.buyer.does("GET", "/webhooks")

    assert first[1] != second[1]
    assert [(one["id"], one["url"]) for one in listed] == [
        (id_, f"{providers.web.url}/hook") for id_, _ in (first, second)
    ]
    assert "secret" not in str(listed)


async def test_the_same_request_once_more_makes_no_second_webhook(trade: Trade, providers: Providers) -> None:
    body = {"url": f"{providers.web.url}/hook"}

    answers = [await trade.buyer.ask("POST", "/webhooks", body, **{"Idempotency-Key": "one"}) for _ in range(2)]

    assert answers[0].status_code == 201
    assert answers[0].json() == answers[1].json()
    assert len(await trade.buyer.does("GET", "/webhooks")) == 1


async def test_one_may_have_five_also_when_asking_for_many_at_once(trade: Trade, providers: Providers) -> None:
    body = {"url": f"{providers.web.url}/hook"}

    answers = await asyncio.gather(*(trade.buyer.ask("POST", "/webhooks", body) for _ in range(9)))

    assert sorted(answer.status_code for answer in answers) == [201] * 5 + [409] * 4
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"too_many_webhooks"}
    assert len(await trade.buyer.does("GET", "/webhooks")) == 5
    await a_webhook(trade.stranger, providers)


@pytest.mark.parametrize(
    "url", ["http://10.0.0.8/", "https://169.254.169.254/latest/meta-data", "ftp://hooks.test/", "nonsense"]
)
async def test_an_address_that_nothing_is_sent_to_is_refused(trade: Trade, url: str) -> None:
    assert await trade.buyer.is_refused("POST", "/webhooks", {"url": url}) == (422, "webhook_url_not_allowed")
    assert await trade.buyer.does("GET", "/webhooks") == []


async def test_a_stranger_learns_nothing_of_a_webhook(
    trade: Trade, notification_context: NotificationContext, providers: Providers, sessions: Sessions
) -> None:
    webhook_id, _ = await a_webhook(trade.buyer, providers)
    await trade.happens("funded")
    await deliver_due(notification_context, Channel.WEBHOOK)
    (delivery,) = await trade.deliveries(Channel.WEBHOOK)

    for method, path in (
        ("DELETE", f"/webhooks/{webhook_id}"),
        ("GET", f"/webhooks/{webhook_id}/deliveries"),
        ("POST", f"/webhooks/{webhook_id}/deliveries/{delivery.id}/redeliver"),
        ("DELETE", "/webhooks/999"),
    ):
        assert await trade.stranger.is_refused(method, path) == (404, "webhook_not_found")

    assert await trade.stranger.does("GET", "/webhooks") == []
    async with sessions() as session:
        assert await session.scalar(select(func.count()).select_from(Delivery)) == 1


async def test_deliveries_are_listed_by_pages_with_the_newest_first(
    trade: Trade, notification_context: NotificationContext, providers: Providers
) -> None:
    webhook_id, _ = await a_webhook(trade.buyer, providers)
    await trade.happens("created", "funded")
    providers.web.next_replies = [Reply(200), Reply(503)]
    await deliver_due(notification_context, Channel.WEBHOOK)
    await trade.happens("shipped")

    first = await trade.buyer.does("GET", f"/webhooks/{webhook_id}/deliveries?limit=2")
    second = await trade.buyer.does("GET", f"/webhooks/{webhook_id}/deliveries?limit=2&after={first['next']}")

    items = first["items"] + second["items"]
    assert [(one["number"], one["attemptCount"]) for one in items] == [(3, 0), (2, 1), (1, 1)]
    assert second["next"] is None
    assert sorted(one["status"] for one in items) == ["pending", "pending", "sent"]


@pytest.mark.parametrize(
    ("behaviour", "status"),
    [
        (Reply(200), DeliveryStatus.SENT),
        (Reply(204), DeliveryStatus.SENT),
        (Reply(200, b"\xff" * 200_000), DeliveryStatus.SENT),
        (Reply(302, headers=("Location: http://127.0.0.1:1/",)), DeliveryStatus.PENDING),
        (Reply(404), DeliveryStatus.PENDING),
        (Reply(500, b"oops"), DeliveryStatus.PENDING),
        (CUTS, DeliveryStatus.PENDING),
        (HANGS, DeliveryStatus.PENDING),
    ],
)
async def test_only_a_success_ends_the_attempts(
    trade: Trade,
    notification_context: NotificationContext,
    providers: Providers,
    monkeypatch: pytest.MonkeyPatch,
    behaviour: Behaviour,
    status: DeliveryStatus,
) -> None:
    monkeypatch.setattr(outcomes, "ANSWER_TIMEOUT_S", 1)
    await a_webhook(trade.buyer, providers)
    await trade.happens("funded")
    providers.web.reply = behaviour

    await deliver_due(notification_context, Channel.WEBHOOK)

    assert await statuses(trade) == [status]
    assert len(providers.web.received) == 1


async def test_one_that_is_not_taken_is_tried_for_days_under_the_same_id_and_then_given_up(
    trade: Trade, notification_context: NotificationContext, providers: Providers
) -> None:
    _, secret = await a_webhook(trade.buyer, providers)
    await trade.happens("funded")
    providers.web.reply = Reply(500)

    waits: list[timedelta] = []
    while await deliver_due(notification_context, Channel.WEBHOOK):
        (delivery,) = await trade.deliveries(Channel.WEBHOOK)
        if delivery.status is DeliveryStatus.PENDING:
            waits.append(delivery.next_attempt_at - utc_now())
        await trade.time_passes()
        assert len(waits) < TOO_OFTEN

    assert await statuses(trade) == [DeliveryStatus.ABANDONED]
    assert waits == sorted(waits)
    assert sum(waits, timedelta()) > timedelta(days=3)
    assert len({received.headers["webhook-id"] for received in providers.web.received}) == 1
    for received in providers.web.received:
        Receiver(secret).verify(received.body, received.headers)


async def test_one_that_is_over_can_be_sent_again_and_one_under_way_cannot(
    trade: Trade, notification_context: NotificationContext, providers: Providers
) -> None:
    webhook_id, _ = await a_webhook(trade.buyer, providers)
    await trade.happens("funded")
    (delivery,) = await trade.deliveries(Channel.WEBHOOK)
    path = f"/webhooks/{webhook_id}/deliveries/{delivery.id}/redeliver"

    assert await trade.buyer.is_refused("POST", path) == (409, "delivery_under_way")
    await deliver_due(notification_context, Channel.WEBHOOK)
    answer = await trade.buyer.ask("POST", path)
    await deliver_due(notification_context, Channel.WEBHOOK)

    assert (answer.status_code, answer.json()["status"]) == (202, "pending")
    first, second = (received.headers["webhook-id"] for received in providers.web.received)
    assert first == second
    assert await statuses(trade) == [DeliveryStatus.SENT]


async def test_a_delivery_of_another_webhook_is_not_found(
    trade: Trade, notification_context: NotificationContext, providers: Providers
) -> None:
    await a_webhook(trade.buyer, providers)
    await trade.happens("funded")
    await deliver_due(notification_context, Channel.WEBHOOK)
    (delivery,) = await trade.deliveries(Channel.WEBHOOK)
    other_id, _ = await a_webhook(trade.buyer, providers)

    path = f"/webhooks/{other_id}/deliveries/{delivery.id}/redeliver"

    assert await trade.buyer.is_refused("POST", path) == (404, "delivery_not_found")


async def test_nothing_more_goes_to_a_webhook_that_was_deleted_also_not_what_was_under_way(
    trade: Trade, notification_context: NotificationContext, providers: Providers
) -> None:
    webhook_id, _ = await a_webhook(trade.buyer, providers)
    await trade.happens("created", "funded")
    providers.web.next_replies = [HANGS, HANGS]
    attempt = asyncio.create_task(deliver_due(notification_context, Channel.WEBHOOK))
    await eventually(lambda: len(providers.web.received) >= 2)

    await trade.buyer.does("DELETE", f"/webhooks/{webhook_id}")
    attempt.cancel()
    await asyncio.gather(attempt, return_exceptions=True)
    await settle_interrupted(notification_context, Channel.WEBHOOK)
    await trade.happens("shipped")
    await deliver_due(notification_context, Channel.WEBHOOK)

    assert len(providers.web.received) == 2
    assert await trade.deliveries() == []


async def test_after_a_crash_between_storing_and_sending_it_is_sent(
    trade: Trade, notification_context: NotificationContext, providers: Providers, sessions: Sessions
) -> None:
    await a_webhook(trade.buyer, providers)
    await trade.happens("funded")
    async with sessions.begin() as session:
        delivery = await session.get_one(Delivery, (await trade.deliveries())[0].id)
        delivery.status, delivery.attempt_count = DeliveryStatus.SENDING, 1

    await settle_interrupted(notification_context, Channel.WEBHOOK)
    await trade.time_passes()
    await deliver_due(notification_context, Channel.WEBHOOK)

    assert await statuses(trade) == [DeliveryStatus.SENT]


async def test_an_address_that_has_come_to_lead_into_a_private_network_is_not_called(
    trade: Trade, settings: Settings, sessions: Sessions, providers: Providers
) -> None:
    await a_webhook(trade.buyer, providers)
    await trade.happens("funded")
    in_earnest = settings.notifications.model_copy(update={"webhooks_to_loopback": False})
    strict = NotificationContext.open(sessions, settings.jwt_secret, in_earnest)

    await deliver_due(strict, Channel.WEBHOOK)
    await strict.close()

    assert providers.web.received == []
    (delivery,) = await trade.deliveries()
    assert (delivery.status, delivery.last_error) == (DeliveryStatus.PENDING, "the address must begin with https://")


async def test_webhooks_hear_what_the_preferences_hide(trade: Trade, providers: Providers) -> None:
    await a_webhook(trade.buyer, providers)
    await trade.buyer.does("PUT", "/notifications/preferences", {"channels": {"order_shipped": []}})

    await trade.happens("shipped")

    assert len(await trade.deliveries(Channel.WEBHOOK)) == 1


async def test_a_webhook_that_is_deleted_just_now_does_not_undo_what_is_told(
    trade: Trade, providers: Providers, sessions: Sessions
) -> None:
    webhook_id, _ = await a_webhook(trade.buyer, providers)
    async with asyncio.timeout(30), sessions.begin() as session:
        await publish_to_feeds(
            session, [FeedEvent(trade.buyer.id, "orderUpdate", {"orderId": trade.order_id, "status": "funded"})]
        )
        deleting = asyncio.create_task(trade.buyer.does("DELETE", f"/webhooks/{webhook_id}"))
        await asyncio.sleep(0.3)
        waits = not deleting.done()
    await deleting

    assert waits
    assert (await trade.buyer.does("GET", "/notifications"))["unread"] == 1
    assert await trade.deliveries() == []


async def test_what_is_told_while_a_webhook_is_being_deleted_is_told_without_it(
    trade: Trade, providers: Providers, sessions: Sessions
) -> None:
    webhook_id, _ = await a_webhook(trade.buyer, providers)
    async with asyncio.timeout(30), sessions.begin() as session:
        await delete_webhook(session, trade.buyer.id, webhook_id)
        await session.flush()
        telling = asyncio.create_task(trade.happens("funded"))
        await asyncio.sleep(0.3)
        waits = not telling.done()
    await telling

    assert waits
    assert (await trade.buyer.does("GET", "/notifications"))["unread"] == 1
    assert await trade.deliveries() == []
