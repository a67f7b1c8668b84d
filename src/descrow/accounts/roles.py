"""Define who looks after the shop, and what each may do. Buyers and sellers are such by their orders, not by a role."""

from collections.abc import Iterable
from enum import StrEnum

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.accounts.models import Account, Role, RoleGrant


class Permission(StrEnum):
    SEE_SHOP = "see_shop"
    """How the machinery is, every order, payment and payout: what one needs to answer a question."""
    SEE_DISPUTES = "see_disputes"
    """What the parties of a dispute say and show."""
    REPAIR = "mend"
    """Do by hand what machinery does not do by itself: calls, cases, payments in doubt."""
    GIVE_ROLES = "give_roles"


PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.ADMIN: frozenset(Permission),
    Role.ARBITER: frozenset({Permission.SEE_DISPUTES}),
    Role.SUPPORT: frozenset({Permission.SEE_SHOP, Permission.SEE_DISPUTES}),
}
"""A role decides no dispute: the contract takes that from the one account that it names."""


def permissions_of(roles: Iterable[Role]) -> frozenset[Permission]:
    return frozenset().union(*(PERMISSIONS[role] for role in roles))


async def roles_of(session: AsyncSession, account_id: int) -> tuple[Role, ...]:
    rows = await session.scalars(
        select(RoleGrant.role).where(RoleGrant.account_id == account_id).order_by(RoleGrant.role)
    )
    return tuple(rows)


async def has_permission(session: AsyncSession, account_id: int, permission: Permission) -> bool:
    """By the roles that the account has now, whatever its token says."""
    return permission in permissions_of(await roles_of(session, account_id))


async def role_holders(session: AsyncSession) -> list[tuple[Account, RoleGrant]]:
    """Everybody who looks after the shop, by account and role."""
    rows = await session.execute(
        select(Account, RoleGrant)
        .join(RoleGrant, RoleGrant.account_id == Account.id)
        .order_by(Account.id, RoleGrant.role)
    )
    return [(row[0], row[1]) for row in rows]


async def grant_role(session: AsyncSession, account_id: int, role: Role, *, by: str) -> bool:
    """Return whether the account did not have the role yet. `operations.role_changes` writes the audit entry."""
    granted = await session.scalar(
        insert(RoleGrant)
        .values(account_id=account_id, role=role, given_by=by)
        .on_conflict_do_nothing()
        .returning(RoleGrant.role)
    )
    return granted is not None


async def revoke_role(session: AsyncSession, account_id: int, role: Role) -> bool:
    """Return whether the account had the role. `operations.role_changes` writes the audit entry."""
    revoked = await session.scalar(
        delete(RoleGrant).where(RoleGrant.account_id == account_id, RoleGrant.role == role).returning(RoleGrant.role)
    )
    return revoked is not None
