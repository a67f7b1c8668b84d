"""Define the admin API's requests, and its answers besides the lines of `operations.rows`."""

from datetime import datetime
from typing import Annotated

import msgspec

from descrow.accounts.models import Account, Role, RoleGrant

Why = Annotated[str, msgspec.Meta(min_length=1, max_length=500, description="It is noted.")]


class ReasonRequest(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    reason: Why


class CloseCaseRequest(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    resolution: Why


class PauseRequest(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """While the contract is paused it takes no new order and no new money; every way out stays open."""

    paused: bool


class GiveRoleRequest(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    address: Annotated[str, msgspec.Meta(max_length=64)]
    role: Role


class RoleView(msgspec.Struct, rename="camel"):
    address: str
    role: Role
    given_by: str
    given_at: datetime

    @classmethod
    def of(cls, account: Account, grant: RoleGrant) -> "RoleView":
        return cls(account.address, grant.role, grant.given_by, grant.given_at)


class AuditLine(msgspec.Struct, rename="camel"):
    at: datetime
    actor: str
    action: str
    subject: str
    reason: str | None
    details: dict[str, object]


class FoundView(msgspec.Struct, rename="camel"):
    """One thing that differs from the contract, and could not be mended by rule."""

    drift: str
    subject: str
    here: str | None
    there: str | None


class ReconciledView(msgspec.Struct, rename="camel"):
    block_number: int
    orders_compared: int
    orders_repaired: int
    left: list[FoundView]
