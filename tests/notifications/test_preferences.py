"""Preferences: what may be wished, and addresses that are confirmed before anything goes there."""

from datetime import UTC, datetime, time, timedelta

import pytest

from descrow.kernel.db import Sessions, utc_now
from descrow.notifications.contacts import MOST_WRONG_CODES
from descrow.notifications.kinds import ABOUT_MONEY, NotificationKind
from descrow.notifications.models import Channel, Contact, Preferences
from descrow.notifications.preferences import quiet_until
from descrow.notifications.settings import NotificationSettings
from tests.notifications.people import Trade

PATH = "/notifications/preferences"
CONFIRM = f"{PATH}/confirm"


async def test_who_has_wished_nothing_has_the_defaults(trade: Trade) -> None:
    wishes = await trade.buyer.does("GET", PATH)

    assert (wishes["language"], wishes["timeZone"], wishes["quietHours"]) == ("en", "Africa/Nairobi", None)
    assert (wishes["email"], wishes["phone"]) == (None, None)
    assert wishes["offered"] == ["email", "in_app", "push", "sms"]
    assert wishes["channels"]["order_funded"] == ["email", "in_app", "push", "sms"]
    assert wishes["channels"]["order_shipped"] == ["email", "in_app", "push"]
    assert set(wishes["channels"]) == {kind.value for kind in NotificationKind}


async def test_what_is_wished_is_kept_and_what_is_left_out_is_the_default_again(trade: Trade) -> None:
    wished = {
        "language": "sw",
        "timeZone": "Europe/Berlin",
        "quietHours": {"from": "22:00", "until": "06:30"},
        "channels": {"order_shipped": ["sms"]},
    }

    kept = await trade.buyer.does("PUT", PATH, wished)
    back = await trade.buyer.does("PUT", PATH, {})

    assert {name: kept[name] for name in ("language", "timeZone", "quietHours")} == {
        name: wished[name] for name in ("language", "timeZone", "quietHours")
    }
    assert kept["channels"]["order_shipped"] == ["sms"]
    assert (back["language"], back["quietHours"]) == ("en", None)
    assert back["channels"]["order_shipped"] == ["email", "in_app", "push"]


@pytest.mark.parametrize("kind", sorted(ABOUT_MONEY))
async def test_what_happens_to_the_money_cannot_be_switched_off_in_the_app(
    trade: Trade, kind: NotificationKind
) -> None:
    assert await trade.buyer.is_refused("PUT", PATH, {"channels": {kind: ["sms"]}}) == (422, "kind_must_stay_in_app")
    assert (await trade.buyer.does("GET", PATH))["channels"][kind] == ["email", "in_app", "push", "sms"]


@pytest.mark.parametrize(
    ("wished", "refusal"),
    [
        ({"timeZone": "Africa/Atlantis"}, (422, "time_zone_not_known")),
        ({"timeZone": "../../etc/passwd"}, (422, "time_zone_not_known")),
        ({"timeZone": "Africa"}, (422, "time_zone_not_known")),
        ({"quietHours": {"from": "22:00", "until": "22:00"}}, (422, "quiet_hours_not_valid")),
        ({"quietHours": {"from": "24:00", "until": "06:00"}}, (400, "invalid")),
        ({"quietHours": {"from": "22:00"}}, (400, "invalid")),
        ({"language": "de"}, (400, "invalid")),
        ({"channels": {"order_shipped": ["webhook"]}}, (400, "invalid")),
        ({"channels": {"nonsense": []}}, (400, "invalid")),
        ({"email": "wanjiru"}, (422, "email_not_valid")),
        ({"email": "a@b.test\r\nBcc: all@b.test"}, (422, "email_not_valid")),
        ({"phone": "12"}, (422, "phone_not_valid")),
        ({"unknown": 1}, (400, "invalid")),
    ],
)
async def test_what_cannot_be_is_refused_and_changes_nothing(
    trade: Trade, wished: dict[str, object], refusal: tuple[int, str]
) -> None:
    before = await trade.buyer.does("PUT", PATH, {"language": "sw"})

    assert await trade.buyer.is_refused("PUT", PATH, wished) == refusal

    assert await trade.buyer.does("GET", PATH) == before
    assert await trade.deliveries() == []


@pytest.mark.parametrize(
    ("contact", "channel", "shown"),
    [
        ({"email": " wanjiru@shop.test "}, Channel.EMAIL, ("email", "wanjiru@shop.test")),
        ({"phone": "0712 345 678"}, Channel.SMS, ("phone", "254712345678")),
    ],
)
async def test_an_address_is_confirmed_by_the_code_that_was_sent_to_it(
    trade: Trade, contact: dict[str, str], channel: Channel, shown: tuple[str, str]
) -> None:
    name, address = shown
    before = (await trade.buyer.does("PUT", PATH, contact))[name]
    code = await trade.code_of(trade.buyer, channel)

    after = (await trade.buyer.does("POST", CONFIRM, {"channel": channel, "code": code}))[name]

    assert before == {"address": address, "isConfirmed": False}
    assert after == {"address": address, "isConfirmed": True}
    assert [(one.channel, one.number) for one in await trade.deliveries()] == [(channel, None)]


async def test_the_same_address_once_more_sends_no_second_code_and_stays_confirmed(trade: Trade) -> None:
    await trade.confirmed(trade.buyer, email="wanjiru@shop.test")

    again = await trade.buyer.does("PUT", PATH, {"email": "wanjiru@shop.test"})

    assert again["email"]["isConfirmed"] is True
    assert await trade.deliveries() == []


