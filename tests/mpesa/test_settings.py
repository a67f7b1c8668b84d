"""Check what an operator sets: complete or not at all, and wrong values are found at the start."""

import base64
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding
from pydantic import ValidationError

from descrow.mpesa.credentials import SecurityCredential, stk_password, timestamp
from descrow.mpesa.errors import CallbackUrlNotValid, CertificateNotValid
from descrow.mpesa.settings import MpesaSettings, mpesa_settings
from descrow.mpesa.urls import FORBIDDEN_WORDS, callback_url

SET = {
    "ENVIRONMENT": "sandbox",
    "CONSUMER_KEY": "key",
    "CONSUMER_SECRET": "secret",
    "SHORTCODE": "174379",
    "PASSKEY": "passkey",
    "INITIATOR": "testapi",
    "INITIATOR_PASSWORD": "password",
    "CERTIFICATE": "sandbox.cer",
    "CALLBACK_BASE_URL": "https://shop.example.com/callbacks",
    "CALLBACK_SECRET": "thirty-two characters at the least",
    "KES_CENTS_PER_DOT": "52000",
}


def read(monkeypatch: pytest.MonkeyPatch, **changed: str | None) -> MpesaSettings | None:
    for name, value in {**SET, **changed}.items():
        if value is not None:
            monkeypatch.setenv(f"DESCROW_MPESA_{name}", value)
    return mpesa_settings()


def test_none_of_it_set_is_a_marketplace_without_m_pesa() -> None:
    assert mpesa_settings() is None


