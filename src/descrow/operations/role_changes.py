"""Give and take roles, with an entry in the audit log for each change."""

from sqlalchemy.ext.asyncio import AsyncSession

from descrow.accounts import roles
from descrow.accounts.models import Account, Role
from descrow.incidents import audit


async def give_role(session: AsyncSession, account: Account, role: Role, *, by: str, reason: str | None = None) -> None:
    """Give the account a role. A repeat changes nothing.

    What staff may do counts at once; what an access token says, from the next one on.
    """
    if await roles.grant_role(session, account.id, role, by=by):
        await audit.note(session, actor=by, action="give role", subject=_named(account), reason=reason, role=role)


async def take_role(session: AsyncSession, account: Account, role: Role, *, by: str, reason: str | None = None) -> None:
    """Take a role from the account, at once. A repeat changes nothing."""
    if await roles.revoke_role(session, account.id, role):
        await audit.note(session, actor=by, action="take role", subject=_named(account), reason=reason, role=role)


def _named(account: Account) -> str:
    return f"account {account.id}"
