"""The prompt on the buyer's phone: sent once, and looked after until it is known what became of it.

Daraja posts the end of a prompt once, and the post may be lost, as may its answer to the prompt itself. So each live
payment is asked for, later and later, and never taken for failed on a guess.
"""

from datetime import datetime, timedelta

import structlog
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.kernel.db import utc_now
from descrow.kernel.money import Shillings
from descrow.kernel.retry.policies import policies
from descrow.kernel.retry.runner import side_by_side
from descrow.mpesa.ids import CheckoutRequestId
from descrow.mpesa.outcomes import Accepted, Outcome, Refused, error_of
from descrow.mpesa.phones import Msisdn
from descrow.mpesa.requests import StkPush
from descrow.mpesa.responses import PromptSent, PromptStatus
from descrow.mpesa.results import Failed, StkFailure, Succeeded
from descrow.orders.models import Order
from descrow.payments.errors import OracleIsAtItsLimit, PaymentNotRecordable
from descrow.payments.mpesa import queries, service
from descrow.payments.mpesa.account_numbers import AccountFor, account_number_of
from descrow.payments.mpesa.buyer_messages import NO_ANSWER, NOT_SENT
from descrow.payments.mpesa.callback_urls import address_for
from descrow.payments.mpesa.daraja_context import DarajaContext
from descrow.payments.mpesa.models import LIVE_STATUSES, CallbackKind, Payment, PaymentStatus
from descrow.payments.mpesa.prompt_limits import PROMPT_LASTS, is_another_ringing
from descrow.payments.records import check_oracle_can_record

log = structlog.get_logger(__name__)

AT_ONCE = 20
"""Payments that are looked at in one round."""

RECEIPT_MAY_TAKE = timedelta(seconds=20)
"""A query says that the money came, and not under which receipt: the callback with the number is waited for."""
RECEIPT_IS_ASKED_FOR = timedelta(minutes=5)
"""So long Transaction Status has the first word; then a query's "paid" counts without a receipt."""
MAY_WAIT_FOR_CHAIN = timedelta(minutes=15)
"""A prompt that comes later than that rings a phone that nobody holds any more."""
GIVE_UP_UNANSWERED = timedelta(minutes=10)
"""Without Daraja's answer there is nothing to ask by; a callback would have come by then."""
SILENCE_IS_CHECKED_AFTER = timedelta(seconds=30)
"""M-Pesa says "no response" of a phone that may be about to pay, or what nobody explains: it is asked once more."""
ASKED_IN_VAIN_FOR = timedelta(days=1)
"""A payment that Daraja had said to have failed, and then would say nothing more of."""


async def send_prompt(payment_context: DarajaContext, payment_id: int) -> Outcome[PromptSent] | None:
    """Ask Daraja for the prompt, once: None when that was done before, or while the phone shows another one.

    What it answered is written down.
    """
    async with payment_context.sessions.begin() as session:
        phone = (await session.scalars(select(Payment.phone).where(Payment.id == payment_id))).one()
        if await is_another_ringing(session, phone, payment_id, now=utc_now()):
            return None
        claimed = await session.scalar(
            update(Payment)
            .where(Payment.id == payment_id, Payment.sent_at.is_(None), Payment.status == PaymentStatus.REQUESTED)
            .values(sent_at=utc_now(), next_attempt_at=utc_now() + PROMPT_LASTS)
            .returning(Payment.id)
        )
        if claimed is None:
            return None
        payment = await session.get_one(Payment, payment_id)
    outcome = await payment_context.daraja.push_stk(
        StkPush(
            phone=Msisdn(payment.phone),
            amount=Shillings(payment.amount_shillings),
            reference=account_number_of(AccountFor.PROMPT, payment.id),
            description="Descrow order",
            callback_url=address_for(payment_context.settings, CallbackKind.STK, payment.id),
        )
    )
    async with payment_context.sessions.begin() as session:
        payment, order = await queries.lock_payment(session, payment_id)
        await _note_answer(session, payment, order, outcome)
    return outcome


