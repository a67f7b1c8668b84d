"""Find products by words, also misspelt, by category and by seller, page by page in any order."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

import msgspec
from sqlalchemy import ColumnElement, Double, cast, func, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.accounts.models import Account
from descrow.catalog.models import Category, Product
from descrow.catalog.queries import Offer, offers
from descrow.kernel.db import LARGEST_ID
from descrow.kernel.money import PLANCK_PER_DOT
from descrow.kernel.pages import CursorNotValid

SIMILARITY_THRESHOLD = 0.3
"""From this word similarity on (pg_trgm's, 0 to 1) a misspelt word still finds a title: `kofee` finds `coffee`."""


_ABOVE_ALL_PRICES = 1e18
"""Planck; the catalogue takes no price as high."""


class Sort(StrEnum):
    BEST = "best"
    """By how well the words fit; without words, the newest first."""
    NEWEST = "newest"
    CHEAPEST = "cheapest"
    DEAREST = "dearest"


@dataclass(frozen=True)
class Search:
    words: str = ""
    category: Category | None = None
    seller_address: str | None = None
    in_stock: bool = False
    sort: Sort = Sort.BEST


class _Cursor(msgspec.Struct, array_like=True):
    """The last thing that was seen, and at which rate prices were compared up to there."""

    key: float
    id: Annotated[int, msgspec.Meta(ge=1, le=LARGEST_ID)]
    kes_cents_per_dot: Annotated[int, msgspec.Meta(ge=1, le=LARGEST_ID)] | None


async def find_products(
    session: AsyncSession, search: Search, *, after: str | None, limit: int, kes_cents_per_dot: int | None
) -> tuple[Sequence[Offer], str | None]:
    """A page of what fits, and the cursor of the next one. Sold out things come too, unless only stock is wanted.

    Prices in two currencies are compared at the rate given; without one, those in shillings come last. Raises
    CursorNotValid.
    """
    begins_after = None if after is None else _read(after)
    rate = kes_cents_per_dot if begins_after is None else begins_after.kes_cents_per_dot
    key = _key(search, rate)
    query = offers().add_columns(key.label("sort_key")).where(*_conditions(search))
    if begins_after is not None:
        query = query.where(tuple_(key, Product.id) < tuple_(begins_after.key, begins_after.id))
    await session.execute(select(func.set_config("pg_trgm.word_similarity_threshold", str(SIMILARITY_THRESHOLD), True)))
    rows = (await session.execute(query.order_by(key.desc(), Product.id.desc()).limit(limit + 1))).all()
    page: list[Offer] = [(row[0], row[1]) for row in rows[:limit]]
    if len(rows) <= limit:
        return page, None
    last = rows[limit - 1]
    return page, _write(_Cursor(key=float(last[2]), id=last[0].id, kes_cents_per_dot=rate))


def _conditions(search: Search) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [Product.withdrawn_at.is_(None)]
    if search.words:
        conditions.append(or_(Product.words.op("@@")(_wanted(search)), Product.title.op("%>")(search.words)))
    if search.category is not None:
        conditions.append(Product.category == search.category)
    if search.seller_address is not None:
        conditions.append(Account.address == search.seller_address)
    if search.in_stock:
        conditions.append(Product.stock > 0)
    return conditions


def _wanted(search: Search) -> ColumnElement[object]:
    return func.websearch_to_tsquery("simple", search.words)


def _key(search: Search, kes_cents_per_dot: int | None) -> ColumnElement[float]:
    """Return what the pages are sorted by, the largest first; equal ones go by their ids."""
    match search.sort:
        case Sort.BEST if search.words:
            fits = func.ts_rank(Product.words, _wanted(search)) + func.word_similarity(search.words, Product.title)
            return cast(fits, Double)
        case Sort.CHEAPEST:
            return -_price(kes_cents_per_dot, unknown=_ABOVE_ALL_PRICES)
        case Sort.DEAREST:
            return _price(kes_cents_per_dot, unknown=0.0)
    return cast(Product.id, Double)


def _price(kes_cents_per_dot: int | None, *, unknown: float) -> ColumnElement[float]:
    """In planck, near enough to compare by: shown is the price itself."""
    in_dot = cast(Product.price_planck, Double)
    if kes_cents_per_dot is None:
        return func.coalesce(in_dot, unknown)
    return func.coalesce(in_dot, cast(Product.price_kes_cents, Double) * PLANCK_PER_DOT / kes_cents_per_dot)


def _write(cursor: _Cursor) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(cursor)).decode().rstrip("=")


def _read(text: str) -> _Cursor:
    try:
        return msgspec.json.decode(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), type=_Cursor)
    except (ValueError, msgspec.MsgspecError) as error:
        raise CursorNotValid from error
