"""One good example of each body, taken from what the tests send and are answered."""

import json
from functools import cache
from importlib.resources import files
from typing import Any

EXAMPLES_FILE = files("descrow.app.openapi").joinpath("examples.json")


@cache
def examples() -> dict[str, dict[str, Any]]:
    """By the route's name: `request` and `response`, where there are such."""
    found: dict[str, dict[str, Any]] = json.loads(EXAMPLES_FILE.read_text())
    return found
