"""Cases: what no rule can repair waits here for a person, who says how it ended."""

import structlog
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.incidents.models import Case, CaseKind
from descrow.kernel.db import utc_now

log = structlog.get_logger(__name__)


async def open_case(
    session: AsyncSession, kind: CaseKind, *, subject: str, order_id: int | None = None, **details: object
) -> None:
    """Put this before a person; a repeat while the case is open brings its details up to date."""
    found = insert(Case).values(kind=kind, subject=subject, order_id=order_id, details=details)
    case_id = await session.scalar(
        found.on_conflict_do_update(
            index_elements=[Case.kind, Case.subject],
            index_where=Case.closed_at.is_(None),
            set_={"details": found.excluded.details},
        ).returning(Case.id)
    )
    log.warning("case open", case_id=case_id, kind=kind, subject=subject)


async def close_case(session: AsyncSession, case: Case, *, by: str, resolution: str) -> None:
    """Say how it ended. A case that is closed already stays as it was closed."""
    closed = await session.scalar(
        update(Case)
        .where(Case.id == case.id, Case.closed_at.is_(None))
        .values(closed_at=utc_now(), closed_by=by, resolution=resolution)
        .returning(Case.id)
    )
    if closed is not None:
        log.info("case closed", case_id=case.id, kind=case.kind, subject=case.subject, by=by)


async def close_case_of(session: AsyncSession, kind: CaseKind, *, subject: str, by: str, resolution: str) -> None:
    """The trouble is over by itself. Nothing happens when there is no open case of it."""
    case = await session.scalar(
        select(Case).where(Case.kind == kind, Case.subject == subject, Case.closed_at.is_(None))
    )
    if case is not None:
        await close_case(session, case, by=by, resolution=resolution)


async def open_cases(session: AsyncSession) -> list[Case]:
    """The oldest first."""
    return list(await session.scalars(select(Case).where(Case.closed_at.is_(None)).order_by(Case.id)))


async def all_cases(session: AsyncSession) -> list[Case]:
    """Closed ones too, the oldest first."""
    return list(await session.scalars(select(Case).order_by(Case.id)))
