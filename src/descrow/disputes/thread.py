"""A dispute's thread: entries of which each carries the digest of the one before, so that none can be changed unseen.

A digest is SHA-256 over the entry as JSON without its `digest`: keys sorted, no spaces, UTF-8. Anybody can compute it
from the entry as a bundle shows it.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any
from uuid import UUID

import msgspec

NO_DIGEST = "0" * 64
"""What comes before the first entry."""


class EntryKind(StrEnum):
    MESSAGE = "message"
    EVIDENCE = "evidence"
    ERASURE = "erasure"
    """A file that was shown exists no more; its entry stays."""


class ShownFile(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """`sha256` is of the file itself, `cid` of what is stored: the file encrypted. The chain knows it by the CID."""

    sha256: str
    cid: str
    media_type: str
    size_bytes: int


class ThreadEntry(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """One entry of the thread of the order with this reference; `author` is an EVM address, digests are 64 digits.

    `text` goes with a message, `file` with evidence, and `erases` is the number of the entry whose file was erased.
    """

    order: UUID
    number: int
    author: str
    kind: EntryKind
    text: str | None
    file: ShownFile | None
    erases: int | None
    written_at: datetime
    previous_digest: str
    digest: str = ""

    def sealed(self) -> "ThreadEntry":
        """With the digest that belongs to what it says."""
        return msgspec.structs.replace(self, digest=digest_of(msgspec.to_builtins(self)))


def canonical(value: object) -> bytes:
    """The one spelling of a JSON value: what is hashed and signed."""
    return msgspec.json.encode(value, order="sorted")


def digest_of(entry: dict[str, Any]) -> str:
    """Of an entry as it stands in JSON; the digest that it claims is left out."""
    return sha256(canonical({name: value for name, value in entry.items() if name != "digest"})).hexdigest()


class ThreadBroken(ValueError):
    """The thread is not as it was written: says which entry, and why."""


def check_thread(entries: Sequence[dict[str, Any]], *, order: str) -> None:
    """Raises ThreadBroken unless these entries, as they stand in JSON, are a thread of the order's from its start.

    A thread whose end was cut off is whole, too: what tells of the end is the newest digest, in an earlier copy.
    """
    previous = NO_DIGEST
    for number, entry in enumerate(entries, start=1):
        if entry["number"] != number:
            raise ThreadBroken(f"entry {number} is missing: the next one says that it is number {entry['number']}")
        if entry["order"] != order:
            raise ThreadBroken(f"entry {number} belongs to another order")
        if entry["previousDigest"] != previous:
            raise ThreadBroken(f"entry {number} does not follow on the one before it")
        if entry["digest"] != digest_of(entry):
            raise ThreadBroken(f"entry {number} is not what its digest was made of")
        previous = entry["digest"]