async def process_due_payments(payment_context: DarajaContext) -> bool:
    """One round: ask for what is due. Says whether anything was."""
    async with payment_context.sessions() as session:
        due = await queries.due_payments(session, utc_now(), AT_ONCE)
    await side_by_side(due, lambda payment_id: _process_payment(payment_context, payment_id))
    return bool(due)


async def _note_answer(session: AsyncSession, payment: Payment, order: Order, outcome: Outcome[PromptSent]) -> None:
    payment.last_error = error_of(outcome)
    first_delay = policies().payments.delay(0)  # most people have typed their PIN by then, and the callback has come
    match outcome:
        case Accepted(answer=sent):
            # The callback may have been quicker than the answer, and have ended the payment.
            payment.merchant_request_id = sent.merchant_request_id
            payment.checkout_request_id = sent.checkout_request_id
            if payment.status in LIVE_STATUSES:
                payment.next_attempt_at = utc_now() + first_delay
                await service.set_status(session, payment, order, PaymentStatus.PROMPTED)
        case Refused():
            await service.fail_payment(session, payment, order, outcome.reason, outcome.reason.retry)
        case _:
            if payment.status in LIVE_STATUSES:
                payment.next_attempt_at = utc_now() + (first_delay if payment.checkout_request_id else PROMPT_LASTS)
                await service.set_status(session, payment, order, PaymentStatus.UNKNOWN)


async def _process_payment(payment_context: DarajaContext, payment_id: int) -> None:
    async with payment_context.sessions() as session:
        payment = await session.get_one(Payment, payment_id)
        order = await session.get_one(Order, payment.order_id)
    if payment.sent_at is None and payment.status is PaymentStatus.REQUESTED:
        await _send_or_wait(payment_context, payment, order)
    elif payment.checkout_request_id is None:
        await _wait_for_callback(payment_context, payment_id)
    else:
        outcome = await payment_context.daraja.query_stk(CheckoutRequestId(payment.checkout_request_id))
        async with payment_context.sessions.begin() as session:
            payment, order = await queries.lock_payment(session, payment_id)
            if payment.next_attempt_at is not None:
                await _note_status(session, payment, order, outcome)


async def _send_or_wait(payment_context: DarajaContext, payment: Payment, order: Order) -> None:
    """The order may have been made a moment ago: its prompt waits until the contract has it."""
    is_in_time = utc_now() - payment.created_at < MAY_WAIT_FOR_CHAIN and service.is_payable(order)
    if is_in_time and order.contract_order_id is not None:
        is_in_time = await _could_be_recorded(payment_context, payment, order)
        if is_in_time and await send_prompt(payment_context, payment.id) is not None:
            return
    async with payment_context.sessions.begin() as session:
        payment, order = await queries.lock_payment(session, payment.id)
        if payment.sent_at is not None:
            return
        if is_in_time:
            payment.next_attempt_at = utc_now() + timedelta(seconds=1)
        else:
            await service.fail_payment(session, payment, order, NOT_SENT)


async def _could_be_recorded(payment_context: DarajaContext, payment: Payment, order: Order) -> bool:
    """Ask once more before the phone rings: the order waited for the chain since its payment was begun."""
    async with payment_context.sessions() as session:
        waiting = await queries.waiting_records(session, besides=payment.id)
        try:
            await check_oracle_can_record(session, order, waiting, now=utc_now())
        except (OracleIsAtItsLimit, PaymentNotRecordable) as refusal:
            log.warning("prompt not sent", payment_id=payment.id, order_id=order.id, why=refusal.code)
            return False
    return True


async def _wait_for_callback(payment_context: DarajaContext, payment_id: int) -> None:
    """Daraja's answer was lost, or this program ended before it came. Only the callback can tell."""
    async with payment_context.sessions.begin() as session:
        payment, order = await queries.lock_payment(session, payment_id)
        if payment.next_attempt_at is None or payment.checkout_request_id is not None:
            return
        give_up_at = payment.began_at + GIVE_UP_UNANSWERED
        if utc_now() < give_up_at:
            await service.set_status(session, payment, order, PaymentStatus.UNKNOWN)
            payment.next_attempt_at = give_up_at
            return
        await service.open_unknown_payment_case(
            session, payment, "Daraja's answer to the prompt was lost, and no callback came"
        )
        await service.fail_payment(session, payment, order, NO_ANSWER)


