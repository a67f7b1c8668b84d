"""The committed genesis is the one that the committed sources of the runtime make."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

CHAIN = Path(__file__).resolve().parents[2] / "chain"
# The whole repository is cloned by everyone who tries the project.
LARGEST_GENESIS_BYTES = 1_200_000


def load_builder() -> ModuleType:
    """`chain/build.py` is a script outside the package, so it is loaded by its path."""
    spec = importlib.util.spec_from_file_location("descrow_chain_build", CHAIN / "build.py")
    assert spec is not None
    assert spec.loader is not None
    builder = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(builder)
    return builder


def test_genesis_belongs_to_the_sources_of_the_runtime() -> None:
    committed = (CHAIN / "genesis.digest").read_text(encoding="utf-8")

    expected = load_builder().digest_lines()

    assert committed == expected, "the runtime or the genesis was changed: run `python chain/build.py`"


def test_digest_covers_every_source_of_the_runtime() -> None:
    hashed = {path.relative_to(CHAIN / "runtime").as_posix() for path in load_builder().source_files()}

    assert {"Cargo.toml", "Cargo.lock", "src/lib.rs", "src/genesis.rs"} <= hashed


def test_genesis_is_small_enough_to_be_committed() -> None:
    assert (CHAIN / "genesis.json.zst").stat().st_size <= LARGEST_GENESIS_BYTES
