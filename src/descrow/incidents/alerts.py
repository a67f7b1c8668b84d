"""Alerts: a trouble that a person must see is one open row, however often it is found, until it is over.

Each is logged once when it begins and once when it ends. The caller's transaction carries the row: whoever finds the
trouble while that transaction may be rolled back raises the alert in another.
"""

import structlog
from sqlalchemy import case, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.incidents.models import Alert, AlertKind
from descrow.kernel.db import utc_now

log = structlog.get_logger(__name__)


async def raise_alert(session: AsyncSession, kind: AlertKind, *, subject: str, **details: str | int | None) -> None:
    """Say that this trouble is there. A repeat updates `details` and when it was last seen, and logs nothing."""
    now = utc_now()
    found = insert(Alert).values(kind=kind, subject=subject, details=details, raised_at=now, last_seen_at=now)
    began_at = await session.scalar(
        found.on_conflict_do_update(
            index_elements=[Alert.kind, Alert.subject],
            set_={
                "details": found.excluded.details,
                "raised_at": case((Alert.cleared_at.is_(None), Alert.raised_at), else_=found.excluded.raised_at),
                "last_seen_at": found.excluded.last_seen_at,
                "cleared_at": None,
            },
        ).returning(Alert.raised_at)
    )
    if began_at == now:
        log.error("alert", kind=kind, subject=subject, **details)


async def clear_alert(session: AsyncSession, kind: AlertKind, *, subject: str) -> None:
    """Say that this trouble is over. Nothing happens when there was none."""
    ended = await session.scalar(
        update(Alert)
        .where(Alert.kind == kind, Alert.subject == subject, Alert.cleared_at.is_(None))
        .values(cleared_at=utc_now())
        .returning(Alert.subject)
    )
    if ended is not None:
        log.info("alert cleared", kind=kind, subject=subject)


async def keep_alert(
    session: AsyncSession, kind: AlertKind, *, subject: str, is_there: bool, **details: str | int | None
) -> None:
    """Raise or clear, by what was just seen: for a trouble that is looked for again and again."""
    if is_there:
        await raise_alert(session, kind, subject=subject, **details)
    else:
        await clear_alert(session, kind, subject=subject)


async def open_alerts(session: AsyncSession) -> list[Alert]:
    """The troubles that are there now, the oldest first."""
    rows = await session.scalars(select(Alert).where(Alert.cleared_at.is_(None)).order_by(Alert.raised_at))
    return list(rows)
