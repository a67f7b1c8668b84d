"""Define who the merchant is: access tokens, the push's password, the initiator's encrypted password."""

import base64
import binascii
import hmac
from datetime import UTC, datetime, timedelta
from functools import lru_cache

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

from descrow.app.devstack.daraja import ids
from descrow.app.devstack.daraja.clock import MS, now_ms
from descrow.app.devstack.daraja.errors import (
    Api,
    InvalidAccessToken,
    MerchantUnknown,
    MissingAuthorization,
    NotBasicAuthorization,
    WrongSecurityCredential,
)
from descrow.app.devstack.daraja.settings import SimulatorSettings
from descrow.app.devstack.daraja.store import Store

TOKEN = "access_token"  # noqa: S105, its name in the store
PRIVATE_KEY, CERTIFICATE = "private_key", "certificate"
KEY_BITS = 2048
CERTIFICATE_DAYS = 3650
REMEMBERED_CREDENTIALS = 64  # merchants send the same one again and again, and each costs a millisecond


class Token(msgspec.Struct, frozen=True):
    """The one token that is valid: a new one takes the place of the one before."""

    value: str
    expires_at_ms: int


class Credentials:
    """Describe what is checked of a merchant."""

    def __init__(self, store: Store, settings: SimulatorSettings) -> None:
        self._store = store
        self._settings = settings
        self._token: Token | None = None
        self._private_key, self.certificate_pem = _key_pair(store)
        self._decrypted = lru_cache(REMEMBERED_CREDENTIALS)(self._decrypt)
        self.load()

    def load(self) -> None:
        """Take up what the store remembers."""
        stored = self._store.chosen(TOKEN)
        self._token = msgspec.json.decode(stored, type=Token | None) if stored else None

    def issue_token(self, authorization: str | None) -> str | None:
        """A new token, which ends the one before; None for a wrong key or secret."""
        scheme, _, encoded = (authorization or "").partition(" ")
        if scheme.lower() != "basic":
            raise NotBasicAuthorization
        expected = f"{self._settings.consumer_key}:{self._settings.consumer_secret}"
        if not hmac.compare_digest(_decoded(encoded), expected.encode()):
            return None
        token = Token(ids.access_token(), now_ms() + self._settings.token_lifetime_s * MS)
        self._remember(token)
        return token.value

    def check_token(self, authorization: str | None, api: Api) -> None:
        scheme, _, presented = (authorization or "").partition(" ")
        if scheme.lower() != "bearer":
            raise MissingAuthorization
        valid = self._token
        if valid is None or valid.expires_at_ms <= now_ms():
            raise InvalidAccessToken(api)
        if not hmac.compare_digest(valid.value.encode(), presented.strip().encode()):
            raise InvalidAccessToken(api)

    def kill_token(self) -> None:
        self._remember(None)

    def check_password(self, *, shortcode: str, password: str, timestamp: str) -> None:
        """The password of a push or query: base64 of shortcode, passkey and the very timestamp in the body."""
        if shortcode != self._settings.shortcode:
            raise MerchantUnknown
        expected = f"{shortcode}{self._settings.passkey}{timestamp}"
        if not hmac.compare_digest(_decoded(password), expected.encode()):
            raise WrongSecurityCredential

    def is_initiator(self, name: str, security_credential: str) -> bool:
        """Return whether the credential is the initiator's password, encrypted with our certificate."""
        if name != self._settings.initiator:
            return False
        return hmac.compare_digest(self._decrypted(security_credential), self._settings.initiator_password.encode())

    def _decrypt(self, security_credential: str) -> bytes:
        try:
            return self._private_key.decrypt(_decoded(security_credential), padding.PKCS1v15())
        except ValueError:  # not encrypted for us
            return b""

    def _remember(self, token: Token | None) -> None:
        self._store.choose(TOKEN, msgspec.json.encode(token).decode())
        self._token = token


def _decoded(encoded: str) -> bytes:
    try:
        return base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _key_pair(store: Store) -> tuple[rsa.RSAPrivateKey, str]:
    """The store's key with its certificate as PEM; made once, and kept through every reset."""
    with store.change():
        identity = {row["name"]: row["value"] for row in store.rows("SELECT name, value FROM identity")}
        if not identity:
            identity = _make_key_pair()
            for name, value in identity.items():
                store.run("INSERT INTO identity VALUES (?, ?)", name, value)
    key = serialization.load_pem_private_key(identity[PRIVATE_KEY].encode(), password=None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise TypeError("the stored key is not an RSA key")
    return key, identity[CERTIFICATE]


def _make_key_pair() -> dict[str, str]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Daraja simulator: for play money only")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=CERTIFICATE_DAYS))
        .sign(key, hashes.SHA256())
    )
    private_pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return {
        PRIVATE_KEY: private_pem.decode(),
        CERTIFICATE: certificate.public_bytes(serialization.Encoding.PEM).decode(),
    }
