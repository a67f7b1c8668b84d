"""Addresses and phones outside the app, each confirmed by a code that was sent to it."""

import hmac
import re
import secrets
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import SecretStr
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.kernel.db import utc_now
from descrow.mpesa.phones import parse_phone
from descrow.notifications.budget import CodeRequester, MessageBudget
from descrow.notifications.errors import ChannelNotOffered, EmailNotValid, NothingToConfirm
from descrow.notifications.models import Channel, Contact, Delivery

CODE_LASTS = timedelta(minutes=15)
MOST_WRONG_CODES = 5

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


async def change_contacts(
    session: AsyncSession,
    budget: MessageBudget,
    requester: CodeRequester,
    wanted: Mapping[Channel, str | None],
    *,
    offered: Collection[Channel],
) -> None:
    """Write to these addresses from now on, once each is confirmed; codes are on their way to those that are new.

    The account must be locked. An address that is not changed stays confirmed, and one before is forgotten. Raises
    ChannelNotOffered or TooManyCodes.
    """
    known = await contacts_of(session, requester.account_id)
    for channel, address in wanted.items():
        contact = known.get(channel)
        if address == (None if contact is None else contact.address):
            continue
        if contact is not None:
            await session.delete(contact)
            await session.flush()
        if address is None:
            continue
        if channel not in offered:
            raise ChannelNotOffered(channel)
        changed = Contact(account_id=requester.account_id, channel=channel, address=address, confirmed_at=None)
        await _renew_code(session, budget, requester, changed)
        session.add(changed)
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


async def send_new_code(
    session: AsyncSession, budget: MessageBudget, requester: CodeRequester, channel: Channel
) -> None:
    """The codes before it are good no more. The account must be locked. Raises NothingToConfirm or TooManyCodes."""
    contact = await unconfirmed_contact(session, requester.account_id, channel)
    await _renew_code(session, budget, requester, contact)


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


async def _renew_code(session: AsyncSession, budget: MessageBudget, requester: CodeRequester, contact: Contact) -> None:
    now: datetime = utc_now()
    await budget.charge_code(session, requester, contact.channel, contact.address, now=now)
    contact.nonce = secrets.token_bytes(16)
    contact.code_expires_at = now + CODE_LASTS
    contact.wrong_codes = 0
    session.add(
        Delivery(
            account_id=contact.account_id, channel=contact.channel, contact_nonce=contact.nonce, next_attempt_at=now
        )
    )
