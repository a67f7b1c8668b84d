"""Check which rows of a queue are due, and what a failed attempt leaves on a row."""

from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from descrow.kernel import db
from descrow.kernel.db import Sessions
from descrow.kernel.retry.columns import Retried
from descrow.kernel.retry.policies import RetryPolicy
from descrow.kernel.retry.rows import record_failure, select_due

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


class TablesOfTest(DeclarativeBase):
    type_annotation_map = db.Base.type_annotation_map


class Parcel(Retried, TablesOfTest):
    __tablename__ = "parcels"

    id: Mapped[int] = mapped_column(primary_key=True)
    is_delivered: Mapped[bool] = mapped_column(default=False)


async def test_rows_with_work_left_are_due_from_their_time_on(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        await (await session.connection()).run_sync(TablesOfTest.metadata.create_all)
        session.add_all(
            [
                Parcel(id=1, next_attempt_at=NOW),
                Parcel(id=2, next_attempt_at=NOW - SECOND),
                Parcel(id=3, next_attempt_at=NOW + SECOND),
                Parcel(id=4, next_attempt_at=NOW - SECOND, is_delivered=True),
                Parcel(id=5, next_attempt_at=None),
                Parcel(id=6, next_attempt_at=NOW - 2 * SECOND),
            ]
        )

    async with sessions() as session:
        due = select_due(Parcel, Parcel.is_delivered.is_(False), now=NOW, limit=2)
        in_turn = await session.scalars(due.order_by(Parcel.next_attempt_at))
        of_limit = [parcel.id for parcel in in_turn]
        every = select_due(Parcel, Parcel.is_delivered.is_(False), now=NOW, limit=10).with_only_columns(Parcel.id)
        ids = set(await session.scalars(every))

    assert of_limit == [6, 2]
    assert ids == {1, 2, 6}


def test_each_failure_is_counted_and_waits_longer() -> None:
    policy, parcel = RetryPolicy(first_delay_s=10, max_delay_s=30), Parcel(id=1, attempt_count=0)

    waits = []
    for number in range(4):
        record_failure(parcel, f"failure {number}", policy, NOW)
        waits.append(None if parcel.next_attempt_at is None else parcel.next_attempt_at - NOW)

    assert waits == [10 * SECOND, 20 * SECOND, 30 * SECOND, 30 * SECOND]
    assert (parcel.attempt_count, parcel.last_error) == (4, "failure 3")
