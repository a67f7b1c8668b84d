"""Define what a signer may spend: ceilings for one transaction and for one day in UTC.

Deposits are counted by the limit that the transaction carries, which the chain enforces, not by what was held in the
end: the sum can be a little too high and never too low.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.contract.models import CallPriority, ChainTransaction, HoldReason, TransactionStatus
from descrow.kernel.days import start_of_day
from descrow.kernel.money import PLANCK_PER_DOT, Planck

PERCENT_OF_DAY = {
    CallPriority.DISPUTE: 100,
    CallPriority.MONEY: 85,
    CallPriority.ORDERS: 65,
    CallPriority.UNPAID: 40,
}
"""How far the day's budget may be used up by calls of each priority: what lies above is kept for those before it."""

NEARLY_SPENT_PERCENT = 50
"""An operator is told when so much of a day's budget is gone, before calls on paid orders begin to wait."""


@dataclass(frozen=True)
class Cost:
    """The most that a transaction takes: its fee, and the deposits that the chain may hold for what it stores."""

    fee: Planck
    deposit: Planck

    @property
    def total(self) -> Planck:
        return Planck(self.fee + self.deposit)


@dataclass(frozen=True)
class SpendingLimits:
    """For one transaction, and for all of a signer's in a day. Without `per_day` the balance alone is the limit."""

    fee: Planck
    deposit: Planck
    per_day: Planck | None = None

    def for_day(self, priority: CallPriority) -> Planck | None:
        """Return what the day may have cost in all after a call of this priority; None without a limit."""
        return None if self.per_day is None else Planck(self.per_day * PERCENT_OF_DAY[priority] // 100)

    def is_nearly_spent(self, spent_today: Planck) -> bool:
        return self.per_day is not None and spent_today * 100 >= self.per_day * NEARLY_SPENT_PERCENT

    def objection(self, cost: Cost, *, spent_today: Planck, priority: CallPriority) -> HoldReason | None:
        """Why a transaction of this cost may not be sent, after what the day has cost already.

        `priority` is the lowest of its calls.
        """
        if cost.fee > self.fee:
            return HoldReason.FEE_ABOVE_CEILING
        if cost.deposit > self.deposit:
            return HoldReason.DEPOSIT_ABOVE_CEILING
        for_day = self.for_day(priority)
        if for_day is not None and spent_today + cost.total > for_day:
            return HoldReason.SPEND_LIMIT_REACHED
        return None


USUAL_LIMITS = SpendingLimits(fee=Planck(PLANCK_PER_DOT), deposit=Planck(PLANCK_PER_DOT))
"""Several times what a full batch of new orders costs."""


async def spent_on_day(session: AsyncSession, signer: str, now: datetime) -> Planck:
    """Return what the day of `now` has cost the signer: all that ended on it, and all that is open, whenever it was
    signed.
    """
    fee = func.coalesce(ChainTransaction.fee_planck, ChainTransaction.fee_estimate_planck)
    ended_today = and_(
        ChainTransaction.status == TransactionStatus.FINALIZED, ChainTransaction.ended_at >= start_of_day(now)
    )
    spent = await session.scalar(
        select(func.sum(fee + ChainTransaction.deposit_limit_planck)).where(
            ChainTransaction.signer == signer,
            or_(ChainTransaction.status == TransactionStatus.SIGNED, ended_today),
        )
    )
    return Planck(int(spent or 0))
