"""A signer is opened as settings name it, and a key that everybody knows never on a chain that matters."""

from pathlib import Path
from typing import Any

import pytest

from descrow.chain import keystore
from descrow.chain.client import ChainClient
from descrow.chain.errors import KeyNotUsable
from descrow.chain.keys import Keypair, KeySource
from descrow.chain.signers import DevelopmentKeyRefused, open_signer

SEED = "0x" + "17" * 32


class ChainOfKind(ChainClient):
    """A node that says what kind of chain it serves."""

    def __init__(self, kind: Any) -> None:
        super().__init__("ws://127.0.0.1:1")
        self._kind = kind

    async def _call(self, method: str, *params: Any, timeout_s: float | None = None) -> Any:
        assert (method, params, timeout_s) == ("system_chainType", (), None)
        return self._kind


@pytest.fixture
def keystore_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(keystore, "_COST", (2, 1, 8))
    file = tmp_path / "operator.json"
    keystore.write_keystore(file, Keypair.from_uri(SEED), "secret")
    return file


@pytest.mark.parametrize("kind", ["Live", {"Custom": "Local"}, None])
async def test_a_development_key_is_refused_on_a_chain_that_is_not_for_development(kind: Any) -> None:
    with pytest.raises(DevelopmentKeyRefused) as refusal:
        await open_signer(KeySource("//Operator"), ChainOfKind(kind))

    assert refusal.value.code == "development_key_refused"


async def test_the_local_chain_takes_development_keys(chain: ChainClient) -> None:
    assert await open_signer(KeySource("//Operator"), chain) == Keypair.from_uri("//Operator")


async def test_a_seed_and_a_keystore_are_taken_on_any_chain(keystore_file: Path) -> None:
    live = ChainOfKind("Live")

    assert await open_signer(KeySource(SEED), live) == Keypair.from_uri(SEED)
    assert await open_signer(KeySource(f"file:{keystore_file}", password="secret"), live) == Keypair.from_uri(SEED)


async def test_the_password_may_be_in_a_file_of_its_own(keystore_file: Path, tmp_path: Path) -> None:
    password_file = tmp_path / "password"
    password_file.write_text("secret\n")
    password_file.chmod(0o600)

    signer = await open_signer(KeySource(f"file:{keystore_file}", password_file=password_file), ChainOfKind("Live"))

    assert signer == Keypair.from_uri(SEED)


@pytest.mark.parametrize(
    ("location", "why"),
    [
        ("file:{keystore}", "needs a password"),
        ("signer:http://127.0.0.1:1", "needs a token"),
        ("", "a key is given as"),
        ("0x12", "a key is given as"),
        ("0xzz", "hexadecimal"),
    ],
)
async def test_what_cannot_be_opened_says_why(keystore_file: Path, location: str, why: str) -> None:
    with pytest.raises(KeyNotUsable, match=why):
        await open_signer(KeySource(location.format(keystore=keystore_file)), ChainOfKind("Live"))


def test_where_a_key_is_shows_nothing_of_it() -> None:
    assert "17" not in repr(KeySource(SEED, password="17"))
