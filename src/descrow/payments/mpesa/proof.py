"""The public proof for people who pay by M-Pesa: what the shop holds for them, against what its account holds.

The shop's ledger says what it owes, and M-Pesa itself, asked now and then, what is in the account. Both are shown as
they were at the same look.
"""

from datetime import datetime
from typing import Literal

import msgspec
from litestar import get
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.kernel.http.access import Open
from descrow.kernel.http.dependencies import WithSessions
from descrow.payments.mpesa.dependencies import WithMpesa, expect_offered
from descrow.payments.mpesa.ledger import LedgerAccount, LedgerEntry, LedgerPosting, balances
from descrow.payments.mpesa.models import BalanceCheck, HandPayment, HandPaymentStatus, Payout, PayoutStatus

Covered = Literal["yes", "no", "unknown"]


class MpesaProofView(msgspec.Struct, rename="camel"):
    """Describe the shop's M-Pesa account at `checkedAt`, when M-Pesa was asked last; all null if it never answered.

    `heldKesCents` is held for orders that are paid and not over, `owedKesCents` waits to be paid out. `covered` is
    `unknown` before the first answer, and where `movingKesCents`, on their way or booked during the look, decide it.
    """

    covered: Covered
    held_kes_cents: str | None
    owed_kes_cents: str | None
    account_kes_cents: str | None
    moving_kes_cents: str | None
    checked_at: datetime | None
    check_every_s: int


async def note_debts(session: AsyncSession, check: BalanceCheck) -> None:
    """Write down, with what the account holds, what the shop owes at this moment."""
    ledger = await balances(session)
    check.held_cents = -ledger[LedgerAccount.HELD]
    check.owed_cents = -ledger[LedgerAccount.OWED_TO_SELLERS] - ledger[LedgerAccount.OWED_TO_BUYERS]
    check.moving_cents = await _moving(session, check.asked_at)


async def last_proof(session: AsyncSession, *, check_every_s: int) -> MpesaProofView:
    """Return the last look at the account that M-Pesa answered."""
    check = await session.scalar(
        select(BalanceCheck)
        .where(BalanceCheck.answered_at.is_not(None), BalanceCheck.owed_cents.is_not(None))
        .order_by(BalanceCheck.answered_at.desc())
        .limit(1)
    )
    if check is None:
        return MpesaProofView(
            covered="unknown",
            held_kes_cents=None,
            owed_kes_cents=None,
            account_kes_cents=None,
            moving_kes_cents=None,
            checked_at=None,
            check_every_s=check_every_s,
        )
    held, owed, account = check.held_cents or 0, check.owed_cents or 0, check.utility_cents or 0
    moving = check.moving_cents or 0
    return MpesaProofView(
        covered=is_covered(debt=held + owed, account=account, moving=moving),
        held_kes_cents=str(held),
        owed_kes_cents=str(owed),
        account_kes_cents=str(account),
        moving_kes_cents=str(moving),
        checked_at=check.answered_at,
        check_every_s=check_every_s,
    )


def is_covered(*, debt: int, account: int, moving: int) -> Covered:
    """Say whether the account covers the debt. Money on its way may have left it already, or not have come yet."""
    if account >= debt:
        return "yes"
    return "unknown" if account + moving >= debt else "no"


async def _moving(session: AsyncSession, since: datetime) -> int:
    """Return the cents that may have left the account though they are owed, or came after M-Pesa looked."""
    leaving = await session.scalar(
        select(func.coalesce(func.sum(Payout.amount_cents), 0)).where(Payout.status == PayoutStatus.SENT)
    )
    returning = await session.scalar(
        select(func.coalesce(func.sum(HandPayment.amount_cents), 0)).where(
            HandPayment.status == HandPaymentStatus.RETURNING, HandPayment.attempt_count > 0
        )
    )
    came = await session.scalar(
        select(func.coalesce(func.sum(LedgerEntry.amount_cents), 0))
        .join(LedgerPosting, LedgerPosting.id == LedgerEntry.posting_id)
        .where(LedgerEntry.account == LedgerAccount.UTILITY, LedgerEntry.amount_cents > 0, LedgerPosting.at >= since)
    )
    return int(leaving or 0) + int(returning or 0) + int(came or 0)


@get("/proof/mpesa", access=Open.ANYBODY, refusals=("mpesa_not_offered",), tags=["payments"])
async def get_mpesa_proof(sessions: WithSessions, mpesa: WithMpesa) -> MpesaProofView:
    """Return what the shop holds for people who paid by M-Pesa, and what its M-Pesa account held when it was asked."""
    settings = expect_offered(mpesa).payment_context.settings
    async with sessions() as session:
        return await last_proof(session, check_every_s=settings.balance_check_every_s)
