"""The artifact in the tree is what the source compiles to."""

import hashlib
import subprocess
import sys

import pytest

from .abi import ARTIFACT, artifact
from .environment import Environment
from .evm import PyEvm
from .values import ROOT, SOURCES

BUILD = [sys.executable, str(ROOT / "contracts" / "build.py"), "--check"]


@pytest.mark.integration  # it starts a process
@pytest.mark.takes(7)
def test_the_artifact_is_up_to_date() -> None:
    checked = subprocess.run(BUILD, capture_output=True, text=True, check=False)

    assert checked.returncode == 0, checked.stderr


def test_the_artifact_names_its_sources_and_compiler() -> None:
    assert list(artifact()) == ["vyper", "sources_sha256", "abi", "bytecode"]
    assert artifact()["vyper"] == "0.4.3"
    assert artifact()["sources_sha256"] == {
        source.name: hashlib.sha256(source.read_bytes()).hexdigest() for source in SOURCES
    }
    assert ARTIFACT.read_text().endswith("}\n")


def test_only_fund_order_dot_accepts_coin() -> None:
    payable = [entry.get("name") for entry in artifact()["abi"] if entry.get("stateMutability") == "payable"]

    assert payable == ["fund_order_dot"]
    assert not [entry for entry in artifact()["abi"] if entry["type"] in ("fallback", "receive")]


def test_the_code_leaves_room_below_the_limit_of_a_contract() -> None:
    """pallet-revive accepts 24,576 bytes (EIP-170)."""
    environment = Environment(PyEvm())  # revm pads code

    assert len(environment.evm.code(environment.escrow)) <= 24_576 - 3_000