async def _note_status(session: AsyncSession, payment: Payment, order: Order, outcome: Outcome[PromptStatus]) -> None:
    payment.last_error = error_of(outcome)
    result = outcome.answer.result if isinstance(outcome, Accepted) else None
    age = utc_now() - payment.began_at
    if payment.status in LIVE_STATUSES or result is not None:
        payment.attempt_count += 1
    is_asked_about = await queries.is_asked_about(session, payment.id)
    if age > policies().payments.escalate_after and payment.status in LIVE_STATUSES:
        await service.open_unknown_payment_case(
            session, payment, "neither query nor Transaction Status says what became of the prompt"
        )
    if is_asked_about and age < RECEIPT_IS_ASKED_FOR:  # a callback named a receipt: that answer counts for more
        if age > PROMPT_LASTS:
            await service.set_status(session, payment, order, PaymentStatus.UNKNOWN)
        payment.next_attempt_at = utc_now() + RECEIPT_MAY_TAKE
    elif isinstance(result, Succeeded):
        await _said_paid(session, payment, order)
    elif isinstance(result, Failed):
        await _said_failed(session, payment, order, result)
    else:
        await _said_nothing(session, payment, order)


async def _said_paid(session: AsyncSession, payment: Payment, order: Order) -> None:
    """The very amount that was asked for: a prompt is paid whole or not at all."""
    receipt = await queries.receipt_without_payer(session, payment.id)
    if payment.said_paid_at is None and receipt is None:
        payment.said_paid_at = utc_now()
        payment.next_attempt_at = utc_now() + RECEIPT_MAY_TAKE
        return
    due = payment.amount_cents
    await service.confirm_payment(session, payment, order, receipt=receipt, received=due)


async def _said_failed(session: AsyncSession, payment: Payment, order: Order, result: Failed[StkFailure]) -> None:
    """Give the payment up, but ask once more before, and now and then afterwards, where it may have been paid."""
    was_live = payment.status in LIVE_STATUSES
    if payment.said_paid_at is not None and was_live:  # two answers that cannot both be: only the receipt decides
        await service.set_status(session, payment, order, PaymentStatus.UNKNOWN)
        payment.next_attempt_at = utc_now() + policies().payments.delay(payment.attempt_count)
    elif not result.reason.is_undecided:
        await service.fail_payment(session, payment, order, result.reason, result.reason.retry)
        payment.next_attempt_at = None
    elif was_live and payment.status is not PaymentStatus.UNKNOWN:
        await service.set_status(session, payment, order, PaymentStatus.UNKNOWN)
        payment.next_attempt_at = utc_now() + SILENCE_IS_CHECKED_AFTER
    elif was_live:
        await service.fail_payment(session, payment, order, result.reason, result.reason.retry)
        payment.attempt_count, payment.next_attempt_at = 0, _later_attempt(0)
    else:
        payment.next_attempt_at = _later_attempt(payment.attempt_count)


async def _said_nothing(session: AsyncSession, payment: Payment, order: Order) -> None:
    age = utc_now() - payment.began_at
    if payment.status not in LIVE_STATUSES:
        payment.next_attempt_at = None if age > ASKED_IN_VAIN_FOR else utc_now() + policies().payments.max_delay
        return
    if age > PROMPT_LASTS:
        await service.set_status(session, payment, order, PaymentStatus.UNKNOWN)
    payment.next_attempt_at = utc_now() + policies().payments.delay(payment.attempt_count)


def _later_attempt(attempt_count: int) -> datetime | None:
    """Return when to ask for a failed payment again. An answer uses up one of the delays, silence does not."""
    delay = policies().failed_payments.delay(attempt_count)
    return None if delay is None else utc_now() + delay
