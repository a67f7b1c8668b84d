"""Check that the key of a file opens for its readers, and for nobody else, nowhere else and with no other key."""

from uuid import UUID

import pytest
from pydantic import SecretStr

from descrow.disputes.sealing import NotSealedSo, Vault

VAULT = Vault(SecretStr("a master key that only tests know, 32"))
ORDER, OTHER_ORDER = UUID(int=7), UUID(int=8)
BUYER, SELLER, STRANGER = "0x" + "b" * 40, "0x" + "5" * 40, "0x" + "0" * 40


def test_each_reader_gets_the_key() -> None:
    made = VAULT.new_key(order=ORDER, readers=[BUYER, SELLER])

    for reader in (BUYER, SELLER):
        assert VAULT.unwrap(made.wraps[reader], order=ORDER, reader=reader) == made.key


def test_the_wrap_of_one_reader_is_of_no_use_to_another() -> None:
    made = VAULT.new_key(order=ORDER, readers=[BUYER])

    with pytest.raises(NotSealedSo):
        VAULT.unwrap(made.wraps[BUYER], order=ORDER, reader=STRANGER)


def test_no_wrap_opens_under_another_order() -> None:
    made = VAULT.new_key(order=ORDER, readers=[BUYER])

    with pytest.raises(NotSealedSo):
        VAULT.unwrap(made.wraps[BUYER], order=OTHER_ORDER, reader=BUYER)


def test_no_wrap_opens_with_another_master_key() -> None:
    made = VAULT.new_key(order=ORDER, readers=[BUYER])

    with pytest.raises(NotSealedSo):
        Vault(SecretStr("another master key, of another shop")).unwrap(made.wraps[BUYER], order=ORDER, reader=BUYER)


@pytest.mark.parametrize("wrap", [b"", b"short", bytes(60)])
def test_what_is_no_wrap_opens_nothing(wrap: bytes) -> None:
    with pytest.raises(NotSealedSo):
        VAULT.unwrap(wrap, order=ORDER, reader=BUYER)


def test_the_key_of_a_file_does_not_come_from_the_master_key() -> None:
    """Or who has the ciphertext could read it after the wraps are gone: no key repeats."""
    first, second = VAULT.new_key(order=ORDER, readers=[BUYER]), VAULT.new_key(order=ORDER, readers=[BUYER])

    assert len({first.key, second.key, VAULT._wrapping_key(ORDER, BUYER)}) == 3
