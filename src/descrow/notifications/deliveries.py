"""Messages on their way out, sent by the worker, each until it has an answer.

An attempt is stored before it is made. So after a crash the worker knows which messages may have arrived: for those the
answer is *unknown*, as it is when the provider's answer is lost. An SMS is not repeated then; a mailbox, a browser and
a webhook's receiver can tell a repeat by its name, so what they may have missed is sent again.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial

import msgspec
import structlog
from sqlalchemy import delete, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from descrow.accounts.sign_in import lock_account
from descrow.feed.models import FeedEntry
from descrow.kernel.db import utc_now
from descrow.kernel.retry.policies import policies
from descrow.kernel.retry.rows import select_due
from descrow.kernel.retry.runner import run_rounds
from descrow.kernel.texts import said_in
from descrow.kernel.texts.languages import Language
from descrow.notifications.contacts import code_of
from descrow.notifications.context import NotificationContext
from descrow.notifications.kinds import URGENT, NotificationKind, kind_of
from descrow.notifications.models import (
    Channel,
    Contact,
    Delivery,
    DeliveryStatus,
    Preferences,
    PushSubscription,
    Webhook,
)
from descrow.notifications.outcomes import DeliveryUnknown, NotTaken, Outcome, Taken
from descrow.notifications.preferences import preferences_of, quiet_until
from descrow.notifications.push import Gone
from descrow.notifications.service import order_id_in
from descrow.notifications.signatures import signed_headers
from descrow.notifications.texts import NotificationText, code_text, text_of
from descrow.orders.models import Order

log = structlog.get_logger(__name__)

AT_ONCE = 20
IDLE_S = 1
_LISTS_REPEATS = frozenset({Channel.EMAIL, Channel.PUSH, Channel.WEBHOOK})

Send = Callable[[], Awaitable[Outcome | Gone]]


class _NotToBeSent(Exception):
    """Its text says why, for the delivery's row."""


async def deliver(engine: AsyncEngine, notification_context: NotificationContext, channel: Channel) -> None:
    """Send what is due by this channel, for ever; one process does it for all."""
    await run_rounds(
        engine,
        f"deliveries:{channel}",
        partial(deliver_due, notification_context, channel),
        idle_s=IDLE_S,
        at_start=partial(settle_interrupted, notification_context, channel),
    )


async def settle_interrupted(notification_context: NotificationContext, channel: Channel) -> None:
    """Attempts that a crash cut short: whether they arrived, nobody knows."""
    async with notification_context.sessions.begin() as session:
        interrupted = await session.scalars(
            select(Delivery).where(Delivery.channel == channel, Delivery.status == DeliveryStatus.SENDING)
        )
        for delivery in interrupted:
            _record(delivery, DeliveryUnknown("interrupted"), utc_now())


async def deliver_due(notification_context: NotificationContext, channel: Channel) -> bool:
    """One round; whether there was anything to do."""
    async with notification_context.sessions.begin() as session:
        due = await session.scalars(
            select_due(
                Delivery,
                Delivery.channel == channel,
                Delivery.status == DeliveryStatus.PENDING,
                now=utc_now(),
                limit=AT_ONCE,
            )
            .order_by(Delivery.next_attempt_at, Delivery.id)
            .with_for_update(skip_locked=True)  # those that are being deleted just now
        )
        deliveries = list(due)
        sending = [
            (delivery, send)
            for delivery in deliveries
            if (send := await _begin(session, notification_context, delivery))
        ]
    outcomes = await asyncio.gather(*(_attempt(send) for _, send in sending))
    gone = set()
    async with notification_context.sessions.begin() as session:
        for (begun, _), outcome in zip(sending, outcomes, strict=True):
            delivery = await session.get(Delivery, begun.id, with_for_update=True)
            if delivery is None:  # its webhook or subscription was deleted meanwhile
                continue
            if isinstance(outcome, Gone):
                gone.add((delivery.account_id, delivery.subscription_id))
                continue
            _record(delivery, outcome, utc_now())
    for account_id, subscription_id in gone:
        await _forget(notification_context, account_id, subscription_id)
    return bool(deliveries)


