"""Keys that come from one of the shop's secrets, each for one purpose only."""

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import SecretStr

KEY_BYTES = 32


def derived_key(secret: SecretStr, *, purpose: bytes) -> bytes:
    """Always the same for the same secret and purpose; it tells nothing of the secret, nor of the other keys."""
    derivation = HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=b"descrow disputes: " + purpose)
    return derivation.derive(secret.get_secret_value().encode())
