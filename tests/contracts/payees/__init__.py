"""Contracts that are buyers and sellers in tests, and the stand-in for the runtime's System precompile.

`contracts/build.py` compiles them into `bytecode.json`.
"""

import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from eth_abi.abi import decode, encode
from eth_hash.auto import keccak

from ..abi import calldata

REFUSING_PAYEES = ("rejecting", "gas_burning", "return_bomb")
"""They do not accept coin with the gas of a payout."""

START_ACCEPTING = keccak(b"start_accepting()")[:4]
_EXECUTE = keccak(b"execute(address,bytes)")[:4]
_SET_CALLBACK = keccak(b"set_callback(address,bytes)")[:4]
_CALLED_BACK = keccak(b"CalledBack(bool,bytes)")


def payee_bytecode(kind: str) -> bytes:
    """Return the code that deploys a payee."""
    return bytes.fromhex(_bytecode()[kind].removeprefix("0x"))


def call_through_payee(target: str, data: bytes) -> bytes:
    """Encode a call of a payee that lets it make a call itself."""
    return _EXECUTE + encode(["address", "bytes"], [target, data])


def callback_setting(escrow: str, function: str, *args: Any) -> bytes:
    """Encode a call of a re-entering payee that sets the call it makes when it is paid."""
    return _SET_CALLBACK + encode(["address", "bytes"], [escrow, calldata(function, *args)])


def callbacks_in(logs: Iterable[tuple[list[bytes], bytes]]) -> tuple[tuple[bool, bytes], ...]:
    """Return the success and output of each callback that re-entering payees logged."""
    return tuple(decode(["bool", "bytes"], data) for topics, data in logs if topics[0] == _CALLED_BACK)


@cache
def _bytecode() -> dict[str, str]:
    bytecode: dict[str, str] = json.loads(Path(__file__).with_name("bytecode.json").read_text())
    return bytecode
