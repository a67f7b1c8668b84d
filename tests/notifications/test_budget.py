"""Limits of what messages cost: by address, account, network and day, exact also when all ask at once."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pydantic import SecretStr
from sqlalchemy import delete, func, select

from descrow.accounts.sign_in import find_or_create_account
from descrow.chain.keys import Keypair
from descrow.incidents.alerts import open_alerts
from descrow.incidents.models import AlertKind
from descrow.kernel.db import Sessions, utc_now
from descrow.notifications.budget import CODES_TO_AN_ADDRESS_AN_HOUR, CodeRequester, MessageBudget
from descrow.notifications.context import NotificationContext
from descrow.notifications.deliveries import deliver_due
from descrow.notifications.errors import TooManyCodes
from descrow.notifications.kinds import NotificationKind
from descrow.notifications.models import Channel, DeliveryStatus, MessageCharge
from descrow.notifications.settings import NotificationSettings
from tests.attack_costs import ACCOUNTS, DAYS_IN_AN_HOUR, Bounds
from tests.notifications.people import Person, Trade
from tests.notifications.providers import Providers, sms_reply
from tests.waiting import eventually

PATH = "/notifications/preferences"
PHONE = "0712345678"
UNPAID, PAID = NotificationKind.ORDER_CREATED, NotificationKind.ORDER_FUNDED
NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)


def a_budget(**limits: int) -> MessageBudget:
    return MessageBudget(NotificationSettings.model_validate(limits), SecretStr("a secret"))


async def outcome_of_code(
    sessions: Sessions, budget: MessageBudget, account_id: int, address: str, network: str, now: datetime = NOON
) -> str:
    """Return "sent", or the limit that refused it."""
    try:
        async with sessions.begin() as session:
            requester = CodeRequester(account_id, network)
            await budget.charge_code(session, requester, Channel.SMS, address, now=now)
    except TooManyCodes as refused:
        return str(refused.about["limit"])
    return "sent"


async def charged(sessions: Sessions) -> int:
    async with sessions() as session:
        return await session.scalar(select(func.count()).select_from(MessageCharge)) or 0


async def test_one_phone_is_not_sent_codes_all_day_whoever_asks(trade: Trade) -> None:
    for number in range(5):
        person = (trade.buyer, trade.seller, trade.stranger)[number % 3]
        await person.does("PUT", PATH, {})
        await person.does("PUT", PATH, {"phone": PHONE})
    before = await trade.seller.does("PUT", PATH, {"email": "otieno@shop.test"})

    refused = await trade.seller.ask("PUT", PATH, {"phone": PHONE, "language": "sw"})

    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_codes")
    assert refused.json()["about"]["limit"] == "address"
    assert 60 < int(refused.headers["Retry-After"]) <= 3601
    assert await trade.seller.does("GET", PATH) == before
    assert len(await trade.deliveries(Channel.SMS)) == 5


async def test_one_account_is_not_sent_codes_to_ever_new_addresses(trade: Trade) -> None:
    for number in range(10):
        await trade.buyer.does("PUT", PATH, {"phone": f"07123456{number:02}"})

    refused = await trade.buyer.ask("PUT", PATH, {"phone": "0712999999"})
    by_email = await trade.buyer.ask("PUT", PATH, {"phone": "0712345609", "email": "wanjiru@shop.test"})

    assert (refused.status_code, refused.json()["about"]["limit"]) == (429, "account")
    assert by_email.status_code == 200
    assert len(await trade.deliveries(Channel.SMS)) == 10


async def test_a_second_code_is_refused_as_the_first_is(trade: Trade) -> None:
    await trade.buyer.does("PUT", PATH, {"phone": PHONE})
    for _ in range(4):
        await trade.buyer.does("POST", f"{PATH}/code", {"channel": "sms"})
    code = await trade.code_of(trade.buyer, Channel.SMS)

    refused = await trade.buyer.ask("POST", f"{PATH}/code", {"channel": "sms"})

    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_codes")
    assert await trade.code_of(trade.buyer, Channel.SMS) == code  # which is good still
    await trade.buyer.does("POST", f"{PATH}/confirm", {"channel": "sms", "code": code})


async def test_an_address_may_be_sent_codes_again_an_hour_after_the_first(trade: Trade, sessions: Sessions) -> None:
    budget = a_budget(codes_per_account_per_day=100)
    times = [NOON + timedelta(minutes=minutes) for minutes in (0, 10, 20, 30, 40, 59, 61, 62)]

    outcomes = [await outcome_of_code(sessions, budget, trade.buyer.id, "1", "n", now) for now in times]

    assert outcomes == [*["sent"] * 5, "address", "sent", "address"]


async def test_the_hour_of_an_address_goes_past_midnight_and_the_day_of_an_account_ends_there(
    trade: Trade, sessions: Sessions
) -> None:
    budget = a_budget(codes_per_account_per_day=5)
    late = NOON.replace(hour=23, minute=50)

    before = [await outcome_of_code(sessions, budget, trade.buyer.id, "1", "n", late) for _ in range(5)]
    over = await outcome_of_code(sessions, budget, trade.buyer.id, "2", "n", late)
    after = [
        await outcome_of_code(sessions, budget, trade.buyer.id, address, "n", late + timedelta(minutes=20))
        for address in ("1", "2")
    ]

    assert (before, over, after) == (["sent"] * 5, "account", ["address", "sent"])


async def test_accounts_of_one_network_share_a_limit(trade: Trade, sessions: Sessions) -> None:
    budget = a_budget(codes_per_network_per_day=3)
    people = (trade.buyer, trade.seller, trade.stranger)

    outcomes = [
        await outcome_of_code(sessions, budget, people[number % 3].id, f"{number}", "2001:db8::/64")
        for number in range(4)
    ]
    elsewhere = await outcome_of_code(sessions, budget, trade.buyer.id, "9", "203.0.113.7")

    assert (outcomes, elsewhere) == (["sent", "sent", "sent", "network"], "sent")


async def test_a_quarter_of_the_day_is_left_to_what_follows_payments_and_an_alert_says_so(
    trade: Trade, sessions: Sessions
) -> None:
    budget = a_budget(sms_per_day=8)
    outcomes = [await outcome_of_code(sessions, budget, trade.buyer.id, f"{number}", "n", NOON) for number in range(7)]
    async with sessions.begin() as session:
        (alert,) = await open_alerts(session)
        messages = [
            await budget.charge_notification(session, trade.seller.id, Channel.SMS, "5", kind, now=NOON)
            for kind in (UNPAID, PAID, UNPAID, PAID, PAID)
        ]
    async with sessions.begin() as session:
        tomorrow = NOON + timedelta(days=1)
        await budget.charge_notification(session, trade.seller.id, Channel.SMS, "5", UNPAID, now=tomorrow)
        left = await open_alerts(session)

    assert outcomes == [*["sent"] * 6, "shop"]
    assert (alert.kind, alert.subject) == (AlertKind.MESSAGE_LIMIT_NEAR, "sms")
    assert alert.details == {"sent_today": 6, "per_day": 8}
    too_many = "the shop has sent as many messages today as it may"
    assert messages == [too_many, None, too_many, None, too_many]
    assert left == []


async def test_an_sms_about_an_order_beyond_the_limit_stands_in_the_app_and_goes_by_mail(
    trade: Trade, notification_context: NotificationContext, providers: Providers, sessions: Sessions
) -> None:
    await trade.confirmed(trade.buyer, phone=PHONE)
    await trade.buyer.does("PUT", PATH, {"phone": PHONE, "email": "wanjiru@shop.test"})
    code = {"channel": "email", "code": await trade.code_of(trade.buyer, Channel.EMAIL)}
    await trade.buyer.does("POST", f"{PATH}/confirm", code)
    await spend(sessions, trade.buyer, 98)  # of 100; the code was one

    await trade.happens("funded", "delivered")
    for channel in (Channel.SMS, Channel.EMAIL):
        await deliver_due(notification_context, channel)

    assert len(providers.sms.received) == 1
    assert len(providers.mail.received) == 2
    assert [(one.status, one.last_error) for one in await trade.deliveries(Channel.SMS)] == [
        (DeliveryStatus.SENT, None),
        (DeliveryStatus.FAILED, "the account has had as many messages today as it may"),
    ]
    assert (await trade.buyer.does("GET", "/notifications"))["unread"] == 2


async def test_orders_that_nobody_pays_do_not_silence_the_seller(
    trade: Trade, notification_context: NotificationContext, providers: Providers, sessions: Sessions
) -> None:
    await trade.confirmed(trade.seller, phone=PHONE)
    wished = {"phone": PHONE, "channels": {"order_created": ["in_app", "sms"]}}
    await trade.seller.does("PUT", PATH, wished)
    await spend(sessions, trade.seller, 75)

    await trade.happens("created", "funded", to=trade.seller)
    await deliver_due(notification_context, Channel.SMS)

    assert [(one.number, one.status) for one in await trade.deliveries(Channel.SMS)] == [
        (1, DeliveryStatus.FAILED),
        (2, DeliveryStatus.SENT),
    ]
    assert len(providers.sms.received) == 1


async def test_a_message_that_is_tried_again_is_charged_once(
    trade: Trade, notification_context: NotificationContext, providers: Providers, sessions: Sessions
) -> None:
    await trade.confirmed(trade.buyer, phone=PHONE)
    await trade.happens("funded")
    before = await charged(sessions)
    providers.sms.next_replies = [sms_reply(501), sms_reply(501)]

    for _ in range(3):
        await deliver_due(notification_context, Channel.SMS)
        await trade.time_passes()

    assert len(providers.sms.received) == 3
    assert await charged(sessions) == before + 1


async def spend(sessions: Sessions, person: Person, count: int) -> None:
    async with sessions.begin() as session:
        session.add_all(
            MessageCharge(channel=Channel.SMS, account_id=person.id, recipient=b"", network=None, charged_at=utc_now())
            for _ in range(count)
        )


@pytest.mark.parametrize("networks", [1, ACCOUNTS])
async def test_fifty_accounts_are_sent_no_more_codes_than_the_table_for_operators_says(
    sessions: Sessions, networks: int
) -> None:
    budget = a_budget()
    async with sessions.begin() as session:
        accounts = [
            (await find_or_create_account(session, Keypair.from_uri(f"//Stranger{number}").public_key)).id
            for number in range(ACCOUNTS)
        ]

    sent = 0
    for number, account_id in enumerate(accounts):
        asks = 0
        network = f"network {number % networks}"
        while await outcome_of_code(sessions, budget, account_id, f"{account_id} {asks}", network) == "sent":
            asks += 1
        sent += asks

    assert sent * DAYS_IN_AN_HOUR == Bounds(networks).codes <= Bounds(networks).sms


@hypothesis_settings(
    max_examples=20,
    phases=[Phase.explicit, Phase.generate],  # each example asks the database
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    requests=st.lists(
        st.tuples(st.integers(0, 2), st.sampled_from("ABC"), st.sampled_from("XYZ"), st.integers(0, 70)), max_size=25
    )
)
async def test_no_order_of_requests_passes_a_limit(
    trade: Trade, sessions: Sessions, requests: list[tuple[int, str, str, int]]
) -> None:
    budget = a_budget(sms_per_day=16, codes_per_account_per_day=6, codes_per_network_per_day=7)
    people = (trade.buyer, trade.seller, trade.stranger)
    async with sessions.begin() as session:
        await session.execute(delete(MessageCharge))

    sent = []
    now = NOON
    for person, address, network, minutes in requests:
        now = min(now + timedelta(minutes=minutes), NOON + timedelta(hours=11))
        if await outcome_of_code(sessions, budget, people[person].id, address, network, now) == "sent":
            sent.append((person, address, network, now))

    assert len(sent) <= 12
    assert max(Counter(person for person, _, _, _ in sent).values(), default=0) <= 6
    assert max(Counter(network for _, _, network, _ in sent).values(), default=0) <= 7
    for _, address, _, at in sent:
        within = [one for one in sent if one[1] == address and at - timedelta(hours=1) < one[3] <= at]
        assert len(within) <= CODES_TO_AN_ADDRESS_AN_HOUR


@pytest.mark.takes(20)
async def test_a_thousand_preference_changes_at_once_cost_what_is_stated_and_no_more(
    trade: Trade, notification_context: NotificationContext, providers: Providers
) -> None:
    """One account gives four numbers in turn, a hundred requests at a time, while the worker sends."""
    phones = [f"07123456{number:02}" for number in range(4)]
    turns = asyncio.Semaphore(100)
    answered: Counter[int] = Counter()

    async def change(number: int) -> None:
        async with turns:
            answer = await trade.buyer.ask("PUT", PATH, {"phone": phones[number % 4]})
        answered[answer.status_code] += 1

    async def send() -> None:
        while True:
            await deliver_due(notification_context, Channel.SMS)
            await asyncio.sleep(0.05)

    sending = asyncio.create_task(send())
    await asyncio.gather(*(change(number) for number in range(1000)))
    await eventually(lambda: everything_ended(trade))
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)

    assert set(answered) == {200, 429}
    deliveries = await trade.deliveries(Channel.SMS)
    assert len(deliveries) == 10  # codes of one account in a day
    assert len(providers.sms.received) == sum(one.status is DeliveryStatus.SENT for one in deliveries)
    shown = (await trade.buyer.does("GET", PATH))["phone"]["address"]
    last = providers.sms.received[-1].form
    code = last["message"].split("code is ")[1][:6]
    assert (last["to"], code) == (f"+{shown}", await trade.code_of(trade.buyer, Channel.SMS))
    assert max(Counter(one.form["to"] for one in providers.sms.received).values()) <= CODES_TO_AN_ADDRESS_AN_HOUR


async def everything_ended(trade: Trade) -> bool:
    return all(one.ended_at is not None for one in await trade.deliveries(Channel.SMS))


async def test_many_accounts_at_once_do_not_pass_the_limit_of_one_address(trade: Trade) -> None:
    people = (trade.buyer, trade.seller, trade.stranger)
    for person in people:
        await person.does("PUT", PATH, {"language": "sw"})
    paths = [(person, {"phone": PHONE} if number % 2 else {}) for number in range(40) for person in people]

    answers = await asyncio.gather(*(person.ask("PUT", PATH, body) for person, body in paths))

    assert {answer.status_code for answer in answers} <= {200, 429}
    assert len(await trade.deliveries(Channel.SMS)) == CODES_TO_AN_ADDRESS_AN_HOUR
