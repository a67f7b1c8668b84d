"""Check whose signature it is, for every kind of key, and for bytes that are nobody's."""

import pytest
import sr25519
from hypothesis import given
from hypothesis import strategies as st

from descrow.accounts.signatures import NEUTRAL_KEY, is_signed_by
from tests.accounts.wallets import Wallet, an_ecdsa_wallet, an_ed25519_wallet, an_sr25519_wallet

WALLETS = {"sr25519": an_sr25519_wallet(), "ed25519": an_ed25519_wallet(), "ecdsa": an_ecdsa_wallet()}
KIND_BYTES = {"ed25519": b"\x00", "sr25519": b"\x01", "ecdsa": b"\x02"}
MESSAGE = b"what is to be signed"

kinds = pytest.mark.parametrize("kind", WALLETS)


@kinds
@pytest.mark.parametrize("form", [MESSAGE, b"<Bytes>" + MESSAGE + b"</Bytes>"])
@pytest.mark.parametrize("names_its_kind", [False, True])
def test_a_signature_is_known_in_every_form_wallets_give_it(kind: str, form: bytes, names_its_kind: bool) -> None:
    wallet = WALLETS[kind]
    signature = (KIND_BYTES[kind] if names_its_kind else b"") + wallet.sign(form)

    assert is_signed_by(wallet.account_id, MESSAGE, signature)


@given(signature=st.binary(min_size=64, max_size=66))
def test_the_account_of_all_zeros_signs_nothing(signature: bytes) -> None:
    assert not is_signed_by(NEUTRAL_KEY, MESSAGE, signature)


def test_the_account_of_all_zeros_is_not_even_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sr25519, "verify", lambda *_: True)

    assert not is_signed_by(NEUTRAL_KEY, MESSAGE, bytes(64))


@kinds
def test_a_signature_proves_nothing_about_another_message_or_another_account(kind: str) -> None:
    wallet = WALLETS[kind]
    signature = wallet.sign(MESSAGE)

    assert not is_signed_by(wallet.account_id, MESSAGE + b".", signature)
    for other in [other for other in WALLETS.values() if other is not wallet]:
        assert not is_signed_by(other.account_id, MESSAGE, signature)


@kinds
@given(place=st.integers(min_value=0, max_value=511))
def test_a_signature_with_one_bit_turned_is_none(kind: str, place: int) -> None:
    wallet = WALLETS[kind]
    signature = bytearray(wallet.sign(MESSAGE))
    signature[place // 8] ^= 1 << place % 8

    assert not is_signed_by(wallet.account_id, MESSAGE, bytes(signature))


@given(account_id=st.binary(min_size=32, max_size=32), signature=st.binary(max_size=100))
def test_bytes_that_are_no_signature_are_answered_and_not_raised(account_id: bytes, signature: bytes) -> None:
    assert not is_signed_by(account_id, MESSAGE, signature)


@given(
    account_id=st.binary(min_size=32, max_size=32),
    kind=st.sampled_from([b"", *KIND_BYTES.values()]),
    halves=st.binary(min_size=64, max_size=64),
    recovery=st.sampled_from([b"", b"\x00", b"\x01", b"\x02", b"\x03", b"\x04", b"\x1b"]),
)
def test_bytes_with_a_signatures_length_are_answered_and_not_raised(
    account_id: bytes, kind: bytes, halves: bytes, recovery: bytes
) -> None:
    assert not is_signed_by(account_id, MESSAGE, kind + halves + recovery)


def test_every_kind_signs_for_another_account() -> None:
    wallets: list[Wallet] = list(WALLETS.values())

    assert len({wallet.account_id for wallet in wallets}) == len(wallets)
