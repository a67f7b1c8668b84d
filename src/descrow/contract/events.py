"""Domain events of the contract: the events that the indexer found in blocks, or lost with them."""

from collections.abc import Sequence
from dataclasses import dataclass

from descrow.contract.models import ChainBlock, ChainEvent


@dataclass(frozen=True)
class UnfinalEventsRecorded:
    """Events were stored that are in a block, but not in a final one."""

    events: Sequence[ChainEvent]


@dataclass(frozen=True)
class UnfinalEventsReverted:
    """Blocks were orphaned that were not final yet, and these events with them."""

    events: Sequence[ChainEvent]


@dataclass(frozen=True)
class FinalEventsReverted:
    """Blocks were orphaned that had been final, and these events with them, which had been applied.

    Our transactions in those blocks are open again. The events are marked as orphaned, and still as applied.
    """

    events: Sequence[ChainEvent]
    ancestor: ChainBlock
    """The newest final block that is left."""
