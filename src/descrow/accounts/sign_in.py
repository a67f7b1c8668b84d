"""Sign in with a wallet: a message to sign, and a session for who signed it."""

import secrets
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import msgspec
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from valkey.asyncio import Valkey

from descrow.accounts.addresses import canonical_address, public_key_at
from descrow.accounts.errors import ChallengeNotKnown, SignatureNotValid
from descrow.accounts.models import Account
from descrow.accounts.schemas import Challenge
from descrow.accounts.signatures import is_signed_by
from descrow.chain.keys import account_id_of, address_of, evm_address_of

CHALLENGE_LIFE = timedelta(minutes=5)


class _StoredChallenge(msgspec.Struct):
    address: str
    message: str


async def start_sign_in(valkey: Valkey, address: str, *, public_url: str, now: datetime) -> Challenge:
    """A message for the holder of `address` to sign, good once and for five minutes. Raises AddressNotValid."""
    canonical = canonical_address(address)
    nonce = secrets.token_urlsafe(16)
    expires_at = now + CHALLENGE_LIFE
    message = " ".join(  # one line: a wallet shows it as a text
        [
            f"{urlsplit(public_url).netloc} wants you to sign in with your Polkadot account {canonical}.",
            "Signing this costs nothing and moves no money.",
            f"URI: {public_url}",
            "Version: 1",
            f"Nonce: {nonce}",
            f"Issued At: {now.isoformat(timespec='seconds')}",
            f"Expiration Time: {expires_at.isoformat(timespec='seconds')}",
        ]
    )
    await valkey.set(
        _challenge_key(nonce), msgspec.json.encode(_StoredChallenge(canonical, message)), ex=CHALLENGE_LIFE
    )
    return Challenge(nonce=nonce, message=message, expires_at=expires_at)


async def finish_sign_in(session: AsyncSession, valkey: Valkey, *, nonce: str, signature: str) -> Account:
    """The account that signed the challenge; made on its first sign-in. A challenge is answered once.

    Raises ChallengeNotKnown or SignatureNotValid. When the database is away the challenge stays good.
    """
    stored = await valkey.get(_challenge_key(nonce))
    if stored is None:
        raise ChallengeNotKnown
    challenge = msgspec.json.decode(stored, type=_StoredChallenge)
    account_id = account_id_of(challenge.address)
    try:
        signature_bytes = bytes.fromhex(signature.removeprefix("0x"))
    except ValueError:
        signature_bytes = b""  # not even hex digits: as wrong as any
    if not is_signed_by(account_id, challenge.message.encode(), signature_bytes):
        await valkey.delete(_challenge_key(nonce))
        raise SignatureNotValid

    account = await find_or_create_account(session, account_id)
    if not await valkey.delete(_challenge_key(nonce)):  # of two at once, one was first
        raise ChallengeNotKnown
    return account


async def find_or_create_account(session: AsyncSession, account_id: bytes) -> Account:
    """The row of this 32-byte account. A repeat changes nothing."""
    await session.execute(
        insert(Account)
        .values(public_key=account_id, address=address_of(account_id), evm_address=evm_address_of(account_id))
        .on_conflict_do_nothing()
    )
    return (await session.scalars(select(Account).where(Account.public_key == account_id))).one()


async def account_of_address(session: AsyncSession, address: str) -> Account:
    """The row of this SS58 address, made where nobody ever signed in with it. Raises AddressNotValid."""
    return await find_or_create_account(session, public_key_at(address))


async def lock_account(session: AsyncSession, account_id: int) -> None:
    """Hold the account's row as `tell` does: nothing is told to the account until the session's transaction ends."""
    await session.execute(select(Account.id).where(Account.id == account_id).with_for_update(key_share=True))


def _challenge_key(nonce: str) -> str:
    return f"challenge:{nonce}"
