"""Payments that people make to the paybill by hand: each ends as its order's payment, on its way back, or as a case.

What Daraja tells of one proves nothing by itself: M-Pesa is asked about the receipt, and only its own word counts. The
account number says what it was meant for. Daraja tells of the money of prompts here too: their receipts count once.
"""

from datetime import timedelta

import structlog
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.kernel.db import utc_now
from descrow.kernel.money import KesCents
from descrow.kernel.retry.rows import select_due
from descrow.mpesa.callbacks import TransactionPosted, TransactionState
from descrow.mpesa.ids import ReceiptNumber
from descrow.mpesa.paybill import PaybillPosted
from descrow.mpesa.payers import names_business
from descrow.mpesa.results import NotKnown
from descrow.orders.models import Order
from descrow.payments.mpesa import queries, reversals, service, status_queries
from descrow.payments.mpesa.account_numbers import AccountFor, read_account_number
from descrow.payments.mpesa.daraja_context import DarajaContext
from descrow.payments.mpesa.ledger import LedgerAccount, Transfer, post
from descrow.payments.mpesa.models import HandPayment, HandPaymentStatus, PaidBy, Payment, PaymentStatus, StatusQuery

log = structlog.get_logger(__name__)

LONGEST_ACCOUNT_NUMBER = 64
"""Kept of what a payer typed, of which Daraja takes twenty signs."""
AT_ONCE = 20
CHAIN_IS_LOOKED_AT_AFTER = timedelta(seconds=2)


async def note(session: AsyncSession, posted: PaybillPosted) -> str:
    """Keep what a confirmation tells of, once per receipt, and ask M-Pesa about it."""
    receipt = posted.receipt_number
    prompt = await prompt_named(session, posted.account_number)
    if prompt is not None and prompt.receipt_number == receipt:
        return "known by its prompt"
    hand_payment_id = await _keep(session, receipt, posted)
    if hand_payment_id is None:
        return "known already"
    if prompt is None or prompt.receipt_number is not None:
        await status_queries.ask_about_hand_payment(session, hand_payment_id, receipt)
        return "asked for"
    # The prompt's own money, as it seems, of which its callback tells too: one question for both.
    hand_payment = await session.get_one(HandPayment, hand_payment_id)
    hand_payment.status, hand_payment.payment_id = HandPaymentStatus.PROMPTED, prompt.id
    await status_queries.ask_about_receipt(session, prompt.id, receipt)
    return "asked for, as its prompt's"


async def looked_up(session: AsyncSession, status_query: StatusQuery, posted: TransactionPosted) -> str:
    """M-Pesa's own word about a receipt that somebody is said to have paid by hand."""
    hand_payment = await session.get_one(HandPayment, status_query.hand_payment_id)
    if hand_payment.status is not HandPaymentStatus.REPORTED:
        return "known already"
    if posted.state is not TransactionState.COMPLETED and not isinstance(posted.result, NotKnown):
        return await reversals.hold(session, hand_payment, f"M-Pesa says {posted.reported_state!r} of it")
    if posted.state is not TransactionState.COMPLETED:
        hand_payment.status, hand_payment.ended_at = HandPaymentStatus.NOT_KNOWN, utc_now()
        return f"M-Pesa does not know the receipt {hand_payment.receipt_number}"
    return await take(session, hand_payment, posted)


async def take(session: AsyncSession, hand_payment: HandPayment, posted: TransactionPosted) -> str:
    """Book money that M-Pesa says came, and place it, or send it back."""
    receipt = ReceiptNumber(hand_payment.receipt_number)
    if await queries.other_with_receipt(session, receipt, 0) is not None:
        hand_payment.status, hand_payment.ended_at = HandPaymentStatus.PROMPTED, utc_now()
        return "known by its prompt"
    if posted.receipt_number not in (None, receipt):
        return await reversals.hold(
            session, hand_payment, f"asked for {receipt}, M-Pesa tells of {posted.receipt_number}"
        )
    if posted.amount is None or posted.amount <= 0:
        return await reversals.hold(session, hand_payment, f"M-Pesa does not say how much {receipt} is")
    if await queries.is_payout(session, receipt) or names_business(next(iter(posted.payers), "")):
        return await reversals.hold(session, hand_payment, f"{receipt} was paid by a business, perhaps by us")
    hand_payment.amount_cents = posted.amount
    return await place(session, hand_payment)


