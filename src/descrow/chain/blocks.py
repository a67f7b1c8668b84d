"""A block as the follower needs it: its place, its extrinsics' hashes, its events."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from descrow.chain.events import BlockEvent
from descrow.chain.scale import decode_compact
from descrow.kernel.money import Planck

_UNSIGNED = (b"\x04", b"\x05")
"""How an extrinsic without a signature begins, in both versions of the form."""


@dataclass(frozen=True)
class ExtrinsicOutcome:
    """Describe what a block says of one extrinsic. `error` is set when the whole of it was rolled back."""

    fee: Planck | None
    error: str | None
    item_errors: tuple[str | None, ...]
    """For a `utility.force_batch`: each item's error, None where it went well."""

    def error_of_item(self, place: int) -> str | None:
        """Return what became of the call at this place of a batch; None where it went well."""
        if self.error is not None:  # a failed extrinsic failed all of them
            return self.error
        if place >= len(self.item_errors):
            return f"the batch held only {len(self.item_errors)} calls"
        return self.item_errors[place]


_OUTCOMES = frozenset({("System", "ExtrinsicSuccess"), ("System", "ExtrinsicFailed")})


@dataclass(frozen=True)
class Block:
    number: int
    hash: str
    parent_hash: str
    produced_at: datetime
    extrinsic_hashes: list[str]
    events: list[BlockEvent]
    events_hash: str | None
    """Of `System.Events` as it was read, for other nodes to confirm; None in the genesis block, which has none."""
    metadata_hash: str
    """Of the metadata by which the events were read, to be confirmed too."""

    def missing_outcome(self) -> str | None:
        """Return what shows that the events are not all there, or not this block's: each extrinsic has exactly one
        outcome.
        """
        outcomes = sorted(
            event.extrinsic_index
            for event in self.events
            if event.extrinsic_index is not None and (event.pallet, event.name) in _OUTCOMES
        )
        if outcomes == list(range(len(self.extrinsic_hashes))):
            return None
        return f"{len(self.extrinsic_hashes)} extrinsics, but outcomes of {outcomes}"

    def outcome_of(self, extrinsic_index: int) -> ExtrinsicOutcome:
        """Fee, error and batch items, read from the extrinsic's events."""
        fee: Planck | None = None
        error: str | None = None
        items: list[str | None] = []
        for event in self.events:
            if event.extrinsic_index != extrinsic_index:
                continue
            match event.pallet, event.name:
                case "TransactionPayment", "TransactionFeePaid":
                    fee = Planck(int(event.values["actual_fee"]))
                case "System", "ExtrinsicFailed":
                    error = event.values["dispatch_error"]
                case "Utility", "ItemCompleted":
                    items.append(None)
                case "Utility", "ItemFailed":
                    items.append(event.values["error"])
        return ExtrinsicOutcome(fee, error, tuple(items))


def moment_in(extrinsics: Sequence[bytes], timestamp_set: bytes) -> datetime | None:
    """Return when the block was made: what its author said in the call `Timestamp.set`, known by how it begins.

    Only the genesis block has none. Raises ValueError for extrinsics that are not whole.
    """
    for extrinsic in extrinsics:
        _, prefix = decode_compact(extrinsic)
        version, call = extrinsic[prefix : prefix + 1], extrinsic[prefix + 1 :]
        if version in _UNSIGNED and call.startswith(timestamp_set):
            milliseconds, _ = decode_compact(call[len(timestamp_set) :])
            return datetime.fromtimestamp(milliseconds / 1000, UTC)
    return None
