"""Requests of the same moment: none of them fails, and no limit is passed."""

import asyncio
from collections import Counter

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from descrow.kernel.db import Sessions
from descrow.notifications import subscriptions, webhooks
from descrow.notifications.models import Channel, Contact, Preferences, PushSubscription
from descrow.notifications.push import CURVE, to_base64url
from tests.notifications.people import Person, Trade
from tests.notifications.providers import Providers

PATH = "/notifications/preferences"


def a_subscription(endpoint: str) -> dict[str, object]:
    point = ec.generate_private_key(CURVE).public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return {"endpoint": endpoint, "keys": {"p256dh": to_base64url(point), "auth": to_base64url(b"a browser secret")}}


async def statuses(*requests: tuple[Person, str, str, object]) -> Counter[int]:
    answers = await asyncio.gather(*(person.ask(method, path, body) for person, method, path, body in requests))
    return Counter(answer.status_code for answer in answers)


async def test_the_first_preferences_of_an_account_can_be_written_many_times_at_once(
    trade: Trade, sessions: Sessions
) -> None:
    wished = [{"language": "sw"}, {"email": "wanjiru@shop.test"}, {}]

    answered = await statuses(*((trade.buyer, "PUT", PATH, wished[number % 3]) for number in range(60)))

    assert 500 not in answered
    assert sum(answered.values()) == answered[200] + answered[429] == 60
    async with sessions() as session:
        assert await session.get(Preferences, trade.buyer.id) is not None


async def test_codes_confirmations_and_changes_of_the_same_moment_do_not_fail(trade: Trade) -> None:
    await trade.buyer.does("PUT", PATH, {"email": "wanjiru@shop.test"})
    code = await trade.code_of(trade.buyer, Channel.EMAIL)
    kinds: list[tuple[Person, str, str, object]] = [
        (trade.buyer, "POST", f"{PATH}/code", {"channel": "email"}),
        (trade.buyer, "POST", f"{PATH}/confirm", {"channel": "email", "code": code}),
        (trade.buyer, "PUT", PATH, {"email": "wanjiru@shop.test"}),
        (trade.buyer, "PUT", PATH, {}),
    ]

    answered = await statuses(*(kinds * 10))

    assert 500 not in answered
    assert set(answered) <= {200, 204, 409, 422, 429}


async def test_a_browser_that_several_accounts_subscribe_at_once_belongs_to_one(
    trade: Trade, providers: Providers, sessions: Sessions
) -> None:
    body = a_subscription(f"{providers.web.url}/box")
    people = (trade.buyer, trade.seller, trade.stranger)

    answered = await statuses(*((person, "POST", "/notifications/push-subscriptions", body) for person in people * 5))

    assert answered == {201: 15}
    async with sessions() as session:
        assert len((await session.scalars(PushSubscription.__table__.select())).all()) == 1


async def test_no_more_browsers_and_webhooks_than_allowed_also_at_once(trade: Trade, providers: Providers) -> None:
    bodies = [a_subscription(f"{providers.web.url}/box/{number}") for number in range(subscriptions.MOST + 5)]

    browsers = await statuses(*((trade.buyer, "POST", "/notifications/push-subscriptions", body) for body in bodies))
    hooks = await statuses(
        *((trade.buyer, "POST", "/webhooks", {"url": providers.web.url}) for _ in range(webhooks.MOST + 5))
    )

    assert browsers == {201: subscriptions.MOST, 409: 5}
    assert hooks == {201: webhooks.MOST, 409: 5}


async def test_a_browser_that_is_removed_twice_at_once_is_removed_once(trade: Trade, providers: Providers) -> None:
    path = "/notifications/push-subscriptions"
    subscription_id = (await trade.buyer.does("POST", path, a_subscription(f"{providers.web.url}/box")))["id"]

    answered = await statuses(*[(trade.buyer, "DELETE", f"{path}/{subscription_id}", None)] * 5)

    assert answered == {204: 1, 404: 4}


async def test_a_code_is_mistyped_as_often_as_allowed_also_at_once(trade: Trade, sessions: Sessions) -> None:
    await trade.buyer.does("PUT", PATH, {"email": "wanjiru@shop.test"})
    wrong = f"{(int(await trade.code_of(trade.buyer, Channel.EMAIL)) + 1) % 1_000_000:06}"

    answered = await statuses(*[(trade.buyer, "POST", f"{PATH}/confirm", {"channel": "email", "code": wrong})] * 12)

    assert answered == {422: 5, 409: 7}
    async with sessions() as session:
        assert (await session.get_one(Contact, (trade.buyer.id, Channel.EMAIL))).wrong_codes == 5
