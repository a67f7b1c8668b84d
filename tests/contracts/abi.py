"""The escrow's artifact and its ABI: calls are encoded and events decoded as the application does it."""

import json
from dataclasses import dataclass
from functools import cache
from typing import Any

from eth_abi.abi import decode, encode
from eth_hash.auto import keccak

from .values import ROOT

ARTIFACT = ROOT / "src" / "descrow" / "contract" / "artifact.json"
_ERROR = keccak(b"Error(string)")[:4]


@dataclass(frozen=True)
class Event:
    name: str
    fields: dict[str, Any]


@dataclass(frozen=True)
class Function:
    selector: bytes
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


@dataclass(frozen=True)
class EventShape:
    name: str
    indexed: dict[str, str]
    plain: dict[str, str]


@cache
def artifact() -> dict[str, Any]:
    """Return the artifact as committed. `test_artifact` compares it with the sources."""
    loaded: dict[str, Any] = json.loads(ARTIFACT.read_text())
    return loaded


@cache
def bytecode() -> bytes:
    """Return the code that deploys the escrow, without arguments."""
    return bytes.fromhex(artifact()["bytecode"].removeprefix("0x"))


@cache
def functions() -> dict[str, Function]:
    return {
        entry["name"]: Function(
            _signature_hash(entry)[:4], tuple(map(_type, entry["inputs"])), tuple(map(_type, entry["outputs"]))
        )
        for entry in artifact()["abi"]
        if entry["type"] == "function"
    }


@cache
def events() -> dict[bytes, EventShape]:
    return {
        _signature_hash(entry): EventShape(
            entry["name"],
            indexed={i["name"]: _type(i) for i in entry["inputs"] if i["indexed"]},
            plain={i["name"]: _type(i) for i in entry["inputs"] if not i["indexed"]},
        )
        for entry in artifact()["abi"]
        if entry["type"] == "event"
    }


def calldata(name: str, *args: Any) -> bytes:
    """Encode a call of the escrow."""
    function = functions()[name]
    return function.selector + encode(function.inputs, args)


def event_in(topics: list[bytes], data: bytes) -> Event:
    """Decode a log of the escrow."""
    shape = events()[topics[0]]
    indexed = [decode([kind], topic)[0] for kind, topic in zip(shape.indexed.values(), topics[1:], strict=True)]
    plain = decode(list(shape.plain.values()), data)
    return Event(
        shape.name, dict(zip(shape.indexed, indexed, strict=True)) | dict(zip(shape.plain, plain, strict=True))
    )


def reason_in(output: bytes) -> str:
    """Return the reason of a reverted call, empty if it gave none."""
    if output[:4] != _ERROR:
        return ""
    return str(decode(["string"], output[4:])[0])


def _type(entry: dict[str, Any]) -> str:
    if entry["type"].startswith("tuple"):
        inner = ",".join(_type(component) for component in entry["components"])
        return f"({inner}){entry['type'].removeprefix('tuple')}"
    return str(entry["type"])


def _signature_hash(entry: dict[str, Any]) -> bytes:
    return keccak(f"{entry['name']}({','.join(map(_type, entry['inputs']))})".encode())
