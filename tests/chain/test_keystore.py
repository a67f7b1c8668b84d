"""Keystores are what wallets write and read; what is not, or not ours alone, is refused with a reason."""

import json
import re
from base64 import b64decode, b64encode
from pathlib import Path
from typing import Any

import pytest
import sr25519
from hypothesis import given, settings
from hypothesis import strategies as st

from descrow.chain import keystore
from descrow.chain.errors import KeyNotUsable
from descrow.chain.keys import Keypair
from descrow.chain.keystore import (
    KeystoreRefused,
    WrongPassword,
    decrypt_key,
    encrypt_key,
    read_keystore,
    write_keystore,
)

PASSWORD = "a password of öur own"

# Exported by @polkadot/keyring 14 for the development phrase's //Descrow, under PASSWORD.
EXPORTED: dict[str, Any] = {
    "encoded": (
        "Vg2RfloUvgwII267Xjs0E+40EbXESwyFh9zvg5sqwEQAAAIAAQAAAAgAAAD0dKFvR3bEhzGSlpBrBTAa1S+ngtTwK9NO2Jj2duSgpmqGo38HnOqr"
        "akbIdz9V7lLQVYAgCrWIq3tFuhmW1RCuYqzdYq+tq6jJ+KLuLkyUqGz5mL9SkMYrIohVXBn8jpsicJT4MpzBNGmFjbEKqYEn2lNErc9prU/WPrPO"
        "Me99vmXgv8sRgmiktJ9XsJ5xGYD000QeB/puNUINu15t"
    ),
    "encoding": {"content": ["pkcs8", "sr25519"], "type": ["scrypt", "xsalsa20-poly1305"], "version": "3"},
    "address": "5HNU2pabf2s7HcpvBgRnTB6f8STRMYmMaPF3YXdsvEoz71UQ",
    "meta": {"name": "descrow test"},
}


def opened(text: str, password: str = PASSWORD) -> Keypair:
    return decrypt_key(text, password, name="the keystore")


def changed(place: int, value: bytes) -> str:
    """The exported keystore with other bytes at this place of what is encoded."""
    encoded = b64decode(EXPORTED["encoded"])
    encoded = encoded[:place] + value + encoded[place + len(value) :]
    return json.dumps({**EXPORTED, "encoded": b64encode(encoded).decode()})


@pytest.fixture
def little_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """scrypt with numbers that make it quick."""
    monkeypatch.setattr(keystore, "_COST", (2, 1, 8))


def test_what_a_wallet_exported_signs_as_its_account() -> None:
    key = opened(json.dumps(EXPORTED))

    assert key.address == EXPORTED["address"]
    assert key == Keypair.from_uri("//Descrow")
    assert sr25519.verify(key.sign(b"message"), b"message", key.public_key)


def test_another_password_does_not_open_it() -> None:
    with pytest.raises(WrongPassword) as refusal:
        opened(json.dumps(EXPORTED), "a password of their own")

    assert refusal.value.code == "keystore_password_wrong"


def test_what_we_write_has_the_form_that_wallets_read() -> None:
    described = json.loads(encrypt_key(Keypair.from_uri("//Descrow"), PASSWORD))

    assert (described["encoding"], described["address"]) == (EXPORTED["encoding"], EXPORTED["address"])
    ours, theirs = b64decode(described["encoded"]), b64decode(EXPORTED["encoded"])
    assert len(ours) == len(theirs)
    assert ours[32:44] == theirs[32:44]  # the same work for scrypt
    assert ours[:32] != theirs[:32]


@pytest.mark.usefixtures("little_work")
def test_every_key_comes_back_from_its_keystore() -> None:
    @settings(deadline=None)
    @given(seed=st.binary(min_size=32, max_size=32), password=st.text(min_size=1))
    def comes_back(seed: bytes, password: str) -> None:
        key = Keypair.from_uri("0x" + seed.hex())

        assert opened(encrypt_key(key, password), password) == key

    comes_back()


@pytest.mark.usefixtures("little_work")
def test_only_the_owner_may_read_the_file(tmp_path: Path) -> None:
    file = tmp_path / "operator.json"
    write_keystore(file, Keypair.from_uri("//Descrow"), PASSWORD)
    assert file.stat().st_mode & 0o777 == 0o600
    assert read_keystore(file, PASSWORD) == Keypair.from_uri("//Descrow")

    for mode in (0o640, 0o604, 0o620):
        file.chmod(mode)
        with pytest.raises(KeystoreRefused, match="chmod 600"):
            read_keystore(file, PASSWORD)


@pytest.mark.usefixtures("little_work")
def test_a_keystore_is_never_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "operator.json"
    write_keystore(file, Keypair.from_uri("//Descrow"), PASSWORD)

    with pytest.raises(FileExistsError):
        write_keystore(file, Keypair.from_uri("//Another"), PASSWORD)

    assert read_keystore(file, PASSWORD) == Keypair.from_uri("//Descrow")


def test_a_file_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(KeystoreRefused, match=r"nowhere.json cannot be read: No such file or directory$"):
        read_keystore(tmp_path / "nowhere.json", PASSWORD)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        json.dumps({**EXPORTED, "encoded": "no base64!"}),
        json.dumps({**EXPORTED, "encoded": ""}),
        json.dumps({**EXPORTED, "encoding": None}),
        json.dumps({**EXPORTED, "encoding": {**EXPORTED["encoding"], "content": ["pkcs8", "ed25519"]}}),
        json.dumps({**EXPORTED, "encoding": {**EXPORTED["encoding"], "type": ["none"]}}),
        json.dumps({**EXPORTED, "encoding": {**EXPORTED["encoding"], "version": "2"}}),
        changed(32, (1 << 30).to_bytes(4, "little")),  # scrypt that would take all memory
        changed(32, (3).to_bytes(4, "little")),  # not a power of two
        changed(60, b"\0\0"),  # the box was touched
    ],
)
def test_what_is_no_keystore_of_this_kind_is_refused(text: str) -> None:
    with pytest.raises(KeyNotUsable, match="the keystore") as refused:
        opened(text)
    assert not re.search(r"[\[\]()]['\"]|Errno|None", str(refused.value))


def test_a_keystore_of_another_kind_is_described_in_words() -> None:
    encoding = {"content": ["pkcs8", "ed25519"], "type": ["none"], "version": "2"}

    with pytest.raises(KeystoreRefused) as refused:
        opened(json.dumps({**EXPORTED, "encoding": encoding}))

    assert str(refused.value) == (
        "the keystore holds a key in pkcs8 and ed25519 encrypted by none (version 2); needed is a key in pkcs8 and"
        " sr25519 encrypted by scrypt and xsalsa20-poly1305 (version 3)"
    )


@pytest.mark.usefixtures("little_work")
def test_a_secret_of_another_account_is_refused() -> None:
    class Mixed(Keypair):
        """One account's public key with another's secret."""

    real, other = Keypair.from_uri("//Descrow"), Keypair.from_uri("//Another")
    mixed = Mixed(other.public_key, real._secret_key)

    with pytest.raises(KeystoreRefused, match="not its account's"):
        opened(encrypt_key(mixed, PASSWORD))
