"""Picks the document's examples from what the tests sent and were answered.

DESCROW_EXAMPLES=/tmp/bodies.jsonl uv run pytest tests/orders
uv run python -m tests.app.openapi.examples /tmp/bodies.jsonl

An example that is there and still fits its schema stays; so who adds a route runs the tests of that route alone. Then
`npm run api` in `web/` brings it into the description that the web app is typed by.
"""

import json
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

from descrow.app.openapi.examples import examples
from tests.app.openapi.description import json_bodies, misfits

EXAMPLES = Path(__file__).parents[3] / "src" / "descrow" / "app" / "openapi" / "examples.json"
LONGEST = 4_000
"""Characters of JSON; what is longer helps nobody who reads."""
MOST_ITEMS = 2
HARMLESS = {
    "accessToken": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI3In0.c2lnbmVkIGJ5IHRoZSBzaG9w",
    "checkoutRequestId": "ws_CO_24112026181046000000000000",
    "device": "Mozilla/5.0 (Linux; Android 14) Firefox/145.0",
    "nonce": "f00dfeed" * 4,
    "phoneNumber": "0712 345 678",
    "signature": "0x" + "5a" * 64,
}
"""What stands for something that was secret, or somebody's, or of this machine."""

Bodies = dict[tuple[str, str], list[Any]]


def main(collected: Path) -> None:
    bodies = _read(collected)
    known = examples()
    chosen: dict[str, dict[str, Any]] = {}
    for route, which, media in json_bodies():
        there = known.get(route, {}).get(which)
        candidates = [there] if there is not None else []
        candidates += sorted(bodies[route, which], key=_worth, reverse=True)
        fitting = [body for body in candidates if not misfits(body, media["schema"])]
        if fitting:
            chosen.setdefault(route, {})[which] = fitting[0]
        else:
            print(f"no example: {route} {which}", file=sys.stderr)
    EXAMPLES.write_text(json.dumps(chosen, indent=1, sort_keys=True, ensure_ascii=False) + "\n")


def _read(collected: Path) -> Bodies:
    bodies: Bodies = defaultdict(list)
    for line in collected.read_text().splitlines():
        exchange = json.loads(line)
        for which in ("request", "response"):
            if which in exchange:
                bodies[exchange["route"], which].append(_shown(exchange[which]))
    return bodies


def _shown(body: Any) -> Any:
    """The body, shortened and without what nobody should see."""
    match body:
        case dict():
            return {
                name: HARMLESS[name] if name in HARMLESS and isinstance(value, str) else _shown(value)
                for name, value in body.items()
            }
        case list():
            return [_shown(item) for item in body[:MOST_ITEMS]]
    return body


def _worth(body: Any) -> tuple[bool, int, str]:
    """Return how much an example tells: what is short enough to be read, then how many values are there."""
    text = json.dumps(body, sort_keys=True)
    return len(text) <= LONGEST, _reported(body), text


def _reported(body: Any) -> int:
    match body:
        case dict():
            return sum(_reported(value) for value in body.values())
        case list():
            return sum(_reported(item) for item in body)
    return 0 if body in (None, "") else 1


if __name__ == "__main__":
    main(Path(sys.argv[1]))
