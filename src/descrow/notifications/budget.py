"""Limit what e-mails and SMS cost: by the address they go to, the account, the network and the day of the whole shop.

Each code and each notification is a row, counted and added under one lock for its channel: exact, however many ask at
the same moment. A row counts what was queued or begun, whatever becomes of it.

The last quarter of each account's day and of the shop's is kept for notifications that follow a payment. All others
anybody can cause for nothing: who orders without paying must not silence the seller.
"""

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import SecretStr
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.incidents.alerts import keep_alert
from descrow.incidents.models import AlertKind
from descrow.kernel.days import next_day, start_of_day
from descrow.kernel.db import lock_until_commit
from descrow.notifications.errors import TooManyCodes
from descrow.notifications.kinds import AFTER_PAYMENT, NotificationKind
from descrow.notifications.models import Channel, MessageCharge
from descrow.notifications.settings import NotificationSettings

_HOUR = timedelta(hours=1)
CODES_TO_AN_ADDRESS_AN_HOUR = 5
"""Whoever asks: a stranger's phone must not be made to ring all day."""


class CodeLimit(StrEnum):
    """Describe which limit a code would pass."""

    ADDRESS = "address"
    ACCOUNT = "account"
    NETWORK = "network"
    SHOP = "shop"


@dataclass(frozen=True)
class CodeRequester:
    """Describe who asks for a code."""

    account_id: int
    network: str
    """As `network_of` spells it."""


@dataclass(frozen=True)
class _Used:
    """Count what was charged today in UTC; `codes_to_address` in the last hour."""

    of_shop: int
    of_account: int
    codes_of_account: int
    codes_of_network: int
    codes_to_address: int
    first_code_to_address_at: datetime | None


class MessageBudget:
    """Open it once for a process."""

    def __init__(self, settings: NotificationSettings, secret: SecretStr) -> None:
        self._settings = settings
        self._secret = secret
        self._per_day = {Channel.SMS: settings.sms_per_day, Channel.EMAIL: settings.emails_per_day}
        self._per_account = {
            Channel.SMS: settings.sms_per_account_per_day,
            Channel.EMAIL: settings.emails_per_account_per_day,
        }

    async def charge_code(
        self, session: AsyncSession, requester: CodeRequester, channel: Channel, address: str, *, now: datetime
    ) -> None:
        """Count a code that is to be sent there. Raises TooManyCodes; then nothing is counted."""
        await lock_until_commit(session, f"messages by {channel}")
        recipient = self._digest_of(address)
        used = await self._used(session, channel, requester.account_id, requester.network, recipient, now)
        tomorrow = next_day(now)
        if used.codes_to_address >= CODES_TO_AN_ADDRESS_AN_HOUR:
            raise TooManyCodes(CodeLimit.ADDRESS, wait_s=_seconds(now, (used.first_code_to_address_at or now) + _HOUR))
        if used.codes_of_account >= self._settings.codes_per_account_per_day or used.of_account >= without_reserve(
            self._per_account[channel]
        ):
            raise TooManyCodes(CodeLimit.ACCOUNT, wait_s=_seconds(now, tomorrow))
        if used.codes_of_network >= self._settings.codes_per_network_per_day:
            raise TooManyCodes(CodeLimit.NETWORK, wait_s=_seconds(now, tomorrow))
        if used.of_shop >= without_reserve(self._per_day[channel]):
            raise TooManyCodes(CodeLimit.SHOP, wait_s=_seconds(now, tomorrow))
        await self._charge(session, used, channel, requester.account_id, recipient, requester.network, now)

    async def charge_notification(
        self,
        session: AsyncSession,
        account_id: int,
        channel: Channel,
        address: str,
        kind: NotificationKind,
        *,
        now: datetime,
    ) -> str | None:
        """Count a notification. Return why it must not be sent, None if it may; then nothing is counted."""
        await lock_until_commit(session, f"messages by {channel}")
        recipient = self._digest_of(address)
        used = await self._used(session, channel, account_id, None, recipient, now)
        part_of = _whole if kind in AFTER_PAYMENT else without_reserve
        if used.of_account >= part_of(self._per_account[channel]):
            return "the account has had as many messages today as it may"
        if used.of_shop >= part_of(self._per_day[channel]):
            return "the shop has sent as many messages today as it may"
        await self._charge(session, used, channel, account_id, recipient, None, now)
        return None

    async def _used(
        self,
        session: AsyncSession,
        channel: Channel,
        account_id: int,
        network: str | None,
        recipient: bytes,
        now: datetime,
    ) -> _Used:
        midnight, an_hour_ago = start_of_day(now), now - _HOUR
        today = MessageCharge.charged_at >= midnight
        is_code = MessageCharge.network.is_not(None)
        is_own = MessageCharge.account_id == account_id
        is_code_to_address = is_code & (MessageCharge.recipient == recipient) & (MessageCharge.charged_at > an_hour_ago)
        row = await session.execute(
            select(
                func.count().filter(today),
                func.count().filter(today, is_own),
                func.count().filter(today, is_own, is_code),
                func.count().filter(today, MessageCharge.network == network),
                func.count().filter(is_code_to_address),
                func.min(MessageCharge.charged_at).filter(is_code_to_address),
            ).where(MessageCharge.channel == channel, MessageCharge.charged_at >= min(midnight, an_hour_ago))
        )
        return _Used(*row.one())

    async def _charge(
        self,
        session: AsyncSession,
        used: _Used,
        channel: Channel,
        account_id: int,
        recipient: bytes,
        network: str | None,
        now: datetime,
    ) -> None:
        session.add(
            MessageCharge(channel=channel, account_id=account_id, recipient=recipient, network=network, charged_at=now)
        )
        await session.flush()
        sent = used.of_shop + 1
        await keep_alert(  # the first message of the next day ends it
            session,
            AlertKind.MESSAGE_LIMIT_NEAR,
            subject=channel,
            is_there=sent >= without_reserve(self._per_day[channel]),
            sent_today=sent,
            per_day=self._per_day[channel],
        )

    def _digest_of(self, address: str) -> bytes:
        """Return what is kept of an address. Without the server's secret nobody finds a phone's number by trying."""
        return hmac.digest(self._secret.get_secret_value().encode(), f"charged:{address}".encode(), "sha256")


def _whole(limit: int) -> int:
    return limit


def without_reserve(limit: int) -> int:
    """Return how much of a limit anybody may use up."""
    return limit - limit // 4


def _seconds(now: datetime, then: datetime) -> int:
    return max(1, int((then - now).total_seconds()) + 1)