@pytest.mark.parametrize("name", [name for name in SET if name != "KES_CENTS_PER_DOT"])
def test_a_part_of_it_set_names_what_is_missing(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        read(monkeypatch, **{name: None})

    assert name.lower() in str(refusal.value)


@pytest.mark.parametrize("changed", [{"KES_CENTS_PER_DOT": None}, {"RATE_URL": "https://rates.example.com/"}])
def test_a_shop_has_one_rate_and_not_two(monkeypatch: pytest.MonkeyPatch, changed: dict[str, str | None]) -> None:
    with pytest.raises(ValidationError, match="rate"):
        read(monkeypatch, **changed)


@pytest.mark.parametrize(
    ("environment", "base_url"),
    [
        ("sandbox", "https://sandbox.safaricom.co.ke"),
        ("production", "https://api.safaricom.co.ke"),
        ("http://127.0.0.1:9000", "http://127.0.0.1:9000"),
    ],
)
def test_environments_go_by_name_or_by_address(
    monkeypatch: pytest.MonkeyPatch, environment: str, base_url: str
) -> None:
    settings = read(monkeypatch, ENVIRONMENT=environment)

    assert settings is not None
    assert settings.base_url == base_url
    assert settings.is_production is (environment == "production")


def test_secrets_lose_the_line_break_they_were_copied_with_and_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = read(monkeypatch, PASSKEY=" bfb279f9aa9b\n", CONSUMER_SECRET="very-secret\r\n")

    assert settings is not None
    assert settings.passkey.get_secret_value() == "bfb279f9aa9b"
    assert settings.consumer_secret.get_secret_value() == "very-secret"
    assert "bfb279f9aa9b" not in repr(settings)


def test_payouts_come_from_the_shortcode_unless_another_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = read(monkeypatch), read(monkeypatch, PAYOUT_SHORTCODE="600992")

    assert one is not None
    assert two is not None
    assert (one.paying_shortcode, two.paying_shortcode) == ("174379", "600992")


@pytest.mark.parametrize(
    "changed",
    [
        {"ENVIRONMENT": "prod"},
        {"ENVIRONMENT": "ftp://127.0.0.1"},
        {"SHORTCODE": "1743"},
        {"SHORTCODE": "paybill"},
        {"PASSKEY": "  "},
        {"CALLBACK_BASE_URL": "https://Shop.example.com"},
        {"CALLBACK_BASE_URL": "https://shop.example.com/mpesa"},
        {"ENVIRONMENT": "production", "CALLBACK_BASE_URL": "http://shop.example.com"},
        {"REQUESTS_PER_MINUTE": "0"},
    ],
    ids=str,
)
def test_what_cannot_be_is_found_at_the_start(monkeypatch: pytest.MonkeyPatch, changed: dict[str, str]) -> None:
    with pytest.raises(ValidationError) as refusal:
        read(monkeypatch, **changed)

    assert "input_value" not in str(refusal.value)  # it would show secrets, too


def test_a_callback_url_is_the_base_with_our_segments() -> None:
    url = callback_url("https://shop.example.com:8443/callbacks/", "stk", "a1b2", production=True)

    assert url == "https://shop.example.com:8443/callbacks/stk/a1b2"


@pytest.mark.parametrize("word", [*FORBIDDEN_WORDS, "M-PESA", "Safaricom", "exec", "SQL"])
def test_words_that_daraja_refuses_are_refused_anywhere(word: str) -> None:
    with pytest.raises(CallbackUrlNotValid, match="word"):
        callback_url("https://shop.example.com", f"a{word}b", production=False)


@pytest.mark.parametrize(
    "url",
    [
        "https://Shop.example.com",
        "https://<host>/callback",
        "https://shop.example.com/(a)",
        "https://shop.example.com/[a]",
        "https://[2001:db8::1]/a",
        "https://shop.example.com/a?order=1",
        "https://shop.example.com/a#b",
        "https://user:password@shop.example.com/a",
        "https://shop.example.com//a",
        "https://shop.example.com/a b",
        "https://shop.example.com/caf\u00e9",
        "https://shop.example.com/a\n",
        "ftp://shop.example.com/a",
        "shop.example.com/a",
        "https:///a",
        "",
    ],
)
def test_an_address_that_daraja_would_refuse_is_refused_in_every_environment(url: str) -> None:
    with pytest.raises(CallbackUrlNotValid):
        callback_url(url, production=False)


@pytest.mark.parametrize(
    "url",
    [
        "http://shop.example.com",
        "https://localhost",
        "https://127.0.0.1",
        "https://10.0.0.7",
        "https://192.168.1.2:8443",
        "https://shop.local",
        "https://a1b2.ngrok.io",
        "https://a1b2.ngrok-free.app",
    ],
)
def test_an_address_that_production_cannot_reach_is_refused_there_only(url: str) -> None:
    assert callback_url(url, "a", production=False) == f"{url}/a"
    with pytest.raises(CallbackUrlNotValid, match="production"):
        callback_url(url, "a", production=True)


def test_the_password_of_a_prompt_is_made_of_the_timestamp_beside_it() -> None:
    password = stk_password(shortcode="174379", passkey="passkey", timestamp="20160216165627")

    assert base64.b64decode(password) == b"174379passkey20160216165627"


def test_the_moment_sent_is_nairobis() -> None:
    assert timestamp(datetime(2026, 12, 31, 21, 0, 5, tzinfo=UTC)) == "20270101000005"


def test_the_initiators_password_is_for_m_pesa_alone_and_never_looks_the_same(
    certificate: Path, initiators_key: RSAPrivateKey
) -> None:
    credential = SecurityCredential(certificate, "Safaricom123!")

    one, two = credential.encrypted(), credential.encrypted()

    assert one != two
    for encrypted in (one, two):
        assert initiators_key.decrypt(base64.b64decode(encrypted), PKCS1v15()) == b"Safaricom123!"


def test_a_certificate_may_come_in_either_form(
    certificate: Path, initiators_key: RSAPrivateKey, tmp_path: Path
) -> None:
    der = tmp_path / "sandbox.cer"
    der.write_bytes(x509.load_pem_x509_certificate(certificate.read_bytes()).public_bytes(Encoding.DER))

    encrypted = SecurityCredential(der, "password").encrypted()

    assert initiators_key.decrypt(base64.b64decode(encrypted), PKCS1v15()) == b"password"


@pytest.mark.parametrize("content", [None, b"", b"-----BEGIN CERTIFICATE-----\nnonsense\n", b"\x30\x82nonsense"])
def test_a_file_that_is_no_certificate_is_found_at_the_start(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "some.cer"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(CertificateNotValid, match=r"some\.cer"):
        SecurityCredential(path, "password")


def test_a_password_that_the_key_cannot_hold_is_found_at_the_start(certificate: Path) -> None:
    SecurityCredential(certificate, "x" * 245)
    with pytest.raises(CertificateNotValid, match="too short"):
        SecurityCredential(certificate, "x" * 246)