async def _forget(notification_context: NotificationContext, account_id: int, subscription_id: int | None) -> None:
    """The browser is gone; what was to be pushed to it goes with it."""
    async with notification_context.sessions.begin() as session:
        await lock_account(session, account_id)
        await session.execute(delete(PushSubscription).where(PushSubscription.id == subscription_id))


async def _begin(session: AsyncSession, notification_context: NotificationContext, delivery: Delivery) -> Send | None:
    """Note the attempt and return how to send it; None when it is not to be sent, or not now.

    One that a fault of ours makes impossible holds up no other.
    """
    try:
        return await _begin_whole(session, notification_context, delivery)
    except SQLAlchemyError:
        raise
    except Exception as error:
        log.error("message cannot be made", delivery_id=delivery.id, exc_info=error)
        _end(delivery, DeliveryStatus.FAILED, utc_now(), error="it could not be made")
        return None


async def _attempt(send: Send) -> Outcome | Gone:
    """Return what is known after it. A fault of ours on the way tells nothing of what has left."""
    try:
        return await send()
    except Exception as error:
        log.error("message broke off", exc_info=error)
        return DeliveryUnknown("broken off")


async def _begin_whole(
    session: AsyncSession, notification_context: NotificationContext, delivery: Delivery
) -> Send | None:
    now = utc_now()
    entry = (
        None if delivery.number is None else await session.get_one(FeedEntry, (delivery.account_id, delivery.number))
    )
    preferences = await preferences_of(session, delivery.account_id)
    if entry is not None and delivery.channel is not Channel.WEBHOOK:
        waits_until = quiet_until(preferences, now)
        if waits_until is not None and kind_of(entry.name, entry.payload) not in URGENT:
            delivery.next_attempt_at = waits_until
            return None

    try:
        send = await _prepare(session, notification_context, delivery, entry, preferences, now)
    except _NotToBeSent as reason:
        _end(delivery, DeliveryStatus.FAILED, now, error=str(reason))
        return None
    delivery.status = DeliveryStatus.SENDING
    delivery.attempt_count += 1
    return send


async def _prepare(
    session: AsyncSession,
    notification_context: NotificationContext,
    delivery: Delivery,
    entry: FeedEntry | None,
    preferences: Preferences,
    now: datetime,
) -> Send:
    """Raises _NotToBeSent."""
    if delivery.webhook_id is not None and entry is not None:
        webhook = await session.get_one(Webhook, delivery.webhook_id)
        body = webhook_body(entry, preferences.language)
        headers = signed_headers(webhook.secret, f"msg_{webhook.id}_{entry.number}", body, now)
        return partial(_call, notification_context, webhook.url, body, headers)

    if delivery.subscription_id is not None and notification_context.pusher is not None and entry is not None:
        subscription = await session.get_one(PushSubscription, delivery.subscription_id)
        text = await _text_of(session, entry, preferences)
        return partial(
            notification_context.pusher.send,
            subscription.endpoint,
            public_key=subscription.public_key,
            auth_secret=subscription.auth_secret,
            content=msgspec.json.encode({"title": text.subject, "body": text.body, "feedNumber": entry.number}),
            topic=f"n{entry.number}",
            now=now,
        )

    contact = await _contact_of(session, delivery, now)
    if entry is None:
        text = code_text(code_of(contact, notification_context.secret), preferences.language)
    else:
        text = await _text_of(session, entry, preferences)
        if delivery.attempt_count == 0:  # codes were charged when they were asked for
            await _charge(session, notification_context, delivery, contact, _kind_of(entry), now)
    if delivery.channel is Channel.EMAIL and notification_context.mailer is not None:
        return partial(notification_context.mailer.send, contact.address, text, f"delivery-{delivery.id}")
    if delivery.channel is Channel.SMS and notification_context.sms is not None:
        return partial(notification_context.sms.send, contact.address, text.body)
    raise _NotToBeSent("nothing is sent by this channel")


