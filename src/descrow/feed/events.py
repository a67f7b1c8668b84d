"""Domain events of the feed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class FeedEntriesAdded:
    """New entries stand in feeds, whose accounts' rows stay locked until the transaction ends."""

    entries: Sequence[Mapping[str, Any]]
    """Rows of FeedEntry, by the names of its columns."""
