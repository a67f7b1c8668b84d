"""Define what the web app is typed by, written out from the server's own code, without a database or a chain.

    python -m descrow.app.web.client_types           writes web/openapi.json and web/src/chain/escrowAbi.ts
    python -m descrow.app.web.client_types --check   writes nothing; exits 1 when one of them is out of date

`npm run api` in `web/` calls it, and makes the client's types from the first.
"""

import argparse
import json
import sys
from importlib.resources import files
from pathlib import Path

from litestar import Litestar
from pydantic import SecretStr

from descrow.app.api import build_http
from descrow.app.openapi.document import whole_document
from descrow.app.settings import Settings

ROOT = Path(__file__).resolve().parents[4]
OPENAPI = ROOT / "web" / "openapi.json"
ABI = ROOT / "web" / "src" / "chain" / "escrowAbi.ts"
NOWHERE = "127.0.0.1:1"
"""Describing the API connects to nothing."""


def described_application() -> Litestar:
    """Return the routes of a shop that takes everything, to be described and not to be asked."""
    settings = Settings(
        database_url=SecretStr(f"postgresql://nobody:none@{NOWHERE}/none"),
        valkey_url=SecretStr(f"redis://{NOWHERE}/0"),
        chain_url=f"ws://{NOWHERE}",
        jwt_secret=SecretStr("signs nothing, as nobody signs in here"),
        rate_limit_factor=0,
    )
    return build_http(settings)


def openapi_document() -> str:
    """Return the description of the API."""
    document = whole_document(described_application())
    return json.dumps(document, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def abi_module() -> str:
    """The contract's interface as TypeScript, so that the compiler checks each call's name and arguments."""
    artifact = json.loads(files("descrow.contract").joinpath("artifact.json").read_text())
    return (
        "// Made by `npm run api` from src/descrow/contract/artifact.json.\n"
        f"export const escrowAbi = {json.dumps(artifact['abi'], indent=1)} as const\n"
    )


def wanted_files() -> dict[Path, str]:
    return {OPENAPI: openapi_document(), ABI: abi_module()}


def main() -> int:
    parser = argparse.ArgumentParser(description="Write out what the web app is typed by.")
    parser.add_argument("--check", action="store_true", help="only say whether the files are up to date")
    is_check = parser.parse_args().check

    stale = {path: text for path, text in wanted_files().items() if not path.exists() or path.read_text() != text}
    for path, text in stale.items():
        if is_check:
            print(f"{path.relative_to(ROOT)} is out of date; run `npm run api` in web/", file=sys.stderr)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    return 1 if is_check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
