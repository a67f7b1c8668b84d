"""Check that a public generator makes a client of the API's document, with names that a person would give."""

import importlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

DOCUMENT = Path(__file__).parents[3] / "web" / "openapi.json"
PACKAGE = "descrow_client"
MADE_UP_NAME = re.compile(r"_(type|item)?_?\d+(_|$)|^descrow_|response_\d\d\d")
"""What generators put where the document gives no name, and our own module paths."""

pytestmark = [pytest.mark.integration, pytest.mark.takes(15)]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("client")
    config = folder / "config.json"
    config.write_text(json.dumps({"package_name_override": PACKAGE, "post_hooks": []}))
    run = subprocess.run(
        [
            *(Path(sys.executable).with_name("openapi-python-client"), "generate", "--meta", "none"),
            *("--path", DOCUMENT, "--config", config, "--output-path", folder / PACKAGE, "--fail-on-warning"),
        ],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "NO_COLOR": "1"},
    )
    assert run.returncode == 0, run.stdout + run.stderr
    sys.path.insert(0, str(folder))
    yield folder / PACKAGE
    sys.path.remove(str(folder))


def modules(client: Path, kind: str) -> list[ModuleType]:
    files = sorted(path for path in (client / kind).rglob("*.py") if path.stem != "__init__")
    return [importlib.import_module(".".join(path.relative_to(client.parent).with_suffix("").parts)) for path in files]


def names(found: list[ModuleType]) -> list[str]:
    return [module.__name__.rpartition(".")[2] for module in found]


def test_every_operation_is_a_function_by_its_own_name(client: Path) -> None:
    document = json.loads(DOCUMENT.read_text())
    operations = {
        re.sub(r"(?<!^)(?=[A-Z])", "_", operation["operationId"]).lower()
        for path in document["paths"].values()
        for method, operation in path.items()
        if method in {"get", "head", "post", "put", "patch", "delete"}
    }
    calls = modules(client, "api")
    assert set(names(calls)) == operations
    assert [call.__name__ for call in calls if not callable(call.sync_detailed)] == []


def test_no_model_has_a_name_that_was_made_up(client: Path) -> None:
    found = names(modules(client, "models"))
    assert len(found) > 100
    assert [name for name in found if MADE_UP_NAME.search(name)] == []
