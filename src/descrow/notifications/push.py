"""Web push: encrypted for the browser (RFC 8291), signed with the marketplace's key (RFC 8292).

Written here, and not taken from a library, since a push service's address comes from the user, and must be called with
the same caution as a webhook's.
"""

import base64
import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from descrow.notifications.outbound import Outbound
from descrow.notifications.outcomes import DeliveryUnknown, NotTaken, Outcome, Taken

CURVE = ec.SECP256R1()
RECORD_BYTES = 4096
"""Of one record (RFC 8188), the only one: push services take no more."""
KEPT_FOR_S = 24 * 60 * 60
"""By the push service, for a browser that is away."""
TOKEN_LASTS = timedelta(hours=12)


@dataclass(frozen=True)
class Gone:
    """The push service says that the browser does not listen there any more."""


class VapidKey:
    """Describe whose messages these are, for the push service: a private key of P-256."""

    def __init__(self, private_key: str) -> None:
        """From 32 bytes in base64url. Raises ValueError."""
        secret = from_base64url(private_key)
        if len(secret) != 32:
            raise ValueError("a VAPID key is 32 bytes in base64url")
        self._key = ec.derive_private_key(int.from_bytes(secret, "big"), CURVE)

    @property
    def public(self) -> str:
        """Return what the browser is told when it subscribes."""
        return to_base64url(_point(self._key.public_key()))

    def authorization(self, endpoint: str, contact: str, now: datetime) -> str:
        """`contact` is a mailto: or https: address of the operator's, for the push service's people."""
        parts = urlsplit(endpoint)
        claims = {"aud": f"{parts.scheme}://{parts.netloc}", "exp": now + TOKEN_LASTS, "sub": contact}
        return f"vapid t={jwt.encode(claims, self._key, algorithm='ES256')}, k={self.public}"


class Pusher:
    def __init__(self, outbound: Outbound, key: VapidKey, contact: str) -> None:
        self._outbound = outbound
        self._contact = contact
        self.key = key

    async def send(
        self, endpoint: str, *, public_key: bytes, auth_secret: bytes, content: bytes, topic: str, now: datetime
    ) -> Outcome | Gone:
        """A second message with the same `topic` takes the place of the first, where that still waits."""
        headers = {
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(KEPT_FOR_S),
            "Topic": topic,
            "Authorization": self.key.authorization(endpoint, self._contact, now),
        }
        answer = await self._outbound.post(
            endpoint, encrypt(content, public_key=public_key, auth_secret=auth_secret), headers
        )
        if isinstance(answer, NotTaken | DeliveryUnknown):
            return answer
        if 200 <= answer.status < 300:
            return Taken()
        if answer.status in (404, 410):
            return Gone()
        if answer.status in (429, 500, 502, 503, 504):
            return NotTaken(f"HTTP {answer.status}")
        return NotTaken(f"HTTP {answer.status}", for_good=True)


def encrypt(content: bytes, *, public_key: bytes, auth_secret: bytes) -> bytes:
    """The message as only this browser can read it. Raises ValueError for a key that is no point of the curve."""
    browser = ec.EllipticCurvePublicKey.from_encoded_point(CURVE, public_key)
    once, salt = ec.generate_private_key(CURVE), os.urandom(16)
    point = _point(once.public_key())

    shared = once.exchange(ec.ECDH(), browser)
    secret = _derive(shared, auth_secret, b"WebPush: info\x00" + public_key + point, 32)
    key = _derive(secret, salt, b"Content-Encoding: aes128gcm\x00", 16)
    nonce = _derive(secret, salt, b"Content-Encoding: nonce\x00", 12)
    header = salt + RECORD_BYTES.to_bytes(4, "big") + bytes([len(point)]) + point
    return header + AESGCM(key).encrypt(nonce, content + b"\x02", None)  # 2: the last record


def is_browser_key(public_key: bytes) -> bool:
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(CURVE, public_key)
    except ValueError:
        return False
    return len(public_key) == 65


def to_base64url(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def from_base64url(text: str) -> bytes:
    """Raises ValueError."""
    return base64.b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4), altchars=b"-_", validate=True)


def _derive(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length, salt, info).derive(secret)


def _point(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
