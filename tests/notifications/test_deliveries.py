"""Messages that leave the app: each once where that can be known, and what becomes of it in its row."""

import asyncio
from datetime import time, timedelta
from email import message_from_string, policy
from email.message import EmailMessage

import http_ece
import jwt
import msgspec
import pytest
import structlog
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from descrow.feed.service import FeedEvent, publish_to_feeds
from descrow.kernel.db import Sessions, open_engine, utc_now
from descrow.notifications import deliveries, outcomes
from descrow.notifications.context import NotificationContext
from descrow.notifications.deliveries import deliver_due, settle_interrupted
from descrow.notifications.models import Channel, Contact, Delivery, DeliveryStatus, Preferences, PushSubscription
from descrow.notifications.push import CURVE, from_base64url, to_base64url
from tests.notifications.people import Person, Trade
from tests.notifications.providers import CUTS, HANGS, Behaviour, Providers, Reply, sms_reply
from tests.waiting import eventually

PHONE = "0712345678"
OTHER_PHONE = "0798765432"
MAIL = "wanjiru@shop.test"
TOO_OFTEN = 20


async def the_one(trade: Trade, channel: Channel) -> Delivery:
    (delivery,) = await trade.deliveries(channel)
    return delivery


def mail_in(whole: str) -> EmailMessage:
    message = message_from_string(whole.removesuffix(".\r\n"), policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


class Browser:
    """One that subscribed: what is pushed to it only it can read."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(CURVE)
        self.secret = b"a browser secret"

    def subscription(self, endpoint: str) -> dict[str, object]:
        point = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return {
            "endpoint": endpoint,
            "expirationTime": None,
            "keys": {"p256dh": to_base64url(point), "auth": to_base64url(self.secret)},
        }

    def reads(self, content: bytes) -> dict[str, object]:
        """By somebody else's reading of RFC 8291."""
        plain = http_ece.decrypt(content, private_key=self.key, auth_secret=self.secret, version="aes128gcm")
        return msgspec.json.decode(plain, type=dict[str, object])


async def test_the_code_goes_out_and_confirms_the_phone(
    trade: Trade, notification_context: NotificationContext, providers: Providers
) -> None:
    await trade.buyer.does("PUT", "/notifications/preferences", {"phone": PHONE})

    await deliver_due(notification_context, Channel.SMS)

    (received,) = providers.sms.received
    code = received.form["message"].split("code is ")[1][:6]
    await trade.buyer.does("POST", "/notifications/preferences/confirm", {"channel": "sms", "code": code})


async def test_an_sms_goes_out_as_africas_talking_takes_it(
    trade: Trade, notification_context: NotificationContext, providers: Providers
) -> None:
    await trade.confirmed(trade.buyer, phone=PHONE)
    await trade.happens("funded")

    await deliver_due(notification_context, Channel.SMS)

    (received,) = providers.sms.received
    assert received.path == "/version1/messaging"
    assert (received.headers["apikey"], received.headers["accept"]) == ("an api key", "application/json")
    assert received.form == {
        "username": "descrow",
        "to": "+254712345678",
        "from": "DESCROW",
        "message": f"Order {trade.order_id} is paid, and 2.5 DOT is held safely. The seller ships next.",
    }
    delivery = await the_one(trade, Channel.SMS)
    assert (delivery.status, delivery.provider_id, delivery.attempt_count) == (DeliveryStatus.SENT, "ATXid_1", 1)
    assert delivery.ended_at is not None


async def test_an_email_goes_out_in_the_readers_language(
    trade: Trade, notification_context: NotificationContext, providers: Providers
) -> None:
    await trade.confirmed(trade.seller, email=MAIL)
    await trade.seller.does("PUT", "/notifications/preferences", {"email": MAIL, "language": "sw"})
    await trade.happens("funded", to=trade.seller)

    await deliver_due(notification_context, Channel.EMAIL)

    (whole,) = providers.mail.received
    message = mail_in(whole)
    assert (message["From"], message["To"]) == ("Descrow <no-reply@descrow.test>", MAIL)
    assert message["Subject"] == f"Descrow: oda {trade.order_id}"
    assert message.get_content().strip().endswith("Tuma bidhaa sasa, kisha weka alama.")
    assert (await the_one(trade, Channel.EMAIL)).status is DeliveryStatus.SENT


async def test_a_push_can_be_read_by_its_browser_and_says_whose_it_is(
    trade: Trade, notification_context: NotificationContext, providers: Providers
) -> None:
    browser = Browser()
    await trade.buyer.does(
        "POST", "/notifications/push-subscriptions", browser.subscription(f"{providers.web.url}/box/1")
    )
    await trade.happens("funded")

    await deliver_due(notification_context, Channel.PUSH)

    (received,) = providers.web.received
    assert received.path == "/box/1"
    assert (received.headers["content-encoding"], received.headers["topic"]) == ("aes128gcm", "n1")
    pushed = browser.reads(received.body)
    assert pushed["title"] == f"Descrow: order {trade.order_id}"
    assert str(pushed["body"]).endswith("The seller ships next.")
    scheme, _, rest = received.headers["authorization"].partition(" ")
    token, key = (part.strip().partition("=")[2] for part in rest.split(","))
    shown_key = (await trade.buyer.does("GET", "/notifications/preferences"))["pushKey"]
    public = ec.EllipticCurvePublicKey.from_encoded_point(CURVE, from_base64url(key))
    claims = jwt.decode(token, public, algorithms=["ES256"], audience=providers.web.url)
    assert (scheme, key, claims["sub"]) == ("vapid", shown_key, "mailto:operator@descrow.test")
    assert (await the_one(trade, Channel.PUSH)).status is DeliveryStatus.SENT


@pytest.mark.parametrize("status", [404, 410])
async def test_a_browser_that_is_gone_is_forgotten(
    trade: Trade, notification_context: NotificationContext, providers: Providers, sessions: Sessions, status: int
) -> None:
    await trade.buyer.does(
        "POST", "/notifications/push-subscriptions", Browser().subscription(f"{providers.web.url}/box")
    )
    await trade.happens("created", "funded")
    providers.web.reply = Reply(status)

    await deliver_due(notification_context, Channel.PUSH)

    assert await trade.deliveries() == []
    async with sessions() as session:
        assert await session.get(PushSubscription, 1) is None


async def test_nothing_but_the_code_goes_to_an_address_that_is_not_confirmed(trade: Trade) -> None:
    await trade.buyer.does("PUT", "/notifications/preferences", {"email": MAIL, "phone": PHONE})
    await trade.happens("funded")

    codes = await trade.deliveries()

    assert [one.number for one in codes] == [None, None]


async def test_what_is_told_by_which_channel_is_the_readers_choice(trade: Trade) -> None:
    await trade.confirmed(trade.buyer, email=MAIL, phone=PHONE)
    wished = {"email": MAIL, "phone": PHONE, "channels": {"order_funded": ["in_app"], "order_shipped": ["sms"]}}
    await trade.buyer.does("PUT", "/notifications/preferences", wished)

    await trade.happens("funded", "shipped", "refunded")

    assert [(one.number, one.channel) for one in await trade.deliveries()] == [
        (2, Channel.SMS),
        (3, Channel.EMAIL),
        (3, Channel.SMS),
    ]


@pytest.mark.parametrize(
    ("behaviour", "status"),
    [
        (sms_reply(100), DeliveryStatus.SENT),
        (sms_reply(102), DeliveryStatus.SENT),
        (sms_reply(403), DeliveryStatus.FAILED),  # the number is none
        (sms_reply(406), DeliveryStatus.FAILED),  # its owner wants nothing of us
        (sms_reply(405), DeliveryStatus.PENDING),  # our account is empty
        (sms_reply(501), DeliveryStatus.PENDING),
        (Reply(401, b"The supplied authentication is invalid"), DeliveryStatus.PENDING),
        (Reply(201, b'{"SMSMessageData": {"Message": "InvalidSenderId", "Recipients": []}}'), DeliveryStatus.PENDING),
        (Reply(201, b'{"SMSMessageData": {}}'), DeliveryStatus.UNKNOWN),
        (Reply(201, b"<html>"), DeliveryStatus.UNKNOWN),
        (Reply(201, b""), DeliveryStatus.UNKNOWN),
        (Reply(500, b"oops"), DeliveryStatus.UNKNOWN),
        (Reply(502, b"<html>bad gateway</html>"), DeliveryStatus.UNKNOWN),
        (CUTS, DeliveryStatus.UNKNOWN),
        (HANGS, DeliveryStatus.UNKNOWN),
    ],
)
async def test_what_the_sms_provider_says_is_what_becomes_of_the_message(
    trade: Trade,
    notification_context: NotificationContext,
    providers: Providers,
    monkeypatch: pytest.MonkeyPatch,
    behaviour: Behaviour,
    status: DeliveryStatus,
) -> None:
    monkeypatch.setattr(outcomes, "ANSWER_TIMEOUT_S", 1)
    await trade.confirmed(trade.buyer, phone=PHONE)
    await trade.happens("funded")
    providers.sms.reply = behaviour

    await deliver_due(notification_context, Channel.SMS)
    await trade.time_passes()
    await deliver_due(notification_context, Channel.SMS)

    delivery = await the_one(trade, Channel.SMS)
    assert delivery.status is status
    assert len(providers.sms.received) == (2 if status is DeliveryStatus.PENDING else 1)
    assert (delivery.last_error is None) == (status is DeliveryStatus.SENT)
    assert PHONE[1:] not in (delivery.last_error or "")


async def test_a_provider_that_is_not_there_has_not_taken_the_message(
    trade: Trade, notification_context: NotificationContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    await trade.confirmed(trade.buyer, phone=PHONE)
    await trade.happens("funded")
    monkeypatch.setattr(notification_context.sms, "_url", "http://127.0.0.1:1/version1/messaging")

    await deliver_due(notification_context, Channel.SMS)

    assert (await the_one(trade, Channel.SMS)).status is DeliveryStatus.PENDING


@pytest.mark.parametrize(
    ("refusals", "cuts_at", "status", "arrived"),
    [
        ({"RCPT": "550 no such mailbox"}, None, DeliveryStatus.FAILED, 0),
        ({"RCPT": "450 busy"}, None, DeliveryStatus.PENDING, 0),
        ({"MAIL": "553 who are you"}, None, DeliveryStatus.PENDING, 0),
        ({"EHLO": "554 go away", "HELO": "554 go away"}, None, DeliveryStatus.PENDING, 0),
        ({"DATA": "554 spam"}, None, DeliveryStatus.FAILED, 0),
        ({"DATA": "452 full"}, None, DeliveryStatus.PENDING, 0),
        ({}, "connect", DeliveryStatus.PENDING, 0),
        ({}, "RCPT", DeliveryStatus.PENDING, 0),
        ({}, "DATA", DeliveryStatus.PENDING, 1),
    ],
)
async def test_what_the_mail_server_says_is_what_becomes_of_the_message(
    trade: Trade,
    notification_context: NotificationContext,
    providers: Providers,
    refusals: dict[str, str],
    cuts_at: str | None,
    status: DeliveryStatus,
    arrived: int,
) -> None:
    await trade.confirmed(trade.buyer, email=MAIL)
    await trade.happens("funded")
    providers.mail.refusals, providers.mail.cuts_at = refusals, cuts_at

    await deliver_due(notification_context, Channel.EMAIL)

    assert (await the_one(trade, Channel.EMAIL)).status is status
    assert len(providers.mail.received) == arrived


async def test_an_email_whose_answer_was_lost_is_sent_again_under_the_same_name(
    trade: Trade, notification_context: NotificationContext, providers: Providers
) -> None:
    await trade.confirmed(trade.buyer, email=MAIL)
    await trade.happens("funded")
    providers.mail.cuts_at = "DATA"
    await deliver_due(notification_context, Channel.EMAIL)

    providers.mail.cuts_at = None
    await trade.time_passes()
    await deliver_due(notification_context, Channel.EMAIL)

    first, second = (mail_in(whole)["Message-ID"] for whole in providers.mail.received)
    assert first == second
    assert (await the_one(trade, Channel.EMAIL)).status is DeliveryStatus.SENT


async def test_waits_grow_and_end_in_giving_up(
    trade: Trade, notification_context: NotificationContext, providers: Providers
) -> None:
    await trade.confirmed(trade.buyer, phone=PHONE)
    await trade.happens("funded")
    providers.sms.reply = sms_reply(501)

    waits = []
    while await deliver_due(notification_context, Channel.SMS):
        delivery = await the_one(trade, Channel.SMS)
        if delivery.status is DeliveryStatus.PENDING:
            waits.append(delivery.next_attempt_at - utc_now())
        await trade.time_passes()
        assert len(waits) < TOO_OFTEN

    assert (await the_one(trade, Channel.SMS)).status is DeliveryStatus.ABANDONED
    assert waits == sorted(waits)
    assert waits[-1] > timedelta(hours=11)
    assert len(providers.sms.received) == len(waits) + 1


async def test_an_attempt_that_a_crash_cut_short_is_unknown_and_no_sms_is_repeated(
    trade: Trade, notification_context: NotificationContext, providers: Providers
) -> None:
    await trade.confirmed(trade.buyer, phone=PHONE)
    await trade.happens("funded")
    providers.sms.reply = HANGS
    attempt = asyncio.create_task(deliver_due(notification_context, Channel.SMS))
    await eventually(lambda: providers.sms.received)
    attempt.cancel()
    await asyncio.gather(attempt, return_exceptions=True)
    cut_short = await the_one(trade, Channel.SMS)

    await settle_interrupted(notification_context, Channel.SMS)
    await trade.time_passes()
    await deliver_due(notification_context, Channel.SMS)

    assert cut_short.status is DeliveryStatus.SENDING
    assert (await the_one(trade, Channel.SMS)).status is DeliveryStatus.UNKNOWN
    assert len(providers.sms.received) == 1


async def test_after_a_crash_an_email_is_tried_again(
    trade: Trade, notification_context: NotificationContext, providers: Providers, sessions: Sessions
) -> None:
    await trade.confirmed(trade.buyer, email=MAIL)
    await trade.happens("funded")
    async with sessions.begin() as session:
        delivery = await session.get_one(Delivery, (await the_one(trade, Channel.EMAIL)).id)
        delivery.status, delivery.attempt_count = DeliveryStatus.SENDING, 1

    await settle_interrupted(notification_context, Channel.EMAIL)
    await trade.time_passes()
    await deliver_due(notification_context, Channel.EMAIL)

    assert (await the_one(trade, Channel.EMAIL)).status is DeliveryStatus.SENT
    assert len(providers.mail.received) == 1


async def now_is_quiet(trade: Trade, person: Person) -> None:
    """The reader's quiet hours begin with this hour and last two."""
    hour = utc_now().hour
    async with trade.sessions.begin() as session:
        wishes = await session.get_one(Preferences, person.id)
        wishes.time_zone = "UTC"
        wishes.quiet_from, wishes.quiet_until = time(hour), time((hour + 2) % 24)


async def test_in_quiet_hours_messages_wait_and_count_no_attempt(
    trade: Trade, notification_context: NotificationContext, providers: Providers
) -> None:
    await trade.confirmed(trade.buyer, phone=PHONE)
    await now_is_quiet(trade, trade.buyer)
    await trade.happens("funded")

    await deliver_due(notification_context, Channel.SMS)

    delivery = await the_one(trade, Channel.SMS)
    assert providers.sms.received == []
    assert (delivery.status, delivery.attempt_count) == (DeliveryStatus.PENDING, 0)
    assert timedelta(minutes=50) < delivery.next_attempt_at - utc_now() <= timedelta(hours=2)
    assert (await trade.buyer.does("GET", "/notifications"))["unread"] == 1


async def test_a_change_of_the_account_and_a_code_do_not_wait_for_the_morning(
    trade: Trade, notification_context: NotificationContext, providers: Providers
) -> None:
    await trade.confirmed(trade.buyer, phone=PHONE)
    await now_is_quiet(trade, trade.buyer)

    await trade.alters(trade.buyer, "accountChanged", {"message": "…"})
    await deliver_due(notification_context, Channel.SMS)

    assert "sign out everywhere else" in providers.sms.received[0].form["message"]


async def test_what_waits_for_an_address_that_was_removed_is_not_sent(
    trade: Trade, notification_context: NotificationContext, providers: Providers
) -> None:
    await trade.confirmed(trade.buyer, phone=PHONE)
    await trade.happens("funded")
    await trade.buyer.does("PUT", "/notifications/preferences", {})

    await deliver_due(notification_context, Channel.SMS)

    assert providers.sms.received == []
    assert (await the_one(trade, Channel.SMS)).status is DeliveryStatus.FAILED


async def test_a_code_goes_to_the_address_that_it_was_made_for_and_to_no_other(
    trade: Trade, notification_context: NotificationContext, providers: Providers
) -> None:
    for phone in (PHONE, OTHER_PHONE, PHONE, OTHER_PHONE):
        await trade.buyer.does("PUT", "/notifications/preferences", {"phone": phone})

    await deliver_due(notification_context, Channel.SMS)

    (received,) = providers.sms.received
    code = received.form["message"].split("code is ")[1][:6]
    assert (received.form["to"], code) == ("+254798765432", await trade.code_of(trade.buyer, Channel.SMS))
    assert [(one.status, one.last_error) for one in await trade.deliveries()] == [
        (DeliveryStatus.FAILED, "there is another address or another code now")
    ] * 3 + [(DeliveryStatus.SENT, None)]


async def test_of_codes_that_wait_for_one_address_the_newest_is_sent(
    trade: Trade, notification_context: NotificationContext, providers: Providers
) -> None:
    await trade.buyer.does("PUT", "/notifications/preferences", {"email": MAIL})
    for _ in range(3):
        await trade.buyer.does("POST", "/notifications/preferences/code", {"channel": "email"})

    await deliver_due(notification_context, Channel.EMAIL)

    (whole,) = providers.mail.received
    assert await trade.code_of(trade.buyer, Channel.EMAIL) in mail_in(whole).get_content()


async def test_a_code_that_is_over_before_it_could_be_sent_is_not_sent(
    trade: Trade, notification_context: NotificationContext, providers: Providers, sessions: Sessions
) -> None:
    await trade.buyer.does("PUT", "/notifications/preferences", {"phone": PHONE})
    async with sessions.begin() as session:
        (await session.get_one(Contact, (trade.buyer.id, Channel.SMS))).code_expires_at = utc_now()

    await deliver_due(notification_context, Channel.SMS)

    assert providers.sms.received == []
    delivery = await the_one(trade, Channel.SMS)
    assert (delivery.status, delivery.last_error) == (DeliveryStatus.FAILED, "the code is over")


@pytest.mark.parametrize("channel", [Channel.EMAIL, Channel.SMS])
async def test_what_was_meant_for_an_address_does_not_go_to_the_next_one(
    trade: Trade, notification_context: NotificationContext, providers: Providers, channel: Channel
) -> None:
    name, old, new = ("email", MAIL, "w@other.test") if channel is Channel.EMAIL else ("phone", PHONE, OTHER_PHONE)
    await trade.confirmed(trade.buyer, **{name: old})
    await trade.happens("funded")
    await trade.confirmed(trade.buyer, **{name: new})
    await trade.happens("delivered")

    await deliver_due(notification_context, channel)

    assert len(providers.mail.received + providers.sms.received) == 1
    assert [(one.number, one.status) for one in await trade.deliveries(channel)] == [
        (1, DeliveryStatus.FAILED),
        (2, DeliveryStatus.SENT),
    ]


async def test_no_message_is_queued_for_a_change_that_is_rolled_back(trade: Trade, sessions: Sessions) -> None:
    await trade.confirmed(trade.buyer, phone=PHONE)
    async with sessions() as session:
        await publish_to_feeds(
            session, [FeedEvent(trade.buyer.id, "orderUpdate", {"orderId": trade.order_id, "status": "funded"})]
        )
        await session.rollback()

    assert await trade.deliveries() == []


async def test_logs_do_not_hold_a_phones_number(
    trade: Trade, notification_context: NotificationContext, providers: Providers
) -> None:
    await trade.confirmed(trade.buyer, phone=PHONE)
    await trade.happens("funded")
    providers.sms.reply = sms_reply(403)

    with structlog.testing.capture_logs() as logged:
        await deliver_due(notification_context, Channel.SMS)

    assert [line["event"] for line in logged] == ["message not delivered"]
    assert PHONE[1:] not in str(logged)


async def test_the_workers_loop_sends_what_comes_while_it_runs(
    trade: Trade, notification_context: NotificationContext, providers: Providers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliveries, "IDLE_S", 0.05)
    await trade.confirmed(trade.buyer, phone=PHONE)
    engine = open_engine(trade.settings.database_url.get_secret_value(), pool_size=2)
    loops = [asyncio.create_task(deliveries.deliver(engine, notification_context, Channel.SMS)) for _ in range(2)]
    try:
        await trade.happens("funded", "refunded", "resolved")
        async with asyncio.timeout(20):
            while {one.status for one in await trade.deliveries(Channel.SMS)} != {DeliveryStatus.SENT}:
                await asyncio.sleep(0.05)
    finally:
        for loop in loops:
            loop.cancel()
        await asyncio.gather(*loops, return_exceptions=True)
        await engine.dispose()

    assert len(providers.sms.received) == 3


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"endpoint": "ftp://push.test/box"}, (422, "push_subscription_not_valid")),
        ({"endpoint": "nonsense"}, (422, "push_subscription_not_valid")),
        ({"keys": {"p256dh": "AAAA", "auth": "AAAAAAAAAAAAAAAAAAAAAA"}}, (422, "push_subscription_not_valid")),
        ({"keys": {"p256dh": "not base64!", "auth": "AAAA"}}, (422, "push_subscription_not_valid")),
        ({"keys": {}}, (400, "invalid")),
    ],
)
async def test_what_is_no_subscription_is_refused(
    trade: Trade, providers: Providers, change: dict[str, object], refusal: tuple[int, str]
) -> None:
    body = Browser().subscription(f"{providers.web.url}/box") | change

    assert await trade.buyer.is_refused("POST", "/notifications/push-subscriptions", body) == refusal


