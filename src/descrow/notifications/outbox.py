"""Queuing what is to go out of the app, in the transaction of the news that it tells of."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    LargeBinary,
    Select,
    any_,
    bindparam,
    cast,
    insert,
    literal,
    null,
    select,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.feed.events import FeedEntriesAdded
from descrow.kernel.db import utc_now
from descrow.notifications.kinds import kind_of
from descrow.notifications.models import Channel, Contact, Delivery, Preferences, PushSubscription, Webhook
from descrow.notifications.preferences import channels_for


async def queue(session: AsyncSession, added: FeedEntriesAdded) -> None:
    """Queue what is to go out for these new feed entries.

    It holds the accounts' rows, and who deletes a webhook or a subscription locks its account first: so none of those
    found here is gone when the transaction commits, which would undo the change that the news is about.
    """
    ways = (await session.execute(_WAYS, {"accounts": list({entry["account_id"] for entry in added.entries})})).all()
    now = utc_now()
    rows = [
        {
            "account_id": entry["account_id"],
            "channel": way.channel,
            "number": entry["number"],
            "subscription_id": way.id if way.channel is Channel.PUSH else None,
            "webhook_id": way.id if way.channel is Channel.WEBHOOK else None,
            "contact_nonce": way.nonce,
            "next_attempt_at": now,
        }
        for entry in added.entries
        for way in ways
        if way.account_id == entry["account_id"] and _is_wanted(entry, way.channel, way.channels or {})
    ]
    if rows:
        await session.execute(insert(Delivery), rows)


def _every_way() -> Select[Any]:
    """Every way out of the app to some accounts, with what they chose; one query, which mostly finds nothing."""
    accounts = any_(bindparam("accounts", type_=ARRAY(BigInteger)))
    push, webhook = literal(Channel.PUSH, Contact.channel.type), literal(Channel.WEBHOOK, Contact.channel.type)
    no_nonce = cast(null(), LargeBinary)
    ways = union_all(
        select(Contact.account_id, Contact.channel, cast(null(), BigInteger).label("id"), Contact.nonce).where(
            Contact.confirmed_at.is_not(None), Contact.account_id == accounts
        ),
        select(PushSubscription.account_id, push, PushSubscription.id, no_nonce).where(
            PushSubscription.account_id == accounts
        ),
        select(Webhook.account_id, webhook, Webhook.id, no_nonce).where(Webhook.account_id == accounts),
    ).subquery()
    return (
        select(ways.c.account_id, ways.c.channel, ways.c.id, ways.c.nonce, Preferences.channels.label("channels"))
        .outerjoin(Preferences, Preferences.account_id == ways.c.account_id)
        .order_by(ways.c.account_id, ways.c.channel, ways.c.id)
    )


_WAYS = _every_way()
"""Put together once: that takes longer than PostgreSQL's answer."""


def _is_wanted(entry: Mapping[str, Any], channel: Channel, chosen: dict[str, list[str]]) -> bool:
    if channel is Channel.WEBHOOK:
        return True
    kind = kind_of(entry["name"], entry["payload"])
    return kind is not None and channel in channels_for(kind, chosen)
