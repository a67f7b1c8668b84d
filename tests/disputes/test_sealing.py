"""Check that a sealed file opens for its readers, and for nobody else, nowhere else and with no other key."""

import secrets
from uuid import UUID

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from descrow.disputes.sealing import NONCE_BYTES, NotSealedSo, Vault

VAULT = Vault(SecretStr("a master key that only tests know, 32"))
ORDER, OTHER_ORDER = UUID(int=7), UUID(int=8)
BUYER, SELLER, STRANGER = "0x" + "b" * 40, "0x" + "5" * 40, "0x" + "0" * 40
PLAIN = b"The basket came without a handle."


@given(st.binary(max_size=2_000))
def test_each_reader_gets_the_file_as_it_was(plain: bytes) -> None:
    sealed = VAULT.seal(plain, order=ORDER, readers=[BUYER, SELLER])

    for reader in (BUYER, SELLER):
        assert VAULT.open(sealed.ciphertext, sealed.wraps[reader], order=ORDER, reader=reader) == plain


def test_the_wrap_of_one_reader_is_of_no_use_to_another() -> None:
    sealed = VAULT.seal(PLAIN, order=ORDER, readers=[BUYER])

    with pytest.raises(NotSealedSo):
        VAULT.open(sealed.ciphertext, sealed.wraps[BUYER], order=ORDER, reader=STRANGER)


def test_nothing_opens_under_another_order() -> None:
    sealed = VAULT.seal(PLAIN, order=ORDER, readers=[BUYER])

    with pytest.raises(NotSealedSo):
        VAULT.open(sealed.ciphertext, sealed.wraps[BUYER], order=OTHER_ORDER, reader=BUYER)


def test_nothing_opens_with_another_master_key() -> None:
    sealed = VAULT.seal(PLAIN, order=ORDER, readers=[BUYER])

    with pytest.raises(NotSealedSo):
        Vault(SecretStr("another master key, of another shop")).open(
            sealed.ciphertext, sealed.wraps[BUYER], order=ORDER, reader=BUYER
        )


def test_a_wrap_of_another_file_does_not_open_it() -> None:
    """So the master key alone is of no use once a file's own wraps are gone."""
    erased = VAULT.seal(PLAIN, order=ORDER, readers=[BUYER])
    other = VAULT.seal(PLAIN, order=ORDER, readers=[BUYER])

    assert erased.ciphertext != other.ciphertext
    with pytest.raises(NotSealedSo):
        VAULT.open(erased.ciphertext, other.wraps[BUYER], order=ORDER, reader=BUYER)


@given(st.integers(0, len(PLAIN) + NONCE_BYTES + 16 - 1), st.integers(1, 255))
def test_a_changed_byte_is_noticed(place: int, change: int) -> None:
    sealed = VAULT.seal(PLAIN, order=ORDER, readers=[BUYER])
    altered = bytearray(sealed.ciphertext)
    altered[place] ^= change

    with pytest.raises(NotSealedSo):
        VAULT.open(bytes(altered), sealed.wraps[BUYER], order=ORDER, reader=BUYER)


@pytest.mark.parametrize("wrap", [b"", b"short", bytes(60)])
def test_what_is_no_wrap_opens_nothing(wrap: bytes) -> None:
    sealed = VAULT.seal(PLAIN, order=ORDER, readers=[BUYER])

    with pytest.raises(NotSealedSo):
        VAULT.open(sealed.ciphertext, wrap, order=ORDER, reader=BUYER)


def test_the_key_of_a_file_does_not_come_from_the_master_key() -> None:
    """Or who has the ciphertext could read it after the wraps are gone: not even the key of an empty file repeats."""
    sealed = VAULT.seal(b"", order=ORDER, readers=[BUYER])

    for key in (VAULT._wrapping_key(ORDER, BUYER), secrets.token_bytes(32)):
        with pytest.raises(InvalidTag):
            AESGCM(key).decrypt(sealed.ciphertext[:NONCE_BYTES], sealed.ciphertext[NONCE_BYTES:], ORDER.bytes)
