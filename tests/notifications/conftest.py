from collections.abc import AsyncIterator

import pytest
from litestar.types import ASGIApp
from pydantic import SecretStr

from descrow.app.settings import Settings
from descrow.kernel.db import Sessions
from descrow.notifications.context import NotificationContext
from descrow.notifications.push import to_base64url
from descrow.notifications.settings import NotificationSettings
from tests.application import client_of
from tests.notifications.people import Trade, a_trade
from tests.notifications.providers import Providers, providers_running


@pytest.fixture
async def providers() -> AsyncIterator[Providers]:
    async with providers_running() as running:
        yield running


@pytest.fixture
def settings(settings: Settings, providers: Providers) -> Settings:
    """With every channel, each led to a provider that is played here."""
    notifications = NotificationSettings(
        smtp_url=SecretStr(providers.mail.url),
        mail_from="Descrow <no-reply@descrow.test>",
        sms_username="descrow",
        sms_api_key=SecretStr("an api key"),
        sms_sender="DESCROW",
        sms_base_url=providers.sms.url,
        vapid_private_key=SecretStr(to_base64url(b"k" * 32)),
        vapid_contact="mailto:operator@descrow.test",
        webhooks_to_loopback=True,
    )
    return settings.model_copy(update={"notifications": notifications})


@pytest.fixture
async def notification_context(settings: Settings, sessions: Sessions) -> AsyncIterator[NotificationContext]:
    opened = NotificationContext.open(sessions, settings.jwt_secret, settings.notifications)
    yield opened
    await opened.close()


@pytest.fixture
async def trade(app: ASGIApp, settings: Settings, sessions: Sessions) -> AsyncIterator[Trade]:
    """The application, and people with an order between them, none of whom has asked for a code yet."""
    async with client_of(app) as http:
        yield await a_trade(settings, sessions, http)
