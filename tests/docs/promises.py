"""Read `docs/promises.md`: the sentences about custody and privacy, and the tests that hold them true.

uv run python -m tests.docs.promises writes the sentences of the table again, from the texts.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.docs.sentences import ROOT

PAGE = ROOT / "docs" / "promises.md"
FILES = {
    "web": "web/src/i18n/{}.json",
    "messages": "src/descrow/kernel/texts/{}/messages.json",
    "notifications": "src/descrow/kernel/texts/{}/notifications.json",
}
PROMISE = re.compile(
    r"\b(?:is|are|stays?) (?:held|safe)\b|money held|held (?:by|safely|in|for)\b|holds the money|what it holds"
    r"|in the (?:escrow )?contract\b|the escrow contract|not lost|nothing is lost|no money is lost"
    r"|(?:goes|comes) back\b|encrypted|can (?:read|see) it|sees? this\b|shown only|anyone can\b",
    re.IGNORECASE,
)
"""What a sentence about custody or privacy says, in English."""
NO_PROMISES = {"web:proof/held", "web:proof/mpesa/held"}
"""Names of figures, which say nothing of who holds what."""
_ROW = re.compile(r"^\| `(?P<key>[^`]+)` \| (?P<says>.*) \| (?P<dot>[^|]*) \| (?P<mpesa>[^|]*) \| (?P<tests>[^|]*) \|$")


@dataclass(frozen=True)
class Promise:
    key: str
    says: str
    tests: list[str]


def texts(language: str) -> dict[str, str]:
    """Return all sentences of a language, by file and key: `web:layout/footer`."""
    return {
        f"{name}:{key}": text
        for name, path in FILES.items()
        for key, text in _flat(json.loads((ROOT / path.format(language)).read_text(encoding="utf-8")))
    }


def promises() -> list[Promise]:
    """Return the rows of the page's tables."""
    rows = [found for line in PAGE.read_text(encoding="utf-8").splitlines() if (found := _ROW.match(line))]
    return [Promise(row["key"], row["says"], re.findall(r"`([^`]+)`", row["tests"])) for row in rows]


def shown(text: str) -> str:
    """Return a sentence as a cell of a table."""
    return text.replace("|", "\\|").replace("{{", "{").replace("}}", "}")


def function_in(test: str) -> tuple[Path, str]:
    """Return the file and the function of a test that is named as pytest names it."""
    path, _, function = test.partition("::")
    return ROOT / path, function


def main() -> None:
    english = texts("en")
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines):
        if row := _ROW.match(line):
            cells = (f"`{row['key']}`", shown(english[row["key"]]), row["dot"], row["mpesa"], row["tests"])
            lines[number] = f"| {' | '.join(cells)} |"
    PAGE.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _flat(node: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, value in node.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}/")
        else:
            yield f"{prefix}{name}", str(value)


if __name__ == "__main__":
    main()
