"""Many rows by one statement: each value arrives as it would by itself, or no row does."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, func, insert, select
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.contract.models import ChainBlock, ChainEvent, Finality
from descrow.kernel.db import Sessions, is_text_not_storable
from descrow.kernel.fastpath.bulk_insert import insert_rows

MADE_AT = datetime(2026, 11, 28, 9, 30, 0, 123456, UTC)
NASTY: list[dict[str, Any]] = [
    {},
    {"extrinsic_index": None, "extrinsic_hash": None, "contract_order_id": None},
    {"arguments": {"list": [1, [2, None]], "text": 'a "quoted" {brace}, \\ and NULL', "nothing": None}},
    {"arguments": {"sh": "šilingi 10", "so": "🧺"}},
    {"name": "{}", "extrinsic_hash": ""},
    {"name": "NULL", "extrinsic_hash": '","'},
    {"contract_order_id": 2**63 - 1, "attempt_count": -(2**63)},
    {"finality": Finality.ORPHANED, "happened_at": MADE_AT - timedelta(days=20_000)},
]


def a_block() -> ChainBlock:
    return ChainBlock(hash="0xb1", number=7, parent_hash="0xb0", finality=Finality.FINALIZED, produced_at=MADE_AT)


def rows(*those: dict[str, Any]) -> list[dict[str, Any]]:
    """Events of one block, each with something of its own."""
    usual = {
        "block_hash": "0xb1",
        "block_number": 7,
        "finality": Finality.FINALIZED,
        "extrinsic_index": 2,
        "extrinsic_hash": "0xe1",
        "name": "OrderFunded",
        "contract_order_id": 11,
        "arguments": {"order_id": "11"},
        "happened_at": MADE_AT,
        "attempt_count": 0,
    }
    return [{**usual, "event_index": place, **own} for place, own in enumerate(those)]


async def test_rows_are_what_they_would_be_if_each_came_by_itself(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        session.add(a_block())
        await session.flush()

        await insert_rows(session, ChainEvent, rows(*NASTY))

    columns = ChainEvent.__table__.columns
    async with sessions() as session:
        together = (await session.execute(select(*columns).order_by(ChainEvent.event_index))).all()
        await session.execute(delete(ChainEvent))
        for row in rows(*NASTY):
            await session.execute(insert(ChainEvent), row)
        one_by_one = (await session.execute(select(*columns).order_by(ChainEvent.event_index))).all()
    assert together == one_by_one
    assert len(together) == len(NASTY)


async def test_no_rows_are_no_statement(sessions: Sessions) -> None:
    async with sessions() as session:
        await insert_rows(session, ChainEvent, [])

        assert not session.in_transaction()


async def test_one_row_that_is_refused_refuses_all(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        session.add(a_block())
        await session.flush()

        with pytest.raises(IntegrityError):
            async with session.begin_nested():
                await insert_rows(session, ChainEvent, rows({}, {"block_hash": "0xnone"}))
        with pytest.raises(DBAPIError) as refused:
            async with session.begin_nested():
                await insert_rows(session, ChainEvent, rows({}, {"name": "a\x00b"}))

        assert is_text_not_storable(refused.value)
        assert await count(session) == 0


@pytest.mark.parametrize("which", [0, 1])
async def test_rows_that_do_not_name_the_same_columns_are_refused(sessions: Sessions, which: int) -> None:
    uneven = rows({}, {})
    uneven[which]["last_error"] = "it would be lost, or made up"

    async with sessions() as session:
        with pytest.raises(ValueError, match="not all of these rows"):
            await insert_rows(session, ChainEvent, uneven)


async def count(session: AsyncSession) -> int:
    return await session.scalar(select(func.count()).select_from(ChainEvent)) or 0
