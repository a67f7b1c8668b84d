"""`descrow keys`: makes keystores, says whose they are, and never shows what is in them."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from descrow.app.cli.main import app
from descrow.chain import keystore
from descrow.chain.keys import Keypair

PASSWORD = "correct horse"
SEED = "0x" + "17" * 32


@pytest.fixture(autouse=True)
def little_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keystore, "_COST", (2, 1, 8))


def run(*arguments: str | Path, typed: str = "") -> Result:
    return CliRunner().invoke(app, ["keys", *map(str, arguments)], input=typed)


def address_in(result: Result) -> str:
    found = re.search(r"account +(5\w{47})", result.output)
    assert found, result.output
    return found[1]


def test_a_new_key_is_kept_and_shown_by_its_addresses_only(tmp_path: Path) -> None:
    file = tmp_path / "operator.json"

    made = run("new", file, typed=f"{PASSWORD}\n{PASSWORD}\n")
    shown = run("show", f"file:{file}", typed=f"{PASSWORD}\n")

    key = keystore.read_keystore(file, PASSWORD)
    assert (made.exit_code, shown.exit_code) == (0, 0)
    assert address_in(made) == address_in(shown) == key.address
    assert key.evm_address in shown.output
    assert key.ed25519_secret().hex() not in made.output + shown.output
    assert PASSWORD not in made.output + shown.output


def test_two_new_keys_differ(tmp_path: Path) -> None:
    made = [run("new", tmp_path / name, typed=f"{PASSWORD}\n{PASSWORD}\n") for name in ("one", "two")]

    assert address_in(made[0]) != address_in(made[1])


def test_a_seed_is_kept_without_being_shown(tmp_path: Path) -> None:
    password_file = tmp_path / "password"
    password_file.write_text(PASSWORD + "\n")
    password_file.chmod(0o600)

    made = run("encrypt", tmp_path / "oracle.json", "--password-file", password_file, typed=f"{SEED}\n")

    assert address_in(made) == Keypair.from_uri(SEED).address
    assert SEED[2:] not in made.output
    assert keystore.read_keystore(tmp_path / "oracle.json", PASSWORD) == Keypair.from_uri(SEED)


@pytest.mark.parametrize("seed", ["//Alice", "0x12", "word word word"])
def test_what_is_no_seed_is_not_kept(tmp_path: Path, seed: str) -> None:
    made = run("encrypt", tmp_path / "oracle.json", typed=f"{seed}\n{PASSWORD}\n{PASSWORD}\n")

    assert made.exit_code == 1
    assert not (tmp_path / "oracle.json").exists()


def test_a_password_that_everybody_may_read_is_not_used(tmp_path: Path) -> None:
    password_file = tmp_path / "password"
    password_file.write_text(PASSWORD)
    password_file.chmod(0o644)

    made = run("new", tmp_path / "operator.json", "--password-file", password_file)

    assert made.exit_code == 1
    assert "chmod 600" in made.output
    assert not (tmp_path / "operator.json").exists()


def test_a_file_that_is_there_already_is_left_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "operator.json"
    first = run("new", file, typed=f"{PASSWORD}\n{PASSWORD}\n")

    again = run("new", file, typed="another\nanother\n")

    assert again.exit_code == 1
    assert keystore.read_keystore(file, PASSWORD).address == address_in(first)


def test_a_wrong_password_is_a_sentence_and_not_a_trace(tmp_path: Path) -> None:
    file = tmp_path / "operator.json"
    run("new", file, typed=f"{PASSWORD}\n{PASSWORD}\n")

    shown = run("show", f"file:{file}", typed="another\n")

    assert shown.exit_code == 1
    assert "the password does not open" in shown.output
