"""Measure the sentences of the documents: headings, tables and code are left out.

    python -m tests.docs.sentences

One line a document: how many sentences, the median of their words, and the share above 35 words.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).resolve().parents[2]
LONG = 35
"""A sentence with more words than this is long."""

_LEFT_OUT = ("heading", "table")
_END = re.compile(r"(?<=[.!?])[\"”’)*_]*\s+(?=[\"“‘(*_`]*[A-Z0-9`])")
_WORD = re.compile(r"[^\W_]")


@dataclass(frozen=True)
class Measure:
    words: tuple[int, ...]
    """Of each sentence."""

    @property
    def median(self) -> float:
        return median(self.words) if self.words else 0.0

    @property
    def long_share(self) -> float:
        return sum(count > LONG for count in self.words) / max(len(self.words), 1)


def documents() -> list[Path]:
    """Return the documents that people wrote; docs/errors.md is generated from the catalogue of texts."""
    folders = ("", "docs/", "docs/adr/", "contracts/", "chain/", "tests/", "src/**/")
    found = {path for folder in folders for path in ROOT.glob(f"{folder}*.md")}
    return sorted(found - {ROOT / "docs" / "errors.md"})


def sentences(markdown: str) -> list[str]:
    """Return the sentences of paragraphs and list items, with inline code and links as their text."""
    inside: list[str] = []
    found: list[str] = []
    for token in MarkdownIt("commonmark").enable("table").parse(markdown):
        kind = token.type.removesuffix("_open").removesuffix("_close")
        if kind in _LEFT_OUT:
            if token.nesting == 1:
                inside.append(kind)
            else:
                inside.pop()
        elif token.type == "inline" and not inside:
            found += [part for part in _END.split(_text_of(token)) if _WORD.search(part)]
    return found


def _text_of(inline: Token) -> str:
    parts = []
    for child in inline.children or []:
        if child.type == "code_inline":
            parts.append("`" + re.sub(r"\s+", "_", child.content) + "`")  # one word, however many are in it
        elif child.type in {"softbreak", "hardbreak"}:
            parts.append(" ")
        elif child.type == "text":
            parts.append(child.content)
    return "".join(parts)


def measure(markdown: str) -> Measure:
    """Count the words of each sentence."""
    return Measure(tuple(sum(1 for word in sentence.split() if _WORD.search(word)) for sentence in sentences(markdown)))


def main() -> None:
    """Print the measure of each document and of all."""
    texts = {path: path.read_text(encoding="utf-8") for path in documents()}
    rows = [(str(path.relative_to(ROOT)), measure(text)) for path, text in texts.items()]
    rows.append(("all", Measure(tuple(count for _, measured in rows for count in measured.words))))
    for name, measured in rows:
        print(f"{name:60} {len(measured.words):5} {measured.median:5.1f} {measured.long_share:7.1%}")


if __name__ == "__main__":
    main()