async def test_ten_browsers_are_enough_and_a_repeat_is_no_further_one(trade: Trade, providers: Providers) -> None:
    path, browser = "/notifications/push-subscriptions", Browser()
    for number in range(10):
        await trade.buyer.does("POST", path, browser.subscription(f"{providers.web.url}/{number}"))
    repeated = await trade.buyer.does("POST", path, browser.subscription(f"{providers.web.url}/9"))

    refusal = await trade.buyer.is_refused("POST", path, browser.subscription(f"{providers.web.url}/10"))

    assert refusal == (409, "too_many_push_subscriptions")
    assert await trade.stranger.is_refused("DELETE", f"{path}/{repeated['id']}") == (404, "push_subscription_not_found")
    await trade.buyer.does("DELETE", f"{path}/{repeated['id']}")
    await trade.buyer.does("POST", path, browser.subscription(f"{providers.web.url}/10"))


async def test_who_signs_in_last_in_a_browser_is_told_there_and_the_other_no_more(
    trade: Trade, providers: Providers
) -> None:
    subscription = Browser().subscription(f"{providers.web.url}/box")
    await trade.buyer.does("POST", "/notifications/push-subscriptions", subscription)
    await trade.seller.does("POST", "/notifications/push-subscriptions", subscription)

    await trade.happens("funded", to=trade.buyer)
    await trade.happens("funded", to=trade.seller)

    assert [one.account_id for one in await trade.deliveries(Channel.PUSH)] == [trade.seller.id]


