"""Bodies in the shapes of Daraja, from `shapes/`: keys, types and forms of values as samples and captures have them.

People and most ids are made up; so is the text beside a code where only the code is known. Nothing may depend on it.
"""

import json
from pathlib import Path
from typing import Any

SHAPES = Path(__file__).with_name("shapes")


def shape(name: str) -> bytes:
    return (SHAPES / f"{name}.json").read_bytes()


def shape_with(name: str, *path: str | int, value: object) -> bytes:
    """The same body with one value changed."""
    body: Any = json.loads(shape(name))
    inner = body
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    return json.dumps(body).encode()


def all_shapes() -> list[bytes]:
    return [path.read_bytes() for path in sorted(SHAPES.glob("*.json"))]
