"""Shapes of signing in, as they travel."""

from datetime import datetime
from uuid import UUID

import msgspec

from descrow.accounts.models import Role
from descrow.accounts.roles import Permission


class ChallengeRequest(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    address: str


class Challenge(msgspec.Struct, rename="camel"):
    """`message` is to be signed as it is; wallets wrap it in `<Bytes>` by themselves."""

    nonce: str
    message: str
    expires_at: datetime


class SignInRequest(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """`signature` is 0x and hex digits."""

    nonce: str
    signature: str


class AccountView(msgspec.Struct, rename="camel"):
    """`roles` are of those who look after the shop; `permissions` follow from them."""

    id: int
    address: str
    evm_address: str
    roles: list[Role]
    permissions: list[Permission]


class SessionView(msgspec.Struct, rename="camel"):
    """`device` is what the browser says of itself; believe it no more than that."""

    id: UUID
    device: str
    is_this_one: bool
    created_at: datetime
    last_used_at: datetime


class SignedIn(msgspec.Struct, rename="camel"):
    access_token: str
    expires_at: datetime
    account: AccountView
