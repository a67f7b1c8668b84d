"""The one catalogue of texts: every sentence that the service says to people, in each language.

A folder a language, with the same files and keys in each, so that a translator needs no code: see `README.md` there.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from descrow.kernel.texts.languages import Language

PROBLEMS = "problems"
CONTRACT_REASONS = "contract_reasons"
MPESA_FAILURES = "mpesa_failures"
MESSAGES = "messages"
NOTIFICATIONS = "notifications"


@dataclass(frozen=True)
class Words:
    """Explain one code in one language."""

    title: str
    happened: str
    advice: str

    @property
    def detail(self) -> str:
        """Return all that goes below the title."""
        return f"{self.happened} {self.advice}"


@cache
def read_texts(name: str, language: Language) -> dict[str, Any]:
    """Return the content of one file of the catalogue."""
    text = files(__name__).joinpath(language.value, f"{name}.json").read_text(encoding="utf-8")
    return dict(json.loads(text))


@cache
def words_of(name: str, language: Language) -> dict[str, Words]:
    """Return the explanations in one file, by code. A file with one title for all of its codes says it once."""
    texts = read_texts(name, language)
    if "texts" in texts:
        return {code: Words(title=texts["title"], **text) for code, text in texts["texts"].items()}
    return {code: Words(**text) for code, text in texts.items()}


@dataclass(frozen=True)
class Message:
    """Something to say to people: a key of the catalogue, with what is filled in; said in the reader's language."""

    key: str
    values: Mapping[str, object] = field(default_factory=dict)
    file: str = MESSAGES

    @classmethod
    def explaining(cls, file: str, code: str) -> "Message":
        """Return what a file of explanations says of a code: what happened, and the advice."""
        return cls(code, file=file)

    def in_language(self, language: Language) -> str:
        """Return the sentence. Raises KeyError for a key that the catalogue does not have."""
        if self.file == MESSAGES:
            return str(read_texts(MESSAGES, language)[self.key]).format_map(self.values)
        return words_of(self.file, language)[self.key].detail

    def as_json(self) -> dict[str, object]:
        """Return the message as a row of the database keeps it."""
        return {"key": self.key, "values": dict(self.values), "file": self.file}


def said_in(payload: Mapping[str, object], language: Language) -> dict[str, object]:
    """Return a stored payload with its `message` said in this language. One that is a sentence already stays."""
    message = payload.get("message")
    if not isinstance(message, dict):
        return dict(payload)
    return {**payload, "message": Message(**message).in_language(language)}
