"""A real Valkey, a certificate like M-Pesa's, and a Daraja that does on the wire what a test tells it to."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from pydantic import SecretStr
from valkey.asyncio import Valkey

from descrow.app.devstack.stack import parts_for_tests
from descrow.app.devstack.valkey import NAME as VALKEY
from descrow.mpesa.client import Daraja
from descrow.mpesa.settings import MpesaSettings
from tests.mpesa.wire_server import WireServer


@pytest.fixture(scope="session")
async def valkey_url(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    async with parts_for_tests(Path(tmp_path_factory.mktemp("mpesa")), parts=frozenset({VALKEY})) as parts:
        yield parts.valkey_url


@pytest.fixture
async def valkey(valkey_url: str) -> AsyncIterator[Valkey]:
    async with Valkey.from_url(valkey_url) as client:
        yield client


@pytest.fixture(scope="session")
def initiators_key() -> rsa.RSAPrivateKey:
    """The part of the key that only M-Pesa has."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture(scope="session")
def certificate(initiators_key: rsa.RSAPrivateKey, tmp_path_factory: pytest.TempPathFactory) -> Path:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "M-Pesa of the tests")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(initiators_key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(initiators_key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("certificate") / "sandbox.cer"
    path.write_bytes(signed.public_bytes(Encoding.PEM))
    return path


@pytest.fixture
async def wire() -> AsyncIterator[WireServer]:
    async with WireServer() as server:
        yield server


@pytest.fixture
def mpesa_settings(wire: WireServer, certificate: Path) -> MpesaSettings:
    """A shop's own settings, of an app that no other test uses."""
    return MpesaSettings(
        environment=wire.url,
        consumer_key=SecretStr(f"key-{uuid4().hex}"),
        consumer_secret=SecretStr("consumer-secret"),
        shortcode="174379",
        passkey=SecretStr("passkey-of-the-shop"),
        payout_shortcode="600992",
        initiator="testapi",
        initiator_password=SecretStr("initiators-password"),
        certificate=certificate,
        callback_base_url="http://127.0.0.1:8080/callbacks",
        callback_secret=SecretStr("a secret for callback addresses, 32"),
        kes_cents_per_dot=52_000,
        requests_per_minute=60_000,
        burst=1_000,
    )


@pytest.fixture
async def daraja(mpesa_settings: MpesaSettings, valkey: Valkey) -> AsyncIterator[Daraja]:
    client = Daraja.open(mpesa_settings, valkey)
    yield client
    await client.close()
