"""Define what Daraja posted, read and acted upon: each post once, in the order in which they came.

A post proves little by itself: that somebody knows an address of ours. So money that a callback tells of is asked for
by its receipt, and only M-Pesa's own answer counts. What does not fit changes nothing and is an alert; M-Pesa is asked
all the same, for a post that cannot be read may have been its own.
"""

from collections.abc import Awaitable, Callable

import structlog
from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.incidents.alerts import clear_alert, raise_alert
from descrow.incidents.cases import open_case
from descrow.incidents.models import AlertKind, CaseKind
from descrow.kernel.db import Sessions, is_database_away, utc_now
from descrow.kernel.money import KesCents
from descrow.kernel.retry.policies import policies
from descrow.kernel.retry.rows import record_failure
from descrow.mpesa.callbacks import (
    StkCallback,
    TransactionPosted,
    TransactionState,
    Unreadable,
    parse_balance_result,
    parse_payout_result,
    parse_reversal_result,
    parse_stk_callback,
    parse_transaction_result,
)
from descrow.mpesa.ids import ReceiptNumber
from descrow.mpesa.paybill import parse_paybill
from descrow.mpesa.payers import Payer, compare_payer
from descrow.mpesa.phones import Msisdn
from descrow.mpesa.results import Failed, NotKnown, Succeeded
from descrow.orders.models import Order
from descrow.payments.mpesa import balance, hand_payments, payouts, queries, reversals, service, status_queries
from descrow.payments.mpesa.models import (
    LIVE_STATUSES,
    CallbackKind,
    DarajaCallback,
    Payment,
    PaymentStatus,
    StatusQuery,
)

log = structlog.get_logger(__name__)

AT_ONCE = 200
ASKED_OFTEN_ENOUGH = 3
"""M-Pesa may tell of a payment by hand before its own look-up knows it."""

FORGED = "forged"
"""What is made of a post that cannot be Daraja's: nothing, and an alert."""


async def process_callbacks(sessions: Sessions) -> bool:
    """One round: act upon what is due. Says whether anything was. A post that fails waits, and holds up no other."""
    async with sessions() as session:
        due = list(
            await session.scalars(
                select(DarajaCallback.id)
                .where(
                    DarajaCallback.handled_at.is_(None),
                    or_(DarajaCallback.next_attempt_at.is_(None), DarajaCallback.next_attempt_at <= utc_now()),
                )
                .order_by(DarajaCallback.id)
                .limit(AT_ONCE)
            )
        )
    for post_id in due:
        await _handle(sessions, post_id)
    return bool(due)


async def _handle(sessions: Sessions, post_id: int) -> None:
    try:
        async with sessions.begin() as session:
            post = await session.get_one(DarajaCallback, post_id, with_for_update=True)
            if post.handled_at is None:
                post.outcome = await _HANDLERS[post.kind](session, post)
                post.handled_at, post.last_error = utc_now(), None
                if policies().daraja_callbacks.is_to_escalate(post.attempt_count):
                    await clear_alert(session, AlertKind.POST_NOT_HANDLED, subject=f"post {post.id}")
                log.info("post handled", post_id=post.id, kind=post.kind, about=post.about_id, outcome=post.outcome)
    except Exception as error:  # whatever it is, this post waits and the others go on
        if is_database_away(error):
            raise
        log.exception("post not handled", post_id=post_id)
        async with sessions.begin() as session:
            post, why = await session.get_one(DarajaCallback, post_id), f"{type(error).__name__}: {error}"
            record_failure(post, why, policies().daraja_callbacks, utc_now())
            if policies().daraja_callbacks.is_to_escalate(post.attempt_count):
                await raise_alert(session, AlertKind.POST_NOT_HANDLED, subject=f"post {post_id}", why=why)


async def _stk_callback(session: AsyncSession, post: DarajaCallback) -> str:
    callback = parse_stk_callback(post.body)
    payment, order = await queries.lock_payment(session, post.about_id)
    if isinstance(callback, Unreadable):
        service.ask_soon(payment)
        return await _forged(session, post, f"unreadable: {callback.reason}")
    if payment.checkout_request_id is None:
        # Quicker than Daraja's answer, or that answer was lost. The address is this payment's.
        if await _is_known_elsewhere(session, callback.checkout_request_id):
            return await _forged(session, post, "its CheckoutRequestID is another payment's")
        payment.checkout_request_id = callback.checkout_request_id
        payment.merchant_request_id = callback.merchant_request_id
    elif payment.checkout_request_id != callback.checkout_request_id:
        return await _forged(session, post, "its CheckoutRequestID is not this payment's")
    return await _act_upon(session, post, payment, order, callback)


async def _act_upon(
    session: AsyncSession, post: DarajaCallback, payment: Payment, order: Order, callback: StkCallback
) -> str:
    match callback.result:
        case Succeeded() if callback.receipt_number is not None:
            return await _said_paid(session, post, payment, callback.receipt_number, callback.amount)
        case Failed(reason=reason) if not reason.is_undecided:
            await service.fail_payment(session, payment, order, reason, reason.retry)
            return f"failed: {reason}"
        case Failed() if payment.status in LIVE_STATUSES:
            await service.set_status(session, payment, order, PaymentStatus.UNKNOWN)
    service.ask_soon(payment)
    return "to be asked for"


