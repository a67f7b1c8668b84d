"""`System.Events` of a block: what happened in it, record by record.

Most of it concerns nobody here. So each record is walked over once, and its values are read when somebody asks: reading
all of them was more than half of what catching up with a chain costs (`bench.sync`).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

from descrow.chain.layout import End, Layout
from descrow.chain.scale import decode_compact

_RECORD = ["phase", "event", "topics"]
_WORD_BYTES = 32
_EXTRINSIC_INDEX_BYTES = 4
_INDEX_BYTES = 2


@dataclass(frozen=True, eq=False)
class EventKind:
    """Describe what a pallet can say."""

    index: bytes
    """The pallet's, and the event's own there."""
    pallet: str
    name: str
    ends: Sequence[End]
    """Of its fields, in their order."""
    places: Mapping[str | None, int]
    """Of its fields, by name; those of some events have none."""
    read: Callable[[bytes], Any]
    """The values of an event of any kind, from all of its bytes."""

    @cached_property
    def is_contract_log(self) -> bool:
        return (self.pallet, self.name) == ("Revive", "ContractEmitted")


@dataclass(frozen=True)
class BlockEvent:
    """One record of `System.Events`; `fields` are the event's, encoded."""

    index: int
    extrinsic_index: int | None
    kind: EventKind
    fields: Sequence[bytes]

    @property
    def pallet(self) -> str:
        return self.kind.pallet

    @property
    def name(self) -> str:
        return self.kind.name

    @cached_property
    def values(self) -> Any:
        """The event's fields by name, or by place where they have no name."""
        return self.kind.read(self.kind.index + b"".join(self.fields))

    def is_contract_event_of(self, contract_address: str) -> bool:
        """Return whether this contract logged it. An address is 0x and lower-case digits."""
        return self.kind.is_contract_log and "0x" + self._field("contract").hex() == contract_address

    def contract_log(self) -> tuple[list[bytes], bytes]:
        """Topics and data of a `ContractEmitted`."""
        topics, data = _without_length(self._field("topics")), _without_length(self._field("data"))
        return [topics[at : at + _WORD_BYTES] for at in range(0, len(topics), _WORD_BYTES)], data

    def _field(self, name: str) -> bytes:
        return self.fields[self.kind.places[name]]


class EventReader:
    """Finds the records in `System.Events` of one version of a chain."""

    def __init__(
        self, types: Mapping[int, Mapping[str, Any]], events_type: int, read: Callable[[int, bytes], Any]
    ) -> None:
        """`types` as for Layout; `read` gives an event's values, from its type and all of its bytes.

        Raises ValueError for a chain whose records have another form than FRAME's.
        """
        layout = Layout(types)
        record = types[types[events_type]["sequence"]["type"]]["composite"]["fields"]
        if [field["name"] for field in record] != _RECORD:
            raise ValueError(f"the chain's events are recorded in another form: {record}")
        phase, event, topics = (field["type"] for field in record)
        self._end_of_phase, self._end_of_topics = layout.end_of(phase), layout.end_of(topics)
        self._applying = next(
            bytes([variant["index"]])
            for variant in types[phase]["variant"]["variants"]
            if variant["name"] == "ApplyExtrinsic"
        )
        self._kinds = {
            (index := bytes([pallet["index"], variant["index"]])): EventKind(
                index=index,
                pallet=pallet["name"],
                name=variant["name"],
                ends=[layout.end_of(field["type"]) for field in variant["fields"]],
                places={field["name"]: place for place, field in enumerate(variant["fields"])},
                read=partial(read, event),
            )
            for pallet in types[event]["variant"]["variants"]
            for inner in pallet["fields"]
            for variant in types[inner["type"]]["variant"]["variants"]
        }

    def read(self, encoded: bytes) -> list[BlockEvent]:
        """The records, in their order. Raises ValueError for bytes that are not whole records, to the last one."""
        count, place = decode_compact(encoded)
        events = []
        for index in range(count):
            extrinsic_index = None
            if encoded.startswith(self._applying, place):
                extrinsic_index = int.from_bytes(encoded[place + 1 : place + 1 + _EXTRINSIC_INDEX_BYTES], "little")
            place = self._end_of_phase(encoded, place)
            begin = place + _INDEX_BYTES
            kind = self._kinds.get(encoded[place:begin])
            if kind is None:
                raise ValueError(f"record {index} of {count} is of no kind that is known: {encoded[place:begin].hex()}")
            fields = []
            for end_of_field in kind.ends:
                end = end_of_field(encoded, begin)
                fields.append(encoded[begin:end])
                begin = end
            events.append(BlockEvent(index, extrinsic_index, kind, fields))
            place = self._end_of_topics(encoded, begin)
        if place != len(encoded):
            raise ValueError(f"{count} records in {place} bytes, but there are {len(encoded)}")
        return events


def _without_length(sequence: bytes) -> bytes:
    """The elements of a sequence, without how many there are."""
    return sequence[decode_compact(sequence)[1] :]
