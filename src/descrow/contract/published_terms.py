"""The terms that orders are made under, as the contract published them; they never change."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Self

import msgspec
from sqlalchemy import BigInteger, ColumnElement, Select, cast, literal_column, select
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.accounts.models import Account
from descrow.contract.models import ChainEvent, Finality

# As the index on them is written, which PostgreSQL uses only where it recognises its own words.
_ARE_TERMS = ChainEvent.name == literal_column("'TermsPublished'")
_ARE_FINAL = ChainEvent.finality == Finality.FINALIZED
_terms_id: ColumnElement[int] = cast(ChainEvent.arguments["terms_id"].astext, BigInteger)
_arbiter = ChainEvent.arguments["arbiter"].astext


@dataclass(frozen=True)
class PublishedTerms:
    """By the contract's names; addresses are 0x and 40 lower-case digits."""

    terms_id: int
    arbiter: str
    treasury: str
    fee_bps: int
    default_seller_bps: int
    fund_window_s: int
    ship_window_s: int
    transit_window_s: int
    inspection_window_s: int
    dispute_window_s: int

    @classmethod
    def of_event(cls, arguments: dict[str, object]) -> Self:
        """From a `TermsPublished`, where integers are strings of digits."""
        return msgspec.convert(arguments, cls, strict=False)


async def published_terms(session: AsyncSession, terms_ids: Collection[int]) -> dict[int, PublishedTerms]:
    """By their numbers; those that the final chain has not published are left out."""
    published = await session.scalars(
        select(ChainEvent.arguments).where(_ARE_TERMS, _ARE_FINAL, _terms_id.in_(terms_ids))
    )
    sheets = [PublishedTerms.of_event(arguments) for arguments in published]
    return {sheet.terms_id: sheet for sheet in sheets}


async def publication_of(session: AsyncSession, terms_id: int) -> ChainEvent:
    """The event that published these terms, under which an order was made."""
    return (await session.scalars(select(ChainEvent).where(_ARE_TERMS, _ARE_FINAL, _terms_id == terms_id))).one()


async def arbiters_of(session: AsyncSession, terms_ids: Collection[int]) -> dict[int, int]:
    """The accounts of those who decide under these terms, by the terms; left out who never signed in."""
    rows = await session.execute(
        select(_terms_id, Account.id)
        .join(Account, Account.evm_address == _arbiter)
        .where(_ARE_TERMS, _ARE_FINAL, _terms_id.in_(terms_ids))
    )
    return dict(rows.all())


def terms_judged_by(account_id: int) -> Select[int]:
    """The numbers of the terms under which this account decides."""
    return (
        select(_terms_id)
        .join(Account, Account.evm_address == _arbiter)
        .where(_ARE_TERMS, _ARE_FINAL, Account.id == account_id)
    )
