"""Addresses and phones outside the app, each confirmed by a code that was sent to it."""

import hashlib
import hmac
import re
import secrets
from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import SecretStr
from pyrate_limiter import Rate
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from valkey.asyncio import Valkey

from descrow.kernel.db import utc_now
from descrow.kernel.http.limits import TooManyRequests
from descrow.kernel.token_bucket import MINUTE_MS, take_token
from descrow.mpesa.phones import parse_phone
from descrow.notifications.errors import EmailNotValid, NothingToConfirm
from descrow.notifications.models import Channel, Contact, Delivery

CODE_LASTS = timedelta(minutes=15)
MOST_WRONG_CODES = 5
CODES_AN_HOUR = Rate(5, 60 * MINUTE_MS, burst=5)
"""To one address, whoever asks: a stranger's phone must not be made to ring all day, and an SMS costs money."""

_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,63}")


class Confirmation(StrEnum):
    CONFIRMED = "confirmed"
    NOT_RIGHT = "not_right"
    OVER = "over"


def parse_email(text: str) -> str:
    """The address as it was typed, without spaces around it. Raises EmailNotValid."""
    address = text.strip()
    if len(address) > 254 or not _EMAIL.fullmatch(address):
        raise EmailNotValid
    return address


def parse_address(channel: Channel, text: str) -> str:
    """Raises EmailNotValid or PhoneNotValid."""
    return parse_email(text) if channel is Channel.EMAIL else parse_phone(text)


async def contacts_of(session: AsyncSession, account_id: int) -> dict[Channel, Contact]:
    rows = await session.scalars(select(Contact).where(Contact.account_id == account_id))
    return {contact.channel: contact for contact in rows}


async def allow_code(valkey: Valkey, address: str) -> None:
    """Raises TooManyRequests when this address has been sent enough codes."""
    wait_ms = await take_token(valkey, f"codes:{hashlib.sha256(address.encode()).hexdigest()}", CODES_AN_HOUR)
    if wait_ms is not None:
        raise TooManyRequests(wait_s=-(-wait_ms // 1000))


async def forget_contact(session: AsyncSession, account_id: int, channel: Channel) -> None:
    await session.execute(delete(Contact).where(Contact.account_id == account_id, Contact.channel == channel))


async def set_contact(session: AsyncSession, account_id: int, channel: Channel, address: str) -> None:
    """Write there from now on, once it is confirmed; a code is on its way. The address before is forgotten."""
    await forget_contact(session, account_id, channel)
    contact = Contact(account_id=account_id, channel=channel, address=address, wrong_codes=0, confirmed_at=None)
    _renew_code(session, contact)
    session.add(contact)
    await session.flush()


async def unconfirmed_contact(session: AsyncSession, account_id: int, channel: Channel) -> Contact:
    """Raises NothingToConfirm."""
    contact = await session.scalar(
        select(Contact)
        .where(Contact.account_id == account_id, Contact.channel == channel, Contact.confirmed_at.is_(None))
        .with_for_update()
    )
    if contact is None:
        raise NothingToConfirm(channel)
    return contact


async def send_new_code(session: AsyncSession, account_id: int, channel: Channel) -> None:
    """The codes before it are good no more. Raises NothingToConfirm."""
    _renew_code(session, await unconfirmed_contact(session, account_id, channel))


async def confirm(
    session: AsyncSession, secret: SecretStr, account_id: int, channel: Channel, code: str
) -> Confirmation:
    """Return whether the code is right; then the address is confirmed. Wrong ones are counted: commit, whatever the
    answer.

    Raises NothingToConfirm.
    """
    contact = await unconfirmed_contact(session, account_id, channel)
    if utc_now() >= contact.code_expires_at or contact.wrong_codes >= MOST_WRONG_CODES:
        return Confirmation.OVER
    if not hmac.compare_digest(code_of(contact, secret).encode(), code.encode()):
        contact.wrong_codes += 1
        return Confirmation.NOT_RIGHT
    contact.confirmed_at = utc_now()
    return Confirmation.CONFIRMED


def code_of(contact: Contact, secret: SecretStr) -> str:
    """Six digits, made from the server's secret for this address and this asking."""
    about = f"contact code:{contact.account_id}:{contact.channel}:{contact.address}:".encode() + contact.nonce
    digest = hmac.digest(secret.get_secret_value().encode(), about, "sha256")
    return f"{int.from_bytes(digest[:8], 'big') % 1_000_000:06}"


def _renew_code(session: AsyncSession, contact: Contact) -> None:
    now: datetime = utc_now()
    contact.nonce = secrets.token_bytes(16)
    contact.code_expires_at = now + CODE_LASTS
    contact.wrong_codes = 0
    session.add(
        Delivery(
            account_id=contact.account_id, channel=contact.channel, contact_nonce=contact.nonce, next_attempt_at=now
        )
    )
