"""The ledger: every shilling that M-Pesa moved for us, twice, so that all accounts together hold zero.

Append-only: PostgreSQL refuses to change or delete a row, and refuses a posting whose entries do not sum to zero. A
mistake is mended by a posting of its own.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Identity, Index, func, insert, select
from sqlalchemy.dialects.postgresql import insert as insert_or_not
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from descrow.kernel.db import Base, utc_now
from descrow.kernel.money import KesCents


class LedgerAccount(StrEnum):
    """Name the accounts. What M-Pesa holds and what it cost is positive (debit), what we owe and earned negative."""

    UTILITY = "utility"
    """Our utility account at M-Pesa: payments come in here, payouts leave it."""
    CHARGES_PAID = "charges_paid"
    """Our charges-paid account at M-Pesa, which falls below zero by what payouts cost."""
    HELD = "held"
    """Of orders that are paid and not over."""
    OWED_TO_SELLERS = "owed_to_sellers"
    OWED_TO_BUYERS = "owed_to_buyers"
    FEES_EARNED = "fees_earned"
    MPESA_CHARGES = "mpesa_charges"
    """What payouts have cost us."""
    PAID_TWICE = "paid_twice"
    """What payees have too much, since a payout that was given up had been made: theirs to give back."""
    OPERATOR = "operator"
    """What the operator put into the utility account, or took out of it."""


class LedgerPosting(Base):
    """One movement: the reason for two or more entries."""

    __tablename__ = "ledger_postings"

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    """What happened, such as `payment 7 confirmed`: posted once, however often it is told."""
    at: Mapped[datetime] = mapped_column(default=utc_now)


class LedgerEntry(Base):
    """So many cents more (or, below zero, less) in one account."""

    __tablename__ = "ledger_entries"
    __table_args__ = (Index("ix_ledger_entries_account_order_id", "account", "order_id"),)

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    posting_id: Mapped[int] = mapped_column(ForeignKey("ledger_postings.id"), index=True)
    account: Mapped[LedgerAccount]
    order_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id"))
    amount_cents: Mapped[int]


@dataclass(frozen=True)
class Transfer:
    """So many cents more in one account and fewer in the other."""

    debit: LedgerAccount
    credit: LedgerAccount
    amount: KesCents


async def post(session: AsyncSession, key: str, *transfers: Transfer, order_id: int | None = None) -> bool:
    """Write the moves down, once per `key`; says whether this was the first time. Moves of nothing are left out."""
    posting_id = await session.scalar(
        insert_or_not(LedgerPosting).values(key=key).on_conflict_do_nothing().returning(LedgerPosting.id)
    )
    if posting_id is None:
        return False
    entries = [
        {"posting_id": posting_id, "account": account, "order_id": order_id, "amount_cents": amount}
        for transfer in transfers
        if transfer.amount != 0
        for account, amount in ((transfer.debit, transfer.amount), (transfer.credit, -transfer.amount))
    ]
    if entries:
        await session.execute(insert(LedgerEntry), entries)
    return True


async def is_posted(session: AsyncSession, key: str) -> bool:
    """Return whether what this key names was written down before."""
    return await session.scalar(select(LedgerPosting.id).where(LedgerPosting.key == key)) is not None


async def held_for(session: AsyncSession, order_id: int) -> KesCents:
    """Return what the order's buyer paid and nobody was promised yet."""
    total = await session.scalar(
        select(func.sum(LedgerEntry.amount_cents)).where(
            LedgerEntry.account == LedgerAccount.HELD, LedgerEntry.order_id == order_id
        )
    )
    return KesCents(-int(total or 0))


async def balances(session: AsyncSession) -> dict[LedgerAccount, KesCents]:
    """Return what each account holds; all together zero."""
    rows = await session.execute(
        select(LedgerEntry.account, func.sum(LedgerEntry.amount_cents)).group_by(LedgerEntry.account)
    )
    sums = {account: KesCents(int(total)) for account, total in rows}
    return {account: sums.get(account, KesCents(0)) for account in LedgerAccount}