async def _charge(
    session: AsyncSession,
    notification_context: NotificationContext,
    delivery: Delivery,
    contact: Contact,
    kind: NotificationKind,
    now: datetime,
) -> None:
    """Raises _NotToBeSent. The notification stands in the app all the same, and goes by the other channels."""
    refusal = await notification_context.budget.charge_notification(
        session, contact.account_id, delivery.channel, contact.address, kind, now=now
    )
    if refusal is not None:
        raise _NotToBeSent(refusal)


async def _contact_of(session: AsyncSession, delivery: Delivery, now: datetime) -> Contact:
    """Return the contact that the message was made for; none that has taken its place. Raises _NotToBeSent."""
    contact = await session.get(Contact, (delivery.account_id, delivery.channel))
    if contact is None:
        raise _NotToBeSent("there is no address any more")
    if contact.nonce != delivery.contact_nonce:
        raise _NotToBeSent("there is another address or another code now")
    is_code = delivery.number is None
    if is_code and now >= contact.code_expires_at:
        raise _NotToBeSent("the code is over")
    if is_code == (contact.confirmed_at is not None):
        raise _NotToBeSent("the address is confirmed already" if is_code else "the address is not confirmed")
    return contact


async def _text_of(session: AsyncSession, entry: FeedEntry, preferences: Preferences) -> NotificationText:
    order_id = order_id_in(entry)
    order = None if order_id is None else await session.get(Order, order_id)
    return text_of(_kind_of(entry), entry.payload, order, entry.account_id, preferences.language)


def _kind_of(entry: FeedEntry) -> NotificationKind:
    """Raises ValueError for an entry that is queued for no person."""
    kind = kind_of(entry.name, entry.payload)
    if kind is None:
        raise ValueError(f"nobody is notified of {entry.name}")
    return kind


def webhook_body(entry: FeedEntry, language: Language) -> bytes:
    """The feed entry, as `GET /feed` shows it."""
    return msgspec.json.encode(
        {
            "number": entry.number,
            "name": entry.name,
            "payload": said_in(entry.payload, language),
            "createdAt": entry.created_at,
        }
    )


async def _call(notification_context: NotificationContext, url: str, body: bytes, headers: dict[str, str]) -> Outcome:
    answer = await notification_context.outbound.post(url, body, {**headers, "Content-Type": "application/json"})
    if isinstance(answer, NotTaken | DeliveryUnknown):
        return answer
    if 200 <= answer.status < 300:
        return Taken()
    return NotTaken(f"HTTP {answer.status}")


def _record(delivery: Delivery, outcome: Outcome, now: datetime) -> None:
    match outcome:
        case Taken(provider_id):
            delivery.provider_id = provider_id
            _end(delivery, DeliveryStatus.SENT, now)
        case NotTaken(why, for_good=True):
            _end(delivery, DeliveryStatus.FAILED, now, error=why)
        case DeliveryUnknown(why) if delivery.channel not in _LISTS_REPEATS:
            _end(delivery, DeliveryStatus.UNKNOWN, now, error=why)
        case NotTaken(why) | DeliveryUnknown(why):
            _try_later(delivery, why, now)


def _try_later(delivery: Delivery, why: str, now: datetime) -> None:
    schedule = policies().webhooks if delivery.channel is Channel.WEBHOOK else policies().messages
    delay = schedule.delay(delivery.attempt_count - 1)
    if delay is None:
        _end(delivery, DeliveryStatus.ABANDONED, now, error=why)
        return
    delivery.status = DeliveryStatus.PENDING
    delivery.last_error = why
    delivery.next_attempt_at = now + delay


def _end(delivery: Delivery, status: DeliveryStatus, now: datetime, *, error: str | None = None) -> None:
    delivery.status = status
    delivery.last_error = error
    delivery.ended_at = now
    if status is not DeliveryStatus.SENT:
        log.warning("message not delivered", delivery_id=delivery.id, channel=delivery.channel, why=error)
