"""Staying signed in: a refresh token in a cookie, traded for an access token and a new refresh token, once each.

A refresh token that comes back after it was traded in was copied by somebody: the session is over for both. The one
before the present is good for some seconds more, and is answered with the same new one: an answer may be lost on a poor
line, and two tabs may ask at once. To answer so, each token is made from the one before it, with a key that is ours
alone.
"""

import hmac
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from uuid import UUID, uuid4

import structlog
from pydantic import SecretStr
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.accounts.errors import SessionNotFound, SessionOver
from descrow.accounts.models import Account, SessionEnd, SignInSession
from descrow.kernel.db import utc_now

log = structlog.get_logger(__name__)

SESSION_LASTS = timedelta(days=30)
"""Without being used."""
PREVIOUS_IS_GOOD_FOR = timedelta(seconds=20)
_SECRET_BYTES = 32
_LONGEST_DEVICE = 200


@dataclass(frozen=True)
class Refreshed:
    """`token` replaces the one that was given."""

    session: SignInSession
    account: Account
    token: str


async def begin_session(session: AsyncSession, account: Account, *, device: str) -> tuple[SignInSession, str]:
    """A new session, and its first refresh token."""
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    begun = SignInSession(
        id=uuid4(),
        account_id=account.id,
        token_digest=_digest(secret),
        device="".join(filter(str.isprintable, device))[:_LONGEST_DEVICE],
        expires_at=utc_now() + SESSION_LASTS,
    )
    session.add(begun)
    await session.flush()
    return begun, _token(begun, secret)


async def refresh(session: AsyncSession, token: str, *, key: SecretStr) -> Refreshed | SessionEnd:
    """Trade a refresh token in. A copied one ends the session, which is returned and not raised: it must be committed.

    Raises SessionOver for a token of no session, or of one that is over.
    """
    session_id, secret = _parts(token)
    known = await session.get(SignInSession, session_id, with_for_update=True)
    if known is None or known.ended_at is not None or known.expires_at <= utc_now():
        raise SessionOver
    account = await session.get_one(Account, known.account_id)
    digest = _digest(secret)
    if hmac.compare_digest(digest, known.token_digest):
        following = _following(secret, known.id, key)
        known.previous_digest, known.token_digest = known.token_digest, _digest(following)
        known.rotated_at, known.expires_at = utc_now(), utc_now() + SESSION_LASTS
        return Refreshed(known, account, _token(known, following))
    is_previous = known.previous_digest is not None and hmac.compare_digest(digest, known.previous_digest)
    if is_previous and utc_now() - known.rotated_at < PREVIOUS_IS_GOOD_FOR:
        return Refreshed(known, account, _token(known, _following(secret, known.id, key)))
    known.ended_at, known.ended_because = utc_now(), SessionEnd.TOKEN_REUSED
    log.warning("refresh token reused", account_id=account.id, session_id=str(known.id))
    return SessionEnd.TOKEN_REUSED


async def sign_out(session: AsyncSession, token: str) -> None:
    """End the token's session. Nothing happens for a token of none, or one that was traded in long ago."""
    try:
        session_id, secret = _parts(token)
    except SessionOver:
        return
    known = await session.get(SignInSession, session_id, with_for_update=True)
    if known is not None and known.ended_at is None and _digest(secret) in (known.token_digest, known.previous_digest):
        known.ended_at, known.ended_because = utc_now(), SessionEnd.SIGNED_OUT


async def open_sessions(session: AsyncSession, account_id: int) -> list[SignInSession]:
    """Return where the account is signed in, the place used last first."""
    rows = await session.scalars(
        select(SignInSession)
        .where(
            SignInSession.account_id == account_id,
            SignInSession.ended_at.is_(None),
            SignInSession.expires_at > utc_now(),
        )
        .order_by(SignInSession.rotated_at.desc())
    )
    return list(rows)


async def end_session(session: AsyncSession, account_id: int, session_id: UUID) -> None:
    """End one of the account's own sessions. Raises SessionNotFound, for somebody else's too."""
    ended = await session.scalar(
        update(SignInSession)
        .where(
            SignInSession.id == session_id,
            SignInSession.account_id == account_id,
            SignInSession.ended_at.is_(None),
        )
        .values(ended_at=utc_now(), ended_because=SessionEnd.ENDED_BY_USER)
        .returning(SignInSession.id)
    )
    if ended is None:
        raise SessionNotFound


def _following(secret: str, session_id: UUID, key: SecretStr) -> str:
    """The secret that this one is traded for."""
    made = hmac.new(key.get_secret_value().encode(), f"{session_id}.{secret}".encode(), sha256).digest()
    return urlsafe_b64encode(made).decode().rstrip("=")


def _token(session: SignInSession, secret: str) -> str:
    return f"{session.id}.{secret}"


def _parts(token: str) -> tuple[UUID, str]:
    """Session and secret. Raises SessionOver for what is no token."""
    name, _, secret = token.partition(".")
    try:
        return UUID(name), secret
    except ValueError as error:
        raise SessionOver from error


def _digest(secret: str) -> bytes:
    return sha256(secret.encode()).digest()
