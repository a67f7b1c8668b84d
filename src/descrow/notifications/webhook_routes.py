"""Webhooks over HTTP."""

from typing import Annotated

from litestar import Controller, delete, get, post
from litestar.params import JSONBody, PathParameter

from descrow.kernel.db import LARGEST_ID
from descrow.kernel.http.access import Open
from descrow.kernel.http.caller import CallerRequest
from descrow.kernel.http.dependencies import WithSessions
from descrow.kernel.idempotency import IdempotencyKey, answer_once
from descrow.kernel.pages import After, Limit, Page
from descrow.notifications import webhooks
from descrow.notifications.dependencies import WithNotifications
from descrow.notifications.errors import WebhookUrlNotAllowed
from descrow.notifications.models import Delivery, DeliveryStatus
from descrow.notifications.outbound import UrlNotAllowed
from descrow.notifications.schemas import DeliveryView, NewWebhook, WebhookRequest, WebhookView
from descrow.notifications.signatures import shown_secret

Id = Annotated[int, PathParameter(ge=1, le=LARGEST_ID)]


class WebhookController(Controller):
    path = "/webhooks"
    tags = ("webhooks",)

    @post(access=Open.SIGNED_IN, refusals=("idempotency_key_reused", "too_many_webhooks", "webhook_url_not_allowed"))
    async def create_webhook(
        self,
        sessions: WithSessions,
        notifications: WithNotifications,
        request: CallerRequest,
        data: JSONBody[WebhookRequest],
        idempotency_key: IdempotencyKey = None,
    ) -> NewWebhook:
        """Send each new entry of the caller's feed to this address, signed as Standard Webhooks says."""
        try:
            await notifications.outbound.check(data.url)
        except UrlNotAllowed as error:
            raise WebhookUrlNotAllowed(str(error)) from error
        async with sessions.begin() as session:

            async def create() -> NewWebhook:
                webhook = await webhooks.create_webhook(session, request.user.account_id, data.url)
                return NewWebhook(webhook.id, webhook.url, webhook.created_at, secret=shown_secret(webhook.secret))

            return await answer_once(session, request.user.account_id, idempotency_key, data, create, NewWebhook)

    @get(access=Open.SIGNED_IN)
    async def list_webhooks(self, sessions: WithSessions, request: CallerRequest) -> list[WebhookView]:
        """The caller's webhooks."""
        async with sessions() as session:
            found = await webhooks.list_webhooks(session, request.user.account_id)
        return [WebhookView(webhook.id, webhook.url, webhook.created_at) for webhook in found]

    @delete("/{webhook_id:int}", access=Open.SIGNED_IN, refusals=("webhook_not_found",))
    async def delete_webhook(self, sessions: WithSessions, request: CallerRequest, webhook_id: Id) -> None:
        """Send nothing there any more, not even what waits."""
        async with sessions.begin() as session:
            await webhooks.delete_webhook(session, request.user.account_id, webhook_id)

    @get("/{webhook_id:int}/deliveries", access=Open.SIGNED_IN, refusals=("webhook_not_found",))
    async def list_webhook_deliveries(
        self, sessions: WithSessions, request: CallerRequest, webhook_id: Id, after: After = None, limit: Limit = 20
    ) -> Page[DeliveryView]:
        """Return what was sent there, or is to be, the newest first."""
        async with sessions() as session:
            found = await webhooks.list_deliveries(
                session, request.user.account_id, webhook_id, before=after, limit=limit + 1
            )
        return Page.of([_view(delivery) for delivery in found], limit, id_of=lambda delivery: delivery.id)

    @post(
        "/{webhook_id:int}/deliveries/{delivery_id:int}/redeliver",
        status_code=202,
        access=Open.SIGNED_IN,
        refusals=(
            "delivery_not_found",
            "delivery_under_way",
            "webhook_not_found",
        ),
    )
    async def redeliver_webhook(
        self, sessions: WithSessions, request: CallerRequest, webhook_id: Id, delivery_id: Id
    ) -> DeliveryView:
        """Send it once more, under the same id."""
        async with sessions.begin() as session:
            return _view(await webhooks.redeliver(session, request.user.account_id, webhook_id, delivery_id))


def _view(delivery: Delivery) -> DeliveryView:
    return DeliveryView(
        id=delivery.id,
        number=delivery.number,
        status=delivery.status,
        attempt_count=delivery.attempt_count,
        last_error=delivery.last_error,
        created_at=delivery.created_at,
        next_attempt_at=delivery.next_attempt_at if delivery.status is DeliveryStatus.PENDING else None,
        ended_at=delivery.ended_at,
    )
