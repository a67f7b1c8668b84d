"""Define what Daraja wants to see besides the token: the password of a prompt, and the initiator's encrypted one."""

from base64 import b64encode
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from descrow.mpesa.errors import CertificateNotValid
from descrow.mpesa.reading import NAIROBI

_PKCS1_OVERHEAD_BYTES = 11


def basic_authorization(consumer_key: str, consumer_secret: str) -> str:
    """The header with which a token is asked for."""
    return "Basic " + b64encode(f"{consumer_key}:{consumer_secret}".encode()).decode()


def timestamp(now: datetime) -> str:
    """The moment as Daraja writes it: 14 digits, Nairobi time."""
    return now.astimezone(NAIROBI).strftime("%Y%m%d%H%M%S")


def stk_password(*, shortcode: str, passkey: str, timestamp: str) -> str:
    """`timestamp` must be the very one sent beside it."""
    return b64encode(f"{shortcode}{passkey}{timestamp}".encode()).decode()


class SecurityCredential:
    """The initiator's password, readable by M-Pesa alone. Sandbox and production have different certificates."""

    def __init__(self, certificate: Path, password: str) -> None:
        """Raises CertificateNotValid, so that a wrong file is found at the start and not at the first payout."""
        self._key = _public_key(certificate)
        self._password = password.encode()
        if len(self._password) > self._key.key_size // 8 - _PKCS1_OVERHEAD_BYTES:
            raise CertificateNotValid(str(certificate), "its key is too short for the initiator's password")

    def encrypted(self) -> str:
        """PKCS#1 v1.5 and base 64, different each time. The bare password goes in, nothing before or behind it."""
        return b64encode(self._key.encrypt(self._password, PKCS1v15())).decode()


def _public_key(path: Path) -> RSAPublicKey:
    try:
        content = path.read_bytes()
        is_pem = content.lstrip().startswith(b"-----BEGIN")
        certificate = x509.load_pem_x509_certificate(content) if is_pem else x509.load_der_x509_certificate(content)
        key = certificate.public_key()
    except (OSError, ValueError) as error:
        raise CertificateNotValid(str(path), str(error)) from error
    if not isinstance(key, RSAPublicKey):
        raise CertificateNotValid(str(path), "its key is not RSA")
    return key
