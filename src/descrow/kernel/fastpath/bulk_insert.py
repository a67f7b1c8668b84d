"""Many rows by one statement: PostgreSQL is given a list for each column instead of a statement for each row.

Half as dear as the ORM's way for a block full of events, and nothing of the session's transaction or of its errors is
gone around, as COPY would (`bench.sync`).
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import ARRAY, Table, TableValuedAlias, bindparam, func, select
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.kernel.db import Base


async def insert_rows(session: AsyncSession, model: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Add these rows, all of them or none. They name the same columns: all but those that PostgreSQL itself fills.

    Raises ValueError for rows that do not.
    """
    if rows:
        await session.execute(insertion_of(model, *rows[0]), as_lists(rows))


def as_lists(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """The parameters that `given` reads, for at least one row. Raises ValueError when rows name other columns."""
    names = rows[0].keys()
    if any(row.keys() != names for row in rows):
        raise ValueError(f"not all of these rows have the columns {tuple(names)}")
    return {f"given_{name}": [row[name] for row in rows] for name in names}


def given(model: type[Base], *names: str) -> TableValuedAlias:
    """Columns of these names as a table, whose rows `as_lists` hands to the statement."""
    columns = _table(model).columns
    # A parameter that is called as a column is would be written into it.
    lists = (bindparam(f"given_{name}", type_=ARRAY(columns[name].type, dimensions=1)) for name in names)
    return func.unnest(*lists).table_valued(*names, name="given").render_derived()


@lru_cache
def insertion_of(model: type[Base], *names: str) -> Insert:
    """Adds rows with these columns, which `as_lists` hands to it."""
    columns = given(model, *names).columns
    return insert(_table(model)).from_select(names, select(*columns), include_defaults=False)


def _table(model: type[Base]) -> Table:
    table = model.__table__
    if not isinstance(table, Table):
        raise TypeError(f"{model} is no table of its own")
    return table
