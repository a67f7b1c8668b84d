"""The rows of a queue: which are due, and what a failed attempt leaves on one."""

from datetime import datetime
from typing import TypeVar

from sqlalchemy import ColumnElement, Select, select

from descrow.kernel.retry.columns import Retried
from descrow.kernel.retry.policies import RetryPolicy

Row = TypeVar("Row", bound=Retried)


def select_due(model: type[Row], *has_work_left: ColumnElement[bool], now: datetime, limit: int) -> Select[Row]:
    """Select so many rows whose next attempt is due. The queue adds the order.

    None is never due: queues whose rows have no `next_attempt_at` before they fail choose for themselves.
    """
    return select(model).where(*has_work_left, model.next_attempt_at <= now).limit(limit)


def record_failure(row: Retried, why: str, policy: RetryPolicy, now: datetime) -> None:
    """Count a failed attempt and set the time of the next one."""
    row.last_error = why
    row.next_attempt_at = now + policy.delay(row.attempt_count)
    row.attempt_count += 1
