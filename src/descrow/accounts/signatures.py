"""Does this signature prove that the caller holds the account's key? For all three kinds of key in Substrate."""

from hashlib import blake2b

import coincurve
import sr25519
from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

NEUTRAL_KEY = bytes(32)
"""The group's neutral element. As an sr25519 key it fits signatures that anybody can make, so it signs nothing here."""


def is_signed_by(account_id: bytes, message: bytes, signature: bytes) -> bool:
    """Return whether the key of `account_id` signed `message`, as it is or wrapped in `<Bytes>` as wallets do.

    64 bytes are tried as sr25519 and as ed25519, 65 as ecdsa; a leading byte naming the kind (a SCALE MultiSignature)
    is taken off. Never raises: what cannot be a signature is none.
    """
    return any(_verifies(account_id, form, signature) for form in (b"<Bytes>" + message + b"</Bytes>", message))


def _verifies(account_id: bytes, message: bytes, signature: bytes) -> bool:
    match len(signature), signature[:1]:
        case 64, _:
            return _is_sr25519(account_id, message, signature) or _is_ed25519(account_id, message, signature)
        case 65, b"\x00" if _is_ed25519(account_id, message, signature[1:]):
            return True
        case 65, b"\x01" if _is_sr25519(account_id, message, signature[1:]):
            return True
        case 65, _:
            return _is_ecdsa(account_id, message, signature)
        case 66, b"\x02":
            return _is_ecdsa(account_id, message, signature[1:])
    return False


def _is_sr25519(public_key: bytes, message: bytes, signature: bytes) -> bool:
    if public_key == NEUTRAL_KEY:
        return False
    try:
        return bool(sr25519.verify(signature, message, public_key))
    except ValueError:  # raised, not answered, for bytes that cannot be a signature or a key (facts: chain, §3)
        return False


def _is_ed25519(public_key: bytes, message: bytes, signature: bytes) -> bool:
    try:
        VerifyKey(public_key).verify(message, signature)
    except (BadSignatureError, ValueError):
        return False
    return True


def _is_ecdsa(account_id: bytes, message: bytes, signature: bytes) -> bool:
    """An ecdsa account is the BLAKE2b-256 hash of the compressed public key, which the signature gives back."""
    digest = blake2b(message, digest_size=32).digest()
    try:
        public_key = coincurve.PublicKey.from_signature_and_message(signature, digest, hasher=None)
    except ValueError:
        return False
    return blake2b(public_key.format(compressed=True), digest_size=32).digest() == account_id
