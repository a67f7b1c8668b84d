"""Compile `escrow.vy` and its modules into the artifact that the application deploys and calls.

    python contracts/build.py           # write src/descrow/contract/artifact.json
    python contracts/build.py --check   # exit 1 if the artifact is out of date

The same sources and compiler produce the same bytes, so a second build checks the artifact.
"""

import argparse
import hashlib
import json
import sys
from pathlib import Path

import vyper
from vyper.compiler import compile_from_file_input
from vyper.compiler.input_bundle import FilesystemInputBundle
from vyper.compiler.settings import OptimizationLevel, Settings

PINNED_VYPER = "0.4.3"
ROOT = Path(__file__).resolve().parent.parent
SOURCES = ROOT / "contracts"
ARTIFACT = ROOT / "src" / "descrow" / "contract" / "artifact.json"


def build(sources: Path = SOURCES) -> str:
    """Return the artifact of the current sources, as text."""
    if vyper.__version__ != PINNED_VYPER:
        raise SystemExit(f"contracts/build.py needs vyper {PINNED_VYPER}, found {vyper.__version__}")

    bundle = FilesystemInputBundle([sources])
    compiled = compile_from_file_input(
        bundle.load_file("escrow.vy"),
        input_bundle=bundle,
        output_formats=["abi", "bytecode"],
        settings=Settings(optimize=OptimizationLevel.GAS),
    )
    artifact = {
        "vyper": vyper.__version__,
        "sources_sha256": {
            source.name: hashlib.sha256(source.read_bytes()).hexdigest() for source in sorted(sources.glob("*.vy"))
        },
        "abi": compiled["abi"],
        "bytecode": compiled["bytecode"],
    }
    return json.dumps(artifact, indent=1) + "\n"


def is_current() -> bool:
    """Return true if the committed artifact is what the sources compile to."""
    return ARTIFACT.exists() and ARTIFACT.read_text() == build()


def main() -> int:
    parser = argparse.ArgumentParser(description="Compile the contract into the application's artifact.")
    parser.add_argument("--check", action="store_true", help="exit 1 if the artifact is out of date; write nothing")
    if parser.parse_args().check:
        if is_current():
            return 0
        print(f"{ARTIFACT.relative_to(ROOT)} is out of date; run contracts/build.py", file=sys.stderr)
        return 1

    ARTIFACT.write_text(build())
    return 0


if __name__ == "__main__":
    sys.exit(main())
