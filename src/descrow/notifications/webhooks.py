"""Make, list and delete the webhooks of an account, and list what was sent to each.

A failing webhook is never switched off: each delivery ends after the last delay of its retry policy (`deliveries`).
"""

import secrets
from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.accounts.sign_in import lock_account
from descrow.kernel.db import utc_now
from descrow.notifications.errors import DeliveryNotFound, DeliveryUnderWay, TooManyWebhooks, WebhookNotFound
from descrow.notifications.models import Delivery, DeliveryStatus, Webhook

MOST = 5
SECRET_BYTES = 24


async def create_webhook(session: AsyncSession, account_id: int, url: str) -> Webhook:
    """Send each new entry of the account's feed there. Raises TooManyWebhooks."""
    await lock_account(session, account_id)
    count = await session.scalar(select(func.count()).where(Webhook.account_id == account_id))
    if (count or 0) >= MOST:
        raise TooManyWebhooks(MOST)
    webhook = Webhook(account_id=account_id, url=url, secret=secrets.token_bytes(SECRET_BYTES))
    session.add(webhook)
    await session.flush()
    return webhook


async def list_webhooks(session: AsyncSession, account_id: int) -> Sequence[Webhook]:
    return (await session.scalars(select(Webhook).where(Webhook.account_id == account_id).order_by(Webhook.id))).all()


async def get_webhook(session: AsyncSession, account_id: int, webhook_id: int) -> Webhook:
    """Raises WebhookNotFound, also for one of somebody else's."""
    webhook = await session.get(Webhook, webhook_id)
    if webhook is None or webhook.account_id != account_id:
        raise WebhookNotFound
    return webhook


async def delete_webhook(session: AsyncSession, account_id: int, webhook_id: int) -> None:
    """With it goes what still waits to be sent there. Raises WebhookNotFound."""
    await lock_account(session, account_id)
    await session.delete(await get_webhook(session, account_id, webhook_id))


async def list_deliveries(
    session: AsyncSession, account_id: int, webhook_id: int, *, before: int | None, limit: int
) -> Sequence[Delivery]:
    """The newest first. Raises WebhookNotFound."""
    await get_webhook(session, account_id, webhook_id)
    query = select(Delivery).where(Delivery.webhook_id == webhook_id).order_by(Delivery.id.desc()).limit(limit)
    if before is not None:
        query = query.where(Delivery.id < before)
    return (await session.scalars(query)).all()


async def redeliver(session: AsyncSession, account_id: int, webhook_id: int, delivery_id: int) -> Delivery:
    """Send it once more, under the same id, so that who had it already can tell.

    Raises WebhookNotFound, DeliveryNotFound or DeliveryUnderWay.
    """
    await get_webhook(session, account_id, webhook_id)
    delivery = await session.scalar(
        select(Delivery).where(Delivery.id == delivery_id, Delivery.webhook_id == webhook_id).with_for_update()
    )
    if delivery is None:
        raise DeliveryNotFound
    if delivery.ended_at is None:
        raise DeliveryUnderWay(delivery.id)
    delivery.status = DeliveryStatus.PENDING
    delivery.attempt_count = 0
    delivery.last_error = delivery.provider_id = delivery.ended_at = None
    delivery.next_attempt_at = utc_now()
    return delivery
