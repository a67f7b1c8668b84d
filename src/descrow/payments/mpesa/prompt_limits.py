"""Keep phones from ringing without end: anybody can type anybody's number, and accounts cost nothing.

A buyer who has paid from a phone before is counted apart there, so that strangers cannot use up what its owner may.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Self

from sqlalchemy.ext.asyncio import AsyncSession

from descrow.kernel.db import lock_until_commit
from descrow.mpesa.phones import Msisdn
from descrow.mpesa.results import StkFailure
from descrow.mpesa.settings import MpesaSettings
from descrow.orders.models import Order
from descrow.payments.errors import PhoneIsBusy, TryAgainLater
from descrow.payments.mpesa import queries
from descrow.payments.mpesa.buyer_messages import NO_ANSWER
from descrow.payments.mpesa.models import LIVE_STATUSES, Payment, PaymentStatus

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PROMPT_LASTS = timedelta(minutes=2)
"""So long a phone shows a prompt; what has not been heard of by then is unknown, and rings no more."""
REST = HOUR
"""After prompts that nobody wanted, before the same buyer may have the same phone asked again."""
_UNWANTED = {StkFailure.CANCELLED_BY_USER, StkFailure.TIMED_OUT, StkFailure.EXPIRED, NO_ANSWER}


@dataclass(frozen=True)
class PromptLimits:
    """Say how often phones may be asked; the operator sets it."""

    per_phone_hour: int
    per_phone_day: int
    per_account_day: int
    unwanted: int
    """Prompts in a row that the phone's owner cancelled or left, before the buyer must wait."""

    @classmethod
    def of(cls, settings: MpesaSettings) -> Self:
        """Return what the operator has set."""
        return cls(
            per_phone_hour=settings.prompts_an_hour,
            per_phone_day=settings.prompts_a_day,
            per_account_day=settings.prompts_a_day_of_account,
            unwanted=settings.unwanted_prompts,
        )


async def spare_phone(
    session: AsyncSession, order: Order, phone: Msisdn, limits: PromptLimits, *, now: datetime
) -> None:
    """Refuse a prompt that is one too many for this phone or this buyer. Raises PhoneIsBusy or TryAgainLater.

    Two that ask for the same phone at the same time are let in one after the other.
    """
    await _lock_phone(session, phone)
    to_phone = await queries.payments_to_phone(session, phone, since=now - DAY)
    if any(is_ringing(payment, now) and payment.order_id != order.id for payment in to_phone):
        raise PhoneIsBusy(order.id)

    by_buyer = [payment for payment in to_phone if payment.buyer_id == order.buyer_id]
    counted = by_buyer if await queries.has_paid_from(session, order.buyer_id, phone) else to_phone
    _limit(order, counted, limits.per_phone_hour, HOUR, now)
    _limit(order, counted, limits.per_phone_day, DAY, now)
    of_account = await queries.payments_of_buyer(session, order.buyer_id, since=now - DAY)
    _limit(order, of_account, limits.per_account_day, DAY, now)
    unwanted = list(takewhile(_was_unwanted, reversed(by_buyer)))
    if len(unwanted) >= limits.unwanted:
        _wait_until(order, unwanted[0].created_at + REST, now)


def is_ringing(payment: Payment, now: datetime) -> bool:
    """Say if the phone shows the prompt, or is about to."""
    return payment.status in LIVE_STATUSES and now - payment.began_at < PROMPT_LASTS


async def is_another_ringing(session: AsyncSession, phone: str, payment_id: int, *, now: datetime) -> bool:
    """Say if the phone shows a prompt that is not this payment's. No other one begins until the transaction ends."""
    await _lock_phone(session, phone)
    to_phone = await queries.payments_to_phone(session, phone, since=now - DAY)
    return any(one.id != payment_id and one.sent_at is not None and is_ringing(one, now) for one in to_phone)


async def _lock_phone(session: AsyncSession, phone: str) -> None:
    await lock_until_commit(session, f"prompts to {phone}")


def _was_unwanted(payment: Payment) -> bool:
    return payment.status is PaymentStatus.FAILED and payment.failure in _UNWANTED


def _limit(order: Order, payments: Sequence[Payment], most: int, span: timedelta, now: datetime) -> None:
    """Refuse one more than `most` in this span of time. `payments` are the oldest first."""
    within = [payment for payment in payments if payment.created_at > now - span]
    if len(within) >= most:
        _wait_until(order, within[-most].created_at + span, now)


def _wait_until(order: Order, at: datetime, now: datetime) -> None:
    """Raises TryAgainLater, unless the time has come."""
    if at > now:
        raise TryAgainLater(order.id, int((at - now).total_seconds()) + 1)
