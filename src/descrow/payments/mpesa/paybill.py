"""The paybill as people see it who pay by hand: what they are told, and what is refused before they have paid."""

from datetime import datetime

import structlog
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.catalog.errors import ProductSoldOut
from descrow.contract.order_status import OrderStatus
from descrow.kernel.db import utc_now
from descrow.kernel.money import KesCents
from descrow.mpesa.outcomes import Accepted, Refused, Unknown
from descrow.mpesa.paybill import PaybillPosted, PaybillRefusal
from descrow.mpesa.requests import PaybillUrls
from descrow.mpesa.settings import MpesaSettings
from descrow.orders import queries as order_queries
from descrow.orders.models import Order
from descrow.orders.reservations import KEPT_AFTER_INTENT, keep_piece
from descrow.payments.errors import OracleIsAtItsLimit, PaymentNotRecordable, TryAgainLater
from descrow.payments.mpesa import queries, service
from descrow.payments.mpesa.account_numbers import AccountFor, account_number_of
from descrow.payments.mpesa.callback_urls import address_for
from descrow.payments.mpesa.daraja_context import DarajaContext
from descrow.payments.mpesa.hand_payments import order_named, prompt_named
from descrow.payments.mpesa.models import CallbackKind, PaybillRegistration
from descrow.payments.mpesa.schemas import PaybillView
from descrow.payments.records import check_oracle_can_record

log = structlog.get_logger(__name__)

OF_ALL = 0
"""Confirmations have one address for all."""
REGISTERED_BEFORE = "already registered"
"""What Daraja says in production, where it takes the addresses once."""


def urls(settings: MpesaSettings) -> PaybillUrls:
    """Return the addresses at which Daraja asks and tells of payments by hand."""
    return PaybillUrls(
        validation=address_for(settings, CallbackKind.VALIDATION, OF_ALL),
        confirmation=address_for(settings, CallbackKind.CONFIRMATION, OF_ALL),
    )


async def register(payment_context: DarajaContext, *, again: bool = False) -> bool:
    """Name our addresses to Daraja, once; says whether it has them. `again` names them although it has."""
    settings = payment_context.settings
    async with payment_context.sessions() as session:
        if not again and await is_offered(session, settings):
            return True
    outcome = await payment_context.daraja.register_paybill_urls(urls(settings))
    is_taken = isinstance(outcome, Accepted) or (
        isinstance(outcome, Refused | Unknown) and REGISTERED_BEFORE in outcome.message.lower()
    )
    if not is_taken:
        return False
    async with payment_context.sessions.begin() as session:
        values = {"confirmation_url": urls(settings).confirmation, "registered_at": utc_now()}
        await session.execute(
            insert(PaybillRegistration)
            .values(shortcode=settings.shortcode, **values)
            .on_conflict_do_update(index_elements=["shortcode"], set_=values)
        )
    log.info("paybill registered", shortcode=settings.shortcode)
    return True


async def is_offered(session: AsyncSession, settings: MpesaSettings) -> bool:
    """Return whether Daraja tells of payments by hand at our address: only then may anybody pay so."""
    found = await session.get(PaybillRegistration, settings.shortcode)
    return found is not None and found.confirmation_url == urls(settings).confirmation


async def instructions(session: AsyncSession, settings: MpesaSettings, order: Order, now: datetime) -> PaybillView:
    """Return what a buyer types to pay this order by hand; nothing while that would not be taken."""
    if (
        order.payment_method != service.NAME
        or order.contract_order_id is None
        or not await is_offered(session, settings)
        or await _obstacle(session, order, now) is not None
    ):
        return PaybillView(paybill_number=None, account_number=None, amount_kes_cents=None)
    return PaybillView(
        paybill_number=settings.shortcode,
        account_number=account_number_of(AccountFor.ORDER, order.id),
        amount_kes_cents=str(order.amount_kes_cents),
    )


async def validate(session: AsyncSession, posted: PaybillPosted, now: datetime) -> PaybillRefusal | None:
    """Return why a payment that somebody is about to make is not to be made, if it cannot be right.

    A piece of the product is kept for the order while the payment is on its way.
    """
    prompt = await prompt_named(session, posted.account_number)
    if prompt is not None and prompt.receipt_number is None and posted.amount == prompt.amount_cents:
        return None  # a prompt's own money, which was asked for
    order = await order_named(session, posted.account_number)
    if order is None:
        return PaybillRefusal.ACCOUNT
    if posted.amount != KesCents(order.amount_kes_cents or 0):
        return PaybillRefusal.AMOUNT
    if order.contract_order_id is None:
        return PaybillRefusal.OTHER
    refusal, until = await _obstacle(session, order, now), now + KEPT_AFTER_INTENT
    is_kept = order.holds_piece and (order.reserved_until is None or order.reserved_until >= until)
    if refusal is None and not is_kept:
        try:
            await keep_piece(session, order, until=until)
        except ProductSoldOut:
            return PaybillRefusal.OTHER
    return refusal


async def _obstacle(session: AsyncSession, order: Order, now: datetime) -> PaybillRefusal | None:
    """Why the order is not to be paid now, besides what was typed."""
    if order.status is not OrderStatus.CREATED or not service.is_payable(order):
        return PaybillRefusal.OTHER
    if await queries.confirmed_payment_of(session, order.id) is not None:
        return PaybillRefusal.OTHER
    waiting = await queries.waiting_records(session)
    is_newcomer = not await order_queries.has_paid(session, order.buyer_id)
    try:
        await check_oracle_can_record(session, order, waiting, now=now, is_newcomer=is_newcomer)
    except (OracleIsAtItsLimit, PaymentNotRecordable, TryAgainLater):
        return PaybillRefusal.OTHER
    return None
