"""Notifications and how they are sent, over HTTP."""

from datetime import time
from typing import Annotated

from litestar import Controller, delete, get, post, put
from litestar.params import JSONBody, PathParameter

from descrow.accounts.sign_in import lock_account
from descrow.kernel.db import LARGEST_ID, Sessions
from descrow.kernel.http.access import Open
from descrow.kernel.http.addresses import address_of, network_of
from descrow.kernel.http.caller import CallerRequest
from descrow.kernel.http.dependencies import WithProxies, WithSessions
from descrow.kernel.http.limits import RateLimitKind as RateLimit
from descrow.kernel.pages import After, Limit
from descrow.kernel.texts.languages import Language
from descrow.notifications import contacts, preferences, service, subscriptions
from descrow.notifications.budget import CodeRequester
from descrow.notifications.contacts import Confirmation
from descrow.notifications.context import NotificationContext
from descrow.notifications.dependencies import WithNotifications
from descrow.notifications.errors import ChannelNotOffered, CodeNotRight, CodeOver, SubscriptionNotValid
from descrow.notifications.kinds import NotificationKind
from descrow.notifications.models import Channel, Contact, Preferences
from descrow.notifications.outbound import UrlNotAllowed
from descrow.notifications.schemas import (
    CodeRequest,
    ConfirmRequest,
    ContactView,
    NotificationPage,
    NotificationView,
    PreferencesRequest,
    PreferencesView,
    QuietHours,
    ReadRequest,
    SubscriptionRequest,
    SubscriptionView,
    Unread,
)
from descrow.notifications.service import Noted
from descrow.notifications.texts import text_of


class NotificationController(Controller):
    path = "/notifications"
    tags = ("notifications",)

    @get(access=Open.SIGNED_IN)
    async def list_notifications(
        self, sessions: WithSessions, request: CallerRequest, after: After = None, limit: Limit = 20
    ) -> NotificationPage:
        """Return what happened, the newest first, in the reader's language, and how much of it is unread."""
        account_id = request.user.account_id
        async with sessions() as session:
            wishes = await preferences.preferences_of(session, account_id)
            hidden = preferences.hidden_kinds(wishes)
            noted = await service.list_notifications(session, account_id, hidden=hidden, before=after, limit=limit + 1)
            unread = await service.count_unread(session, account_id, hidden=hidden)
        items = [_view(one, account_id, wishes.language) for one in noted[:limit]]
        return NotificationPage(unread, items, next=items[-1].number if len(noted) > limit else None)

    @post("/read", status_code=200, access=Open.SIGNED_IN)
    async def mark_notifications_read(
        self,
        sessions: WithSessions,
        request: CallerRequest,
        data: JSONBody[ReadRequest],
    ) -> Unread:
        """Everything up to this number was seen. A repeat changes nothing."""
        account_id = request.user.account_id
        async with sessions.begin() as session:
            await service.mark_read(session, account_id, up_to=data.up_to)
            hidden = preferences.hidden_kinds(await preferences.preferences_of(session, account_id))
            return Unread(await service.count_unread(session, account_id, hidden=hidden))

    @get("/preferences", access=Open.SIGNED_IN)
    async def get_notification_preferences(
        self, sessions: WithSessions, notifications: WithNotifications, request: CallerRequest
    ) -> PreferencesView:
        """Return how the caller is told."""
        return await _preferences(sessions, notifications, request.user.account_id)

    @put(
        "/preferences",
        access=Open.SIGNED_IN,
        refusals=(
            "channel_not_offered",
            "email_not_valid",
            "kind_must_stay_in_app",
            "phone_not_valid",
            "quiet_hours_not_valid",
            "time_zone_not_known",
            "too_many_codes",
        ),
    )
    async def change_notification_preferences(
        self,
        sessions: WithSessions,
        proxies: WithProxies,
        notifications: WithNotifications,
        request: CallerRequest,
        data: JSONBody[PreferencesRequest],
    ) -> PreferencesView:
        """Put these in the place of all there were. A repeat changes nothing, and sends no second code."""
        account_id = request.user.account_id
        wanted = {
            channel: None if typed is None else contacts.parse_address(channel, typed)
            for channel, typed in ((Channel.EMAIL, data.email), (Channel.SMS, data.phone))
        }
        async with sessions.begin() as session:
            await lock_account(session, account_id)  # two at once would both be the first
            await preferences.change_preferences(
                session,
                account_id,
                language=data.language,
                time_zone=data.time_zone,
                quiet_hours=None if data.quiet_hours is None else _clock_times(data.quiet_hours),
                channels={kind: frozenset(map(Channel, chosen)) for kind, chosen in data.channels.items()},
            )
            await contacts.change_contacts(
                session, notifications.budget, _requester(request, proxies), wanted, offered=notifications.offered
            )
        return await _preferences(sessions, notifications, account_id)

    @post(
        "/preferences/code",
        status_code=204,
        rate_limit=RateLimit.PAY,
        access=Open.SIGNED_IN,
        refusals=("channel_not_offered", "nothing_to_confirm", "too_many_codes"),
    )
    async def send_confirmation_code(
        self,
        sessions: WithSessions,
        proxies: WithProxies,
        notifications: WithNotifications,
        request: CallerRequest,
        data: JSONBody[CodeRequest],
    ) -> None:
        """Send another code to the address that waits to be confirmed."""
        channel, requester = Channel(data.channel), _requester(request, proxies)
        _expect_offered(notifications, channel)
        async with sessions.begin() as session:
            await lock_account(session, requester.account_id)
            await contacts.send_new_code(session, notifications.budget, requester, channel)

    @post(
        "/preferences/confirm",
        status_code=200,
        rate_limit=RateLimit.PAY,
        access=Open.SIGNED_IN,
        refusals=(
            "channel_not_offered",
            "code_not_right",
            "code_over",
            "nothing_to_confirm",
        ),
    )
    async def confirm_contact(
        self,
        sessions: WithSessions,
        notifications: WithNotifications,
        request: CallerRequest,
        data: JSONBody[ConfirmRequest],
    ) -> PreferencesView:
        """The code that was sent to the address: from now on messages go there."""
        account_id = request.user.account_id
        async with sessions.begin() as session:
            result = await contacts.confirm(session, notifications.secret, account_id, Channel(data.channel), data.code)
        if result is Confirmation.OVER:
            raise CodeOver
        if result is Confirmation.NOT_RIGHT:
            raise CodeNotRight
        return await _preferences(sessions, notifications, account_id)

    @post(
        "/push-subscriptions",
        access=Open.SIGNED_IN,
        refusals=(
            "channel_not_offered",
            "push_subscription_not_valid",
            "too_many_push_subscriptions",
        ),
    )
    async def create_push_subscription(
        self,
        sessions: WithSessions,
        notifications: WithNotifications,
        request: CallerRequest,
        data: JSONBody[SubscriptionRequest],
    ) -> SubscriptionView:
        """Push to this browser from now on. A repeat takes the place of the first."""
        _expect_offered(notifications, Channel.PUSH)
        try:
            await notifications.outbound.check(data.endpoint)
        except UrlNotAllowed as error:
            raise SubscriptionNotValid(str(error)) from error
        async with sessions.begin() as session:
            subscription = await subscriptions.subscribe(
                session,
                request.user.account_id,
                endpoint=data.endpoint,
                public_key=data.keys.p256dh,
                auth_secret=data.keys.auth,
            )
            return SubscriptionView(subscription.id)

    @delete(
        "/push-subscriptions/{subscription_id:int}",
        access=Open.SIGNED_IN,
        refusals=("push_subscription_not_found",),
    )
    async def delete_push_subscription(
        self,
        sessions: WithSessions,
        request: CallerRequest,
        subscription_id: Annotated[int, PathParameter(ge=1, le=LARGEST_ID)],
    ) -> None:
        """Push to this browser no more."""
        async with sessions.begin() as session:
            await subscriptions.unsubscribe(session, request.user.account_id, subscription_id)