async def test_another_address_must_be_confirmed_anew_and_one_left_out_is_forgotten(trade: Trade) -> None:
    await trade.confirmed(trade.buyer, email="wanjiru@shop.test")

    changed = await trade.buyer.does("PUT", PATH, {"email": "other@shop.test"})
    left_out = await trade.buyer.does("PUT", PATH, {})

    assert changed["email"] == {"address": "other@shop.test", "isConfirmed": False}
    assert left_out["email"] is None


async def test_a_code_is_good_for_its_own_address_account_and_asking_only(trade: Trade) -> None:
    await trade.buyer.does("PUT", PATH, {"email": "wanjiru@shop.test"})
    await trade.stranger.does("PUT", PATH, {"email": "wanjiru@shop.test"})
    first = await trade.code_of(trade.buyer, Channel.EMAIL)
    of_stranger = await trade.code_of(trade.stranger, Channel.EMAIL)

    await trade.buyer.does("POST", f"{PATH}/code", {"channel": "email"})

    second = await trade.code_of(trade.buyer, Channel.EMAIL)
    assert len({first, second, of_stranger}) == 3
    for wrong in (first, of_stranger):
        refusal = await trade.buyer.is_refused("POST", CONFIRM, {"channel": "email", "code": wrong})
        assert refusal == (422, "code_not_right")
    await trade.buyer.does("POST", CONFIRM, {"channel": "email", "code": second})


async def test_a_code_that_was_mistyped_too_often_is_over_even_when_it_is_right_then(trade: Trade) -> None:
    await trade.buyer.does("PUT", PATH, {"email": "wanjiru@shop.test"})
    code = await trade.code_of(trade.buyer, Channel.EMAIL)
    wrong = f"{(int(code) + 1) % 1_000_000:06}"

    for _ in range(MOST_WRONG_CODES):
        refusal = await trade.buyer.is_refused("POST", CONFIRM, {"channel": "email", "code": wrong})
        assert refusal == (422, "code_not_right")

    assert await trade.buyer.is_refused("POST", CONFIRM, {"channel": "email", "code": code}) == (409, "code_over")
    assert (await trade.buyer.does("GET", PATH))["email"]["isConfirmed"] is False


async def test_a_code_is_over_after_a_quarter_of_an_hour(trade: Trade, sessions: Sessions) -> None:
    await trade.buyer.does("PUT", PATH, {"email": "wanjiru@shop.test"})
    code = await trade.code_of(trade.buyer, Channel.EMAIL)
    async with sessions.begin() as session:
        contact = await session.get_one(Contact, (trade.buyer.id, Channel.EMAIL))
        assert contact.code_expires_at - utc_now() <= timedelta(minutes=15)
        contact.code_expires_at = utc_now()

    assert await trade.buyer.is_refused("POST", CONFIRM, {"channel": "email", "code": code}) == (409, "code_over")


async def test_where_nothing_waits_there_is_nothing_to_confirm_and_no_code_to_send(trade: Trade) -> None:
    await trade.confirmed(trade.buyer, email="wanjiru@shop.test")

    for channel in ("email", "sms"):
        body = {"channel": channel}
        assert await trade.buyer.is_refused("POST", f"{PATH}/code", body) == (409, "nothing_to_confirm")
        body["code"] = "123456"
        assert await trade.buyer.is_refused("POST", CONFIRM, body) == (409, "nothing_to_confirm")


def night(begin: str, until: str, zone: str = "Africa/Nairobi") -> Preferences:
    return Preferences(
        account_id=1, time_zone=zone, quiet_from=time.fromisoformat(begin), quiet_until=time.fromisoformat(until)
    )


@pytest.mark.parametrize(
    ("hours", "now", "ends"),
    [
        (night("22:00", "06:00"), "2026-11-25T18:59", None),  # 21:59 in Nairobi
        (night("22:00", "06:00"), "2026-11-25T19:00", "2026-11-26T03:00"),
        (night("22:00", "06:00"), "2026-11-26T02:59", "2026-11-26T03:00"),
        (night("22:00", "06:00"), "2026-11-26T03:00", None),
        (night("13:00", "14:00"), "2026-11-25T10:30", "2026-11-25T11:00"),
        (night("13:00", "14:00"), "2026-11-25T11:00", None),
        (night("22:00", "06:00", "Europe/Berlin"), "2026-03-28T22:00", "2026-03-29T04:00"),  # the clock goes forward
        (Preferences(account_id=1, time_zone="Africa/Nairobi"), "2026-11-25T23:00", None),
    ],
)
def test_quiet_hours_are_those_of_the_readers_clock(hours: Preferences, now: str, ends: str | None) -> None:
    at = datetime.fromisoformat(now).replace(tzinfo=UTC)

    assert quiet_until(hours, at) == (None if ends is None else datetime.fromisoformat(ends).replace(tzinfo=UTC))


@pytest.mark.parametrize(
    "incomplete",
    [
        {"smtp_url": "smtp://mail.test"},
        {"smtp_url": "http://mail.test", "mail_from": "a@b.test"},
        {"sms_username": "descrow"},
        {"vapid_private_key": "c2hvcnQ", "vapid_contact": "mailto:a@b.test"},
    ],
)
def test_settings_of_a_channel_that_are_half_or_wrong_are_refused_at_the_start(incomplete: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        NotificationSettings.model_validate(incomplete)