async def _said_paid(
    session: AsyncSession, post: DarajaCallback, payment: Payment, receipt: ReceiptNumber, amount: KesCents | None
) -> str:
    if payment.receipt_number == receipt:
        return "known already"
    if await queries.other_with_receipt(session, receipt, payment.id) is not None:
        return await _forged(session, post, "its receipt is another payment's")
    if amount is not None and amount != payment.amount_cents:
        await _alert(session, post, f"it tells of {amount} cents, {payment.amount_shillings} shillings were asked for")
    await status_queries.ask_about_receipt(session, payment.id, receipt)
    service.ask_soon(payment)
    return "receipt asked for"


async def _transaction_result(session: AsyncSession, post: DarajaCallback) -> str:
    posted = parse_transaction_result(post.body)
    if isinstance(posted, Unreadable):
        return await _forged(session, post, f"unreadable: {posted.reason}")
    status_query = await _lock_status_query(session, post.about_id)
    if status_query.answered_at is not None:
        return "answered already"
    if isinstance(posted.result, Failed):  # it says nothing of the transaction; the question is asked again
        return f"not answered: {posted.result.reason}"
    is_by_hand = status_query.hand_payment_id is not None
    if (
        posted.state is not TransactionState.COMPLETED
        and not (
            isinstance(posted.result, NotKnown) and (not is_by_hand or status_query.attempt_count >= ASKED_OFTEN_ENOUGH)
        )
        and status_query.attempt_count < policies().status_queries.last_attempt
    ):
        return await _undecided(session, status_query, posted)
    status_query.answered_at, status_query.answer = utc_now(), posted.reported_state or posted.state
    if status_query.payout_attempt_id is not None:
        return await payouts.attempt_looked_up(session, status_query.payout_attempt_id, posted)
    if is_by_hand:
        outcome = await hand_payments.looked_up(session, status_query, posted)
        is_made_up = isinstance(posted.result, NotKnown)
        return await _forged(session, post, outcome) if is_made_up else outcome
    return await _receipt_looked_up(session, post, status_query, posted)


async def _undecided(session: AsyncSession, status_query: StatusQuery, posted: TransactionPosted) -> str:
    """M-Pesa is not done with it, or does not say: the question stays open, and becomes a person's too."""
    if status_query.payment_id is not None and policies().status_queries.is_to_escalate(status_query.attempt_count):
        payment = await session.get_one(Payment, status_query.payment_id)
        await service.open_unknown_payment_case(
            session, payment, f"M-Pesa says {posted.reported_state!r} of the receipt {status_query.receipt_number}"
        )
    if status_query.hand_payment_id is not None and policies().status_queries.is_to_escalate(
        status_query.attempt_count
    ):
        await reversals.report(session, status_query.hand_payment_id, f"M-Pesa says {posted.reported_state!r} of it")
    return f"undecided: {posted.reported_state}"


async def _lock_status_query(session: AsyncSession, status_query_id: int) -> StatusQuery:
    """The inquiry, for this transaction alone, and what it is about before it, as everybody has who wants to ask."""
    status_query = await session.get_one(StatusQuery, status_query_id)
    if status_query.payout_attempt_id is not None:
        await payouts.lock_attempt(session, status_query.payout_attempt_id)
    elif status_query.hand_payment_id is not None:
        await hand_payments.lock(session, status_query.hand_payment_id)
    elif status_query.payment_id is not None:
        await queries.lock_payment(session, status_query.payment_id)
    return await session.get_one(StatusQuery, status_query_id, with_for_update=True, populate_existing=True)


async def _receipt_looked_up(
    session: AsyncSession, post: DarajaCallback, status_query: StatusQuery, posted: TransactionPosted
) -> str:
    """M-Pesa's own word about a receipt that a callback named.

    Where it does not show who paid, the prompt itself must have been paid too, or the paybill must have told of it with
    the prompt's account number: both then tell of one payment.
    """
    payment, order = await queries.lock_payment(session, status_query.payment_id or 0)
    receipt = ReceiptNumber(status_query.receipt_number or "")
    payer = compare_payer(posted.parties, Msisdn(payment.phone))
    if posted.state is not TransactionState.COMPLETED:
        trouble = f"M-Pesa does not know the receipt {receipt} that a callback named"
    elif posted.receipt_number not in (None, receipt):
        trouble = f"asked for {receipt}, M-Pesa tells of {posted.receipt_number}"
    elif posted.amount is None:
        trouble = f"M-Pesa does not say how much {receipt} is"
    elif payer is Payer.OTHER:
        trouble = f"{receipt} was paid by another phone"
    elif await queries.other_with_receipt(session, receipt, payment.id) is not None:
        trouble = f"{receipt} is another payment's"
    elif payment.receipt_number not in (None, receipt):
        trouble = f"{receipt} is a second receipt of a payment that has one"
    elif (
        payer is Payer.NOT_SHOWN
        and payment.receipt_number is None
        and not await hand_payments.is_reported(session, receipt, payment.id)
    ):
        if posted.amount != payment.amount_cents:
            trouble = f"{receipt} is of {posted.amount} cents, and M-Pesa does not show who paid it"
        else:
            status_query.answer = queries.PAYER_NOT_SHOWN
            payment.said_paid_at = payment.said_paid_at or utc_now()
            service.ask_soon(payment)
            return "the payer is not shown: the prompt is asked for too"
    else:
        await service.confirm_payment(session, payment, order, receipt=receipt, received=posted.amount)
        return f"payment {payment.status}"
    service.ask_soon(payment)
    if posted.state is TransactionState.COMPLETED:
        by_hand = await hand_payments.take_of_prompt(session, receipt, posted)
        if by_hand is not None:
            return f"paid by hand: {by_hand}"
        # The money is with us, whosoever it is: no rule can place it.
        await service.open_unknown_payment_case(session, payment, trouble)
    return await _forged(session, post, trouble)


