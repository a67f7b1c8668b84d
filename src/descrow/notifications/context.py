"""Define what messages are sent with: made once for a process, from the settings."""

from dataclasses import dataclass

import httpx
from pydantic import SecretStr

from descrow.kernel.db import Sessions
from descrow.notifications.budget import MessageBudget
from descrow.notifications.email import Mailer, SmtpServer
from descrow.notifications.models import Channel
from descrow.notifications.outbound import Outbound
from descrow.notifications.outcomes import open_http
from descrow.notifications.push import Pusher, VapidKey
from descrow.notifications.settings import NotificationSettings
from descrow.notifications.sms import SmsSender


@dataclass(frozen=True)
class NotificationContext:
    """A channel that the operator has not set up is None, and is not offered."""

    sessions: Sessions
    secret: SecretStr
    """Makes the codes that confirm contacts."""
    budget: MessageBudget
    http: httpx.AsyncClient
    outbound: Outbound
    mailer: Mailer | None
    sms: SmsSender | None
    pusher: Pusher | None

    @classmethod
    def open(cls, sessions: Sessions, secret: SecretStr, settings: NotificationSettings) -> "NotificationContext":
        http = open_http()
        outbound = Outbound(http, loopback_allowed=settings.webhooks_to_loopback)
        mailer = sms = pusher = None
        if settings.smtp_url is not None and settings.mail_from is not None:
            mailer = Mailer(SmtpServer.of_url(settings.smtp_url.get_secret_value()), settings.mail_from)
        if settings.sms_username is not None and settings.sms_api_key is not None:
            sms = SmsSender(
                http,
                settings.sms_base_url,
                username=settings.sms_username,
                api_key=settings.sms_api_key,
                sender=settings.sms_sender,
            )
        if settings.vapid_private_key is not None and settings.vapid_contact is not None:
            key = VapidKey(settings.vapid_private_key.get_secret_value())
            pusher = Pusher(outbound, key, settings.vapid_contact)
        return cls(sessions, secret, MessageBudget(settings, secret), http, outbound, mailer, sms, pusher)

    @property
    def offered(self) -> frozenset[Channel]:
        """Return where messages go out to people."""
        channels = {Channel.EMAIL: self.mailer, Channel.SMS: self.sms, Channel.PUSH: self.pusher}
        return frozenset(channel for channel, way in channels.items() if way is not None)

    async def close(self) -> None:
        await self.http.aclose()
