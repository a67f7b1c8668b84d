"""Statements that SQLAlchemy compiles once for a whole worker.

It keeps them by engine and dialect, of which each test opens its own. Compiling them anew was half of what a test
computed.
"""

from functools import partial
from typing import Any

from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.ext.asyncio import create_async_engine

from descrow.kernel import db

_statements: dict[Any, Any] = {}


def share_compiled_statements() -> None:
    """Let engines opened from now on use each other's statements. A repeat changes nothing."""
    # How JSON is read and written is all that our dialects could differ in; a compiled statement holds on to it.
    PGDialect_asyncpg.__eq__ = _reads_json_alike  # type: ignore[assignment]
    PGDialect_asyncpg.__hash__ = lambda dialect: hash(type(dialect))  # type: ignore[assignment,method-assign]
    db.create_async_engine = partial(  # type: ignore[attr-defined]
        create_async_engine, execution_options={"compiled_cache": _statements}
    )


def _reads_json_alike(one: PGDialect_asyncpg, other: object) -> bool:
    return (
        isinstance(other, PGDialect_asyncpg)
        and one._json_deserializer is other._json_deserializer
        and (one._json_serializer is None) is (other._json_serializer is None)
    )
