"""Define how somebody wishes to be told: the language, the hours, and which kinds come by which channels."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.kernel.texts.languages import Language
from descrow.notifications.errors import KindMustStayInApp, QuietHoursNotValid, TimeZoneNotKnown
from descrow.notifications.kinds import ABOUT_MONEY, URGENT, NotificationKind
from descrow.notifications.models import Channel, Preferences

EVERYWHERE = frozenset({Channel.IN_APP, Channel.EMAIL, Channel.PUSH})
"""Where everything is told by default."""
BY_SMS = ABOUT_MONEY | URGENT
"""What an SMS is spent on by default."""
MUST_STAY_IN_APP = ABOUT_MONEY | URGENT


async def preferences_of(session: AsyncSession, account_id: int) -> Preferences:
    """The account's, or the defaults, which are not stored."""
    return await session.get(Preferences, account_id) or _defaults(account_id)


def _defaults(account_id: int) -> Preferences:
    return Preferences(account_id=account_id, language=Language.ENGLISH, time_zone="Africa/Nairobi", channels={})


async def change_preferences(
    session: AsyncSession,
    account_id: int,
    *,
    language: Language,
    time_zone: str,
    quiet_hours: tuple[time, time] | None,
    channels: dict[NotificationKind, frozenset[Channel]],
) -> Preferences:
    """Put these in the place of all there were. A repeat changes nothing.

    Raises KindMustStayInApp, TimeZoneNotKnown or QuietHoursNotValid.
    """
    for kind, chosen in channels.items():
        if kind in MUST_STAY_IN_APP and Channel.IN_APP not in chosen:
            raise KindMustStayInApp(kind)
    try:
        ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise TimeZoneNotKnown(time_zone) from error
    if quiet_hours is not None and quiet_hours[0] == quiet_hours[1]:
        raise QuietHoursNotValid

    stored = await session.scalar(select(Preferences).where(Preferences.account_id == account_id).with_for_update())
    preferences = stored or _defaults(account_id)
    preferences.language = language
    preferences.time_zone = time_zone
    preferences.quiet_from, preferences.quiet_until = quiet_hours or (None, None)
    preferences.channels = {kind.value: sorted(chosen) for kind, chosen in channels.items()}
    session.add(preferences)
    await session.flush()
    return preferences


def channels_for(kind: NotificationKind, chosen: dict[str, list[str]]) -> frozenset[Channel]:
    """Return where a kind is told, from what the reader chose or did not."""
    if kind.value in chosen:
        return frozenset(Channel(channel) for channel in chosen[kind.value])
    return EVERYWHERE | {Channel.SMS} if kind in BY_SMS else EVERYWHERE


def hidden_kinds(preferences: Preferences) -> frozenset[NotificationKind]:
    """Return what the reader does not wish to see in the app."""
    return frozenset(
        kind for kind in NotificationKind if Channel.IN_APP not in channels_for(kind, preferences.channels)
    )


def quiet_until(preferences: Preferences, now: datetime) -> datetime | None:
    """Return when the quiet hours end that `now` is in; None outside them.

    On the day of a clock change they may be an hour longer or shorter: the reader's clock on the wall counts.
    """
    begin, end = preferences.quiet_from, preferences.quiet_until
    if begin is None or end is None:
        return None
    there = now.astimezone(ZoneInfo(preferences.time_zone))
    clock = there.time()
    if not (begin <= clock < end if begin < end else clock >= begin or clock < end):
        return None
    ends_on = there.date() if clock < end else there.date() + timedelta(days=1)
    return datetime.combine(ends_on, end, there.tzinfo).astimezone(UTC)