async def place(session: AsyncSession, hand_payment: HandPayment) -> str:
    """Make it a payment of the order that its account number names, or send it back where that names none.

    A payment that its order cannot take goes back like that of any prompt. It waits while the chain does not have its
    order.
    """
    received = KesCents(hand_payment.amount_cents or 0)
    order = await order_named(session, hand_payment.account_number)
    if order is None:
        transfer = Transfer(LedgerAccount.UTILITY, LedgerAccount.OWED_TO_BUYERS, received)
        await post(session, f"payment by hand {hand_payment.id} came", transfer)
        await reversals.send_back(session, hand_payment)
        return "no order has this account number: sent back"
    if order.contract_order_id is None and service.is_payable(order):
        hand_payment.status = HandPaymentStatus.CAME
        hand_payment.next_attempt_at = utc_now() + CHAIN_IS_LOOKED_AT_AFTER
        return "waits for the chain"
    payment = Payment(
        order_id=order.id,
        buyer_id=order.buyer_id,
        phone=hand_payment.payer,
        paid_by=PaidBy.HAND,
        amount_shillings=service.amount_due(order),
        status=PaymentStatus.FAILED,  # open to money, and not in the way of a prompt
    )
    session.add(payment)
    await session.flush()
    hand_payment.payment_id, hand_payment.status = payment.id, HandPaymentStatus.PLACED
    hand_payment.ended_at, hand_payment.next_attempt_at = utc_now(), None
    receipt = ReceiptNumber(hand_payment.receipt_number)
    await service.confirm_payment(session, payment, order, receipt=receipt, received=received)
    await reversals.close_case(session, hand_payment, "it is placed")
    return f"payment {payment.status}"


async def place_due(payment_context: DarajaContext) -> bool:
    """One round: place what waited for the chain. Says whether anything was due."""
    async with payment_context.sessions.begin() as session:
        waiting = select_due(HandPayment, HandPayment.status == HandPaymentStatus.CAME, now=utc_now(), limit=AT_ONCE)
        due = list(await session.scalars(waiting.with_only_columns(HandPayment.id).order_by(HandPayment.id)))
        for hand_payment_id in due:
            hand_payment = await lock(session, hand_payment_id)
            if hand_payment.status is HandPaymentStatus.CAME:
                await place(session, hand_payment)
    return bool(due)


async def take_of_prompt(session: AsyncSession, receipt: ReceiptNumber, posted: TransactionPosted) -> str | None:
    """Take a receipt that is not the prompt's own for one that somebody paid by hand, if Daraja reported it.

    That is who types the account number of an earlier prompt. None where nobody reported such a payment.
    """
    hand_payment = await session.scalar(
        select(HandPayment).where(HandPayment.receipt_number == receipt).with_for_update()
    )
    if hand_payment is None or hand_payment.status is not HandPaymentStatus.PROMPTED:
        return None
    hand_payment.payment_id = None
    return await take(session, hand_payment, posted)


async def is_reported(session: AsyncSession, receipt: ReceiptNumber, payment_id: int) -> bool:
    """Return whether the paybill has reported this receipt with the account number of this payment's prompt."""
    reported = select(HandPayment.id).where(HandPayment.receipt_number == receipt, HandPayment.payment_id == payment_id)
    return await session.scalar(reported) is not None


async def lock(session: AsyncSession, hand_payment_id: int) -> HandPayment:
    """The payment by hand for this transaction alone, and its order before it, as everybody has who wants both."""
    hand_payment = await session.get_one(HandPayment, hand_payment_id)
    await order_named(session, hand_payment.account_number)
    return await reversals.lock_hand_payment(session, hand_payment_id)


async def order_named(session: AsyncSession, typed: str) -> Order | None:
    """The order that an account number names, locked; that of its prompt's, too. None where it names none by M-Pesa."""
    number = read_account_number(typed)
    if number is None:
        return None
    order_id: int | None = number.id
    if number.purpose is AccountFor.PROMPT:
        order_id = await session.scalar(select(Payment.order_id).where(Payment.id == number.id))
    order = None if order_id is None else await session.get(Order, order_id, with_for_update=True)
    return order if order is not None and order.payment_method == service.NAME else None


async def prompt_named(session: AsyncSession, typed: str) -> Payment | None:
    """The payment whose prompt bore this account number, for this transaction alone."""
    number = read_account_number(typed)
    if number is None or number.purpose is not AccountFor.PROMPT:
        return None
    found = await session.get(Payment, number.id)
    if found is None or found.paid_by is not PaidBy.PROMPT:
        return None
    payment, _ = await queries.lock_payment(session, found.id)
    return payment


async def _keep(session: AsyncSession, receipt: ReceiptNumber, posted: PaybillPosted) -> int | None:
    """The new row's id; None where the receipt is known."""
    kept: int | None = await session.scalar(
        insert(HandPayment)
        .values(
            receipt_number=receipt,
            account_number=posted.account_number[:LONGEST_ACCOUNT_NUMBER],
            payer=posted.payer[:LONGEST_ACCOUNT_NUMBER],
            status=HandPaymentStatus.REPORTED,
            paid_at=posted.paid_at,
            attempt_count=0,
            created_at=utc_now(),
        )
        .on_conflict_do_nothing()
        .returning(HandPayment.id)
    )
    return kept
