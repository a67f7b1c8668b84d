"""People, known by the account their wallet signs with, and where they are signed in."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from descrow.kernel.db import Base, utc_now


class Account(Base):
    """One row per 32-byte Substrate account that ever signed in."""

    __tablename__ = "accounts"
    __table_args__ = (CheckConstraint("octet_length(public_key) = 32", name="public_key_is_32_bytes"),)

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    public_key: Mapped[bytes] = mapped_column(unique=True)
    address: Mapped[str] = mapped_column(unique=True)
    """SS58 with our prefix; whatever prefix the wallet shows, this is the same account."""
    evm_address: Mapped[str] = mapped_column(unique=True)
    """What the contract calls this account: 0x and 40 lower-case digits."""
    mpesa_phone: Mapped[str | None]
    """Where M-Pesa pays this account as a seller: 254 and nine digits. Once said it may be changed, not taken back."""
    last_feed_number: Mapped[int] = mapped_column(default=0)
    """Number of the newest entry in this account's feed; raised under the row's lock, so the feed has no gaps."""
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class Role(StrEnum):
    """A part that somebody plays in looking after the shop; `accounts.roles` says what each may do."""

    ADMIN = "admin"
    ARBITER = "arbiter"
    SUPPORT = "support"


class RoleGrant(Base):
    """That an account has a role, and who said so."""

    __tablename__ = "role_grants"

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    role: Mapped[Role] = mapped_column(primary_key=True)
    given_by: Mapped[str]
    given_at: Mapped[datetime] = mapped_column(default=utc_now)


class SessionEnd(StrEnum):
    """Why a session is over before its time."""

    SIGNED_OUT = "signed_out"
    ENDED_BY_USER = "ended_by_user"
    """From another session of the same account."""
    TOKEN_REUSED = "token_reused"  # noqa: S105 a word, not a token
    """A refresh token came back that had been traded in: somebody else has, or had, a copy of it."""


class SignInSession(Base):
    """One place where an account is signed in: a browser that trades its refresh token in again and again."""

    __tablename__ = "sign_in_sessions"
    __table_args__ = (Index("ix_sign_in_sessions_open", "account_id", postgresql_where=text("ended_at IS NULL")),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    token_digest: Mapped[bytes]
    """SHA-256 of the refresh token's secret, the only one that is good now."""
    previous_digest: Mapped[bytes | None]
    """Of the one before: good for a few seconds more, since an answer may be lost, and two tabs may ask at once."""
    rotated_at: Mapped[datetime] = mapped_column(default=utc_now)
    device: Mapped[str]
    """What the browser says of itself, for the user to know it again."""
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    expires_at: Mapped[datetime]
    """A session that nobody uses ends then; each trade moves it."""
    ended_at: Mapped[datetime | None]
    ended_because: Mapped[SessionEnd | None]