async def test_one_message_that_cannot_be_made_holds_up_no_other(
    trade: Trade, notification_context: NotificationContext, providers: Providers
) -> None:
    await trade.confirmed(trade.buyer, phone=PHONE)
    await trade.alters(trade.buyer, "payout", {"orderId": trade.order_id, "paid": True, "amountPlanck": "much"})
    await trade.happens("funded")

    await deliver_due(notification_context, Channel.SMS)

    assert [one.status for one in await trade.deliveries()] == [DeliveryStatus.FAILED, DeliveryStatus.SENT]
    assert len(providers.sms.received) == 1


async def test_one_message_that_breaks_off_is_unknown_and_holds_up_no_other(
    trade: Trade, notification_context: NotificationContext, providers: Providers, monkeypatch: pytest.MonkeyPatch
) -> None:
    await trade.confirmed(trade.buyer, phone=PHONE)
    await trade.happens("created", "funded", "refunded")
    send, texts = notification_context.sms.send if notification_context.sms else None, iter([True, False])
    assert send is not None

    async def broken_once(phone: str, text: str) -> outcomes.Outcome:
        if next(texts):
            raise RuntimeError("a fault of ours")
        return await send(phone, text)

    monkeypatch.setattr(notification_context.sms, "send", broken_once)
    await deliver_due(notification_context, Channel.SMS)

    assert [one.status for one in await trade.deliveries()] == [DeliveryStatus.UNKNOWN, DeliveryStatus.SENT]
    assert len(providers.sms.received) == 1