def _requester(request: CallerRequest, proxies: int) -> CodeRequester:
    return CodeRequester(request.user.account_id, network_of(address_of(request.scope, proxies=proxies)))


def _view(noted: Noted, reader_id: int, language: Language) -> NotificationView:
    kind, entry = noted.notification.kind, noted.entry
    return NotificationView(
        number=entry.number,
        kind=kind,
        order_id=service.order_id_in(entry),
        text=text_of(kind, entry.payload, noted.order, reader_id, language).body,
        is_read=noted.notification.read_at is not None,
        created_at=entry.created_at,
    )


async def _preferences(sessions: Sessions, notifications: NotificationContext, account_id: int) -> PreferencesView:
    async with sessions() as session:
        wishes = await preferences.preferences_of(session, account_id)
        known = await contacts.contacts_of(session, account_id)
    pusher = notifications.pusher
    return PreferencesView(
        language=wishes.language,
        time_zone=wishes.time_zone,
        quiet_hours=_quiet_hours(wishes),
        channels={kind: sorted(preferences.channels_for(kind, wishes.channels)) for kind in NotificationKind},
        email=_contact_view(known.get(Channel.EMAIL)),
        phone=_contact_view(known.get(Channel.SMS)),
        offered=sorted({Channel.IN_APP, *notifications.offered}),
        push_key=None if pusher is None else pusher.key.public,
    )


def _quiet_hours(wishes: Preferences) -> QuietHours | None:
    if wishes.quiet_from is None or wishes.quiet_until is None:
        return None
    return QuietHours(begin=f"{wishes.quiet_from:%H:%M}", until=f"{wishes.quiet_until:%H:%M}")


def _clock_times(hours: QuietHours) -> tuple[time, time]:
    return time.fromisoformat(hours.begin), time.fromisoformat(hours.until)


def _contact_view(contact: Contact | None) -> ContactView | None:
    return None if contact is None else ContactView(contact.address, is_confirmed=contact.confirmed_at is not None)


def _expect_offered(notifications: NotificationContext, channel: Channel) -> None:
    """Raises ChannelNotOffered."""
    if channel not in notifications.offered:
        raise ChannelNotOffered(channel)