async def _payout_result(session: AsyncSession, post: DarajaCallback) -> str:
    posted = parse_payout_result(post.body)
    if isinstance(posted, Unreadable):
        await payouts.query_soon(session, post.about_id)
        return await _forged(session, post, f"unreadable: {posted.reason}")
    trouble = await payouts.record_attempt_result(session, post.about_id, posted)
    return "result taken" if trouble is None else await _forged(session, post, trouble)


async def _payout_timeout(session: AsyncSession, post: DarajaCallback) -> str:
    """Its body is documented nowhere, and says nothing: the outcome is unknown."""
    await payouts.query_soon(session, post.about_id)
    return "to be asked for"


async def _transaction_timeout(session: AsyncSession, post: DarajaCallback) -> str:
    await session.execute(
        update(StatusQuery)
        .where(StatusQuery.id == post.about_id, StatusQuery.answered_at.is_(None))
        .values(next_attempt_at=utc_now() + service.ASK_SOON)
    )
    return "to be asked again"


async def _confirmation(session: AsyncSession, post: DarajaCallback) -> str:
    """Somebody paid the paybill, or a prompt, which comes here too. What cannot be read is a person's to look up."""
    posted = parse_paybill(post.body)
    if isinstance(posted, Unreadable):
        await open_case(
            session, CaseKind.HAND_PAYMENT_HELD, subject=f"post {post.id}", why=f"unreadable: {posted.reason}"
        )
        return await _forged(session, post, f"unreadable: {posted.reason}")
    return await hand_payments.note(session, posted)


async def _reversal_result(session: AsyncSession, post: DarajaCallback) -> str:
    posted = parse_reversal_result(post.body)
    if isinstance(posted, Unreadable):
        await reversals.ask_again_soon(session, post.about_id)
        return await _forged(session, post, f"unreadable: {posted.reason}")
    trouble = await reversals.record_reversal_result(session, post.about_id, posted)
    return "result taken" if trouble is None else await _forged(session, post, trouble)


async def _reversal_timeout(session: AsyncSession, post: DarajaCallback) -> str:
    await reversals.ask_again_soon(session, post.about_id)
    return "to be asked for again"


async def _validation(_session: AsyncSession, _post: DarajaCallback) -> str:
    return "answered at once"


async def _balance_result(session: AsyncSession, post: DarajaCallback) -> str:
    posted = parse_balance_result(post.body)
    if isinstance(posted, Unreadable):
        return await _forged(session, post, f"unreadable: {posted.reason}")
    return await balance.record_balance(session, post.about_id, posted)


async def _balance_timeout(_session: AsyncSession, _post: DarajaCallback) -> str:
    return "asked again at the next check"


async def _is_known_elsewhere(session: AsyncSession, checkout_request_id: str) -> bool:
    return (
        await session.scalar(select(Payment.id).where(Payment.checkout_request_id == checkout_request_id)) is not None
    )


async def _forged(session: AsyncSession, post: DarajaCallback, why: str) -> str:
    await _alert(session, post, why)
    return FORGED


async def _alert(session: AsyncSession, post: DarajaCallback, why: str) -> None:
    await raise_alert(
        session,
        AlertKind.FORGED_CALLBACK,
        subject=f"{post.kind} {post.about_id}",
        why=why,
        sender=post.sender,
        post_id=post.id,
    )


_HANDLERS: dict[CallbackKind, Callable[[AsyncSession, DarajaCallback], Awaitable[str]]] = {
    CallbackKind.STK: _stk_callback,
    CallbackKind.PAYOUT: _payout_result,
    CallbackKind.TRANSACTION: _transaction_result,
    CallbackKind.BALANCE: _balance_result,
    CallbackKind.PAYOUT_TIMEOUT: _payout_timeout,
    CallbackKind.TRANSACTION_TIMEOUT: _transaction_timeout,
    CallbackKind.BALANCE_TIMEOUT: _balance_timeout,
    CallbackKind.VALIDATION: _validation,
    CallbackKind.CONFIRMATION: _confirmation,
    CallbackKind.REVERSAL: _reversal_result,
    CallbackKind.REVERSAL_TIMEOUT: _reversal_timeout,
}
