"""Define who is owed what by M-Pesa, and why: rows that payouts are made from, written with the fact that they follow
from.
"""

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.accounts.models import Account
from descrow.incidents.cases import open_case
from descrow.incidents.models import CaseKind
from descrow.kernel.db import utc_now
from descrow.kernel.money import CENTS_PER_SHILLING, KesCents
from descrow.mpesa.requests import LARGEST_TRANSACTION, SMALLEST_PAYOUT
from descrow.orders import deadlines
from descrow.orders.division import Division
from descrow.orders.models import Order
from descrow.payments.mpesa import queries, reversals
from descrow.payments.mpesa.ledger import LedgerAccount, Transfer, held_for, is_posted, post
from descrow.payments.mpesa.models import Payout, PayoutStatus, Purpose

DISPUTE_WAITS = "the buyer's dispute was taken before the order ended, and did not reach the contract in time"


async def pay_parties(session: AsyncSession, order: Order, division: Division) -> None:
    """The final chain says how the order ended: each party is owed its part. Once per order.

    Anybody can end an overdue order on the chain. So the seller's part waits for a person where a dispute was taken
    that has not reached the contract.
    """
    if await is_posted(session, ended := f"order {order.reference} ended"):
        return
    held = await held_for(session, order.id)
    payment = await queries.confirmed_payment_of(session, order.id)
    if payment is None or held != division.whole:
        await open_case(
            session,
            CaseKind.LEDGER_DIFFERS,
            subject=f"order {order.id} in the ledger",
            order_id=order.id,
            held_cents=str(held),
            divided_cents=str(division.whole),
        )
        return
    sellers_part, buyers_part, fee = KesCents(division.seller), KesCents(division.buyer), KesCents(division.fee)
    await post(
        session,
        ended,
        Transfer(LedgerAccount.HELD, LedgerAccount.OWED_TO_SELLERS, sellers_part),
        Transfer(LedgerAccount.HELD, LedgerAccount.OWED_TO_BUYERS, buyers_part),
        Transfer(LedgerAccount.HELD, LedgerAccount.FEES_EARNED, fee),
        order_id=order.id,
    )
    seller = await session.get_one(Account, order.seller_id)
    is_disputed = await deadlines.has_waiting_dispute(session, order)
    await owe(
        session,
        f"order {order.reference}",
        Payout(
            order_id=order.id,
            account_id=seller.id,
            purpose=Purpose.SELLER,
            phone=order.seller_phone or seller.mpesa_phone,
            amount_cents=sellers_part,
        ),
        held_because=DISPUTE_WAITS if is_disputed else None,
    )
    phone = await reversals.payout_phone(session, payment)
    if phone is None and buyers_part == division.whole:
        await reversals.send_back_payment(session, payment)
        return
    await owe(
        session,
        f"order {order.reference}",
        Payout(
            order_id=order.id,
            account_id=order.buyer_id,
            purpose=Purpose.REFUND,
            phone=phone,
            amount_cents=buyers_part,
        ),
    )


def instalments(amount: KesCents) -> list[KesCents]:
    """The amount in parts of whole shillings that M-Pesa pays out at once, none much smaller than the others."""
    shillings, rest = divmod(amount, CENTS_PER_SHILLING)
    parts = max(1, -(-shillings // LARGEST_TRANSACTION))
    each, more = divmod(shillings, parts)
    amounts = [(each + (1 if place < more else 0)) * CENTS_PER_SHILLING for place in range(parts)]
    amounts[-1] += rest
    return [KesCents(part) for part in amounts]


async def owe(session: AsyncSession, what_for: str, owed: Payout, *, held_because: str | None = None) -> None:
    """Queue the payout, in instalments, once.

    What M-Pesa cannot pay out is held, for a person to look at, and so is all of it for the reason in `held_because`.
    """
    if owed.amount_cents == 0:
        return
    for number, part in enumerate(instalments(KesCents(owed.amount_cents)), start=1):
        obstacle = held_because or obstacle_to(owed.phone, part)
        payout_id = await session.scalar(
            insert(Payout)
            .values(
                key=f"{what_for}: {owed.purpose}, part {number}",
                order_id=owed.order_id,
                payment_id=owed.payment_id,
                account_id=owed.account_id,
                purpose=owed.purpose,
                phone=owed.phone,
                amount_cents=part,
                status=PayoutStatus.QUEUED if obstacle is None else PayoutStatus.HELD,
                last_error=obstacle,
                created_at=utc_now(),
                next_attempt_at=utc_now(),
            )
            .on_conflict_do_nothing()
            .returning(Payout.id)
        )
        if payout_id is not None and obstacle is not None:
            await hold_for_a_person(session, payout_id, owed.order_id, obstacle)


async def hold_for_a_person(session: AsyncSession, payout_id: int, order_id: int, why: str) -> None:
    """Open the payout's case. Its row says `held`."""
    await open_case(session, CaseKind.PAYOUT_HELD, subject=subject_of(payout_id), order_id=order_id, why=why)


def subject_of(payout_id: int) -> str:
    return f"payout {payout_id}"


def obstacle_to(phone: str | None, amount: KesCents) -> str | None:
    """Why M-Pesa cannot pay it, if it cannot."""
    if phone is None:
        return "the payee has not said which phone to pay"
    if amount % CENTS_PER_SHILLING:
        return "M-Pesa pays whole shillings only"
    if amount < SMALLEST_PAYOUT * CENTS_PER_SHILLING:
        return f"M-Pesa pays {SMALLEST_PAYOUT} shillings or more"
    return None
