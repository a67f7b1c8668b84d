"""Define what operators and repairing machinery did: rows that nobody changes or deletes."""

import getpass

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.incidents.models import AuditEntry

log = structlog.get_logger(__name__)


async def note(
    session: AsyncSession, *, actor: str, action: str, subject: str, reason: str | None = None, **details: object
) -> None:
    """Write down an act, in the transaction that does it. `details` hold what JSON can."""
    session.add(AuditEntry(actor=actor, action=action, subject=subject, reason=reason, details=details))
    log.warning("audit", actor=actor, action=action, subject=subject, reason=reason)


def person_here() -> str:
    """Return who is at the command line, as the operating system knows them."""
    return getpass.getuser()
