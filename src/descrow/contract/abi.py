"""The contract's language: its functions, events and reasons, as the compiler described them in `artifact.json`.

Values keep Python's types in between: integers as int, addresses as 0x and 40 lower-case digits, bytes32 as bytes.
`to_json` and `from_json` carry them through a JSON column without loss.
"""

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from eth_abi.abi import decode, encode
from eth_hash.auto import keccak

Value = int | str | bytes | bool | list[Any] | tuple[Any, ...]

WORD_BYTES = 32
_ONE_WORD = re.compile(r"address|bool|bytes32|uint\d+")
_ERROR_SELECTOR = keccak(b"Error(string)")[:4]


@dataclass(frozen=True)
class Field:
    name: str
    type: str
    indexed: bool = False


@dataclass(frozen=True)
class Function:
    name: str
    inputs: tuple[Field, ...]
    outputs: tuple[str, ...]
    output_names: tuple[str, ...]

    @property
    def selector(self) -> bytes:
        return keccak(f"{self.name}({','.join(field.type for field in self.inputs)})".encode())[:4]


@dataclass(frozen=True)
class EventAbi:
    name: str
    fields: tuple[Field, ...]

    @property
    def topic(self) -> bytes:
        return keccak(f"{self.name}({','.join(field.type for field in self.fields)})".encode())


@dataclass(frozen=True)
class DecodedEvent:
    name: str
    arguments: dict[str, Value]


class UnknownEvent(Exception):
    """The contract logged something that its description does not list: it is not the contract we know."""


def _canonical_type(entry: dict[str, Any]) -> str:
    """`tuple[]` spelled out, such as `(address,uint256)[]`."""
    declared = str(entry["type"])
    if not declared.startswith("tuple"):
        return declared
    inner = ",".join(_canonical_type(part) for part in entry["components"])
    return f"({inner}){declared.removeprefix('tuple')}"


class Interface:
    """Encodes calls, decodes results, events and reverts of one contract."""

    def __init__(self, abi: list[dict[str, Any]], bytecode: bytes) -> None:
        self.bytecode = bytecode
        self.functions: dict[str, Function] = {}
        self.events: dict[str, EventAbi] = {}
        self.constructor_types: tuple[str, ...] = ()
        for entry in abi:
            match entry["type"]:
                case "function":
                    self.functions[entry["name"]] = _function(entry)
                case "event":
                    self.events[entry["name"]] = _event(entry)
                case "constructor":
                    self.constructor_types = tuple(_canonical_type(part) for part in entry["inputs"])
        self._events_by_topic = {event.topic: event for event in self.events.values()}

    def encode_call(self, name: str, *arguments: Value) -> bytes:
        """Selector and arguments. Raises eth_abi's EncodingError when a value does not fit its type."""
        function = self.functions[name]
        return function.selector + encode([field.type for field in function.inputs], arguments)

    def encode_deployment(self, *arguments: Value) -> bytes:
        """The constructor's arguments."""
        return encode(self.constructor_types, arguments)

    def decode_result(self, name: str, data: bytes) -> Any:
        """Return what a function returned: a value, or a tuple of several (a struct is one)."""
        values = decode(self.functions[name].outputs, data)
        return values[0] if len(values) == 1 else values

    def decode_event(self, topics: list[bytes], data: bytes) -> DecodedEvent:
        """Raises UnknownEvent for a topic that is not ours."""
        event = self._events_by_topic.get(topics[0]) if topics else None
        if event is None:
            raise UnknownEvent(topics[0].hex() if topics else "an event without topics")
        words = [data[at : at + WORD_BYTES] for at in range(0, len(data), WORD_BYTES)]
        plain, indexed = iter(words), iter(topics[1:])
        if len(topics) - 1 + len(words) != len(event.fields):
            raise UnknownEvent(f"{event.name} with {len(words)} words and {len(topics)} topics")
        return DecodedEvent(
            event.name,
            {field.name: _value_of(next(indexed if field.indexed else plain), field.type) for field in event.fields},
        )


def _value_of(word: bytes, abi_type: str) -> Value:
    """One word of a log: an event's fields are all of one word, which is read faster than by the general decoder."""
    match abi_type:
        case "address":
            return "0x" + word[12:].hex()
        case "bytes32":
            return word
        case "bool":
            return word[-1] == 1
    return int.from_bytes(word, "big")


def decode_revert(data: bytes) -> str | None:
    """The reason a call gave for reverting, or None when it gave none (an empty answer, or another kind of error)."""
    if data[:4] != _ERROR_SELECTOR:
        return None
    return str(decode(["string"], data[4:])[0])


def to_json(value: Value) -> Any:
    """Integers as strings of digits (JavaScript and JSON would round them), bytes as 0x and hex digits."""
    match value:
        case bool():
            return value
        case int():
            return str(value)
        case bytes():
            return "0x" + value.hex()
        case list() | tuple():
            return [to_json(part) for part in value]
    return value


def from_json(value: Any, abi_type: str) -> Value:
    """Back to what `encode_call` takes for a parameter of this plain (not tuple) type."""
    if abi_type.endswith("[]"):
        return [from_json(part, abi_type.removesuffix("[]")) for part in value]
    if abi_type.startswith(("uint", "int")):
        return int(value)
    if abi_type.startswith("bytes"):
        return bytes.fromhex(str(value).removeprefix("0x"))
    return str(value)


@lru_cache
def escrow_interface() -> Interface:
    """The escrow contract's, from the artifact that `contracts/build.py` writes."""
    artifact = json.loads(files("descrow.contract").joinpath("artifact.json").read_text())
    return Interface(artifact["abi"], bytes.fromhex(artifact["bytecode"].removeprefix("0x")))


def _function(entry: dict[str, Any]) -> Function:
    return Function(
        name=entry["name"],
        inputs=tuple(Field(part["name"], _canonical_type(part)) for part in entry["inputs"]),
        outputs=tuple(_canonical_type(part) for part in entry["outputs"]),
        output_names=tuple(part["name"] for output in entry["outputs"] for part in output.get("components", [])),
    )


def _event(entry: dict[str, Any]) -> EventAbi:
    fields = tuple(Field(part["name"], _canonical_type(part), bool(part["indexed"])) for part in entry["inputs"])
    if not all(_ONE_WORD.fullmatch(field.type) for field in fields):
        raise ValueError(f"{entry['name']} has a field of more than a word, which its decoder does not know")
    return EventAbi(entry["name"], fields)
