"""Compile `escrow.vy` and its modules into the artifact that the application deploys and calls.

    python contracts/build.py           # write src/descrow/contract/artifact.json
    python contracts/build.py --check   # exit 1 if the artifact is out of date

The same sources and compiler produce the same bytes, so a second build checks the artifact. The payees' contracts of
the tests are compiled too, into `tests/contracts/payees/bytecode.json`, so that tests need no compiler.
"""

import argparse
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import vyper
from vyper.compiler import compile_from_file_input
from vyper.compiler.input_bundle import FilesystemInputBundle
from vyper.compiler.settings import OptimizationLevel, Settings

PINNED_VYPER = "0.4.3"
ROOT = Path(__file__).resolve().parent.parent
SOURCES = ROOT / "contracts"
ARTIFACT = ROOT / "src" / "descrow" / "contract" / "artifact.json"
PAYEES = ROOT / "tests" / "contracts" / "payees"
PAYEES_BYTECODE = PAYEES / "bytecode.json"


def build(sources: Path = SOURCES) -> str:
    """Return the artifact of the current sources, as text."""
    compiled = _compile("escrow.vy", sources, ["abi", "bytecode"])
    artifact = {
        "vyper": vyper.__version__,
        "sources_sha256": {
            source.name: hashlib.sha256(source.read_bytes()).hexdigest() for source in sorted(sources.glob("*.vy"))
        },
        "abi": compiled["abi"],
        "bytecode": compiled["bytecode"],
    }
    return json.dumps(artifact, indent=1) + "\n"


def build_payees() -> str:
    """Return the bytecode of the tests' payees by name, as text."""
    bytecode = {
        source.stem: _compile(source.name, PAYEES, ["bytecode"])["bytecode"] for source in sorted(PAYEES.glob("*.vy"))
    }
    return json.dumps(bytecode, indent=1) + "\n"


def _compile(name: str, folder: Path, outputs: list[str]) -> dict[str, Any]:
    if vyper.__version__ != PINNED_VYPER:
        raise SystemExit(f"contracts/build.py needs vyper {PINNED_VYPER}, found {vyper.__version__}")

    bundle = FilesystemInputBundle([folder])
    compiled: dict[str, Any] = compile_from_file_input(
        bundle.load_file(name),
        input_bundle=bundle,
        output_formats=outputs,
        settings=Settings(optimize=OptimizationLevel.GAS),
    )
    return compiled


def main() -> int:
    parser = argparse.ArgumentParser(description="Compile the contract into the application's artifact.")
    parser.add_argument("--check", action="store_true", help="exit 1 if the artifact is out of date; write nothing")
    is_check = parser.parse_args().check

    is_current = True
    for path, text in ((ARTIFACT, build()), (PAYEES_BYTECODE, build_payees())):
        if not is_check:
            path.write_text(text)
        elif not path.exists() or path.read_text() != text:
            print(f"{path.relative_to(ROOT)} is out of date; run contracts/build.py", file=sys.stderr)
            is_current = False
    return 0 if is_current else 1


if __name__ == "__main__":
    sys.exit(main())
