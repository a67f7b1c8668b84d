"""A wallet whose keys never enter the browser: it signs for real, or refuses, as its owner says."""

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.async_api import BrowserContext

from descrow.chain.keys import Keypair
from descrow.chain.scale import encode_compact

SCRIPT = (Path(__file__).parent / "wallet.js").read_text()
LONGEST_PLAIN_PAYLOAD = 256
"""What is longer is hashed before it is signed, as runtimes expect it."""
SR25519 = b"\x01"
Account = dict[str, str]


@dataclass
class TestWallet:
    """Holds some accounts; `refuses` is its owner pressing Cancel, `signed` what was asked of it."""

    __test__ = False

    keys: dict[str, Keypair]
    wallet_id: str = "talisman"
    late_ms: int = 0
    """Extensions come into a page some time after its scripts have started."""
    strangers: list[Account] = field(default_factory=list)
    """Accounts of other chains, which some wallets list too."""
    refuses: bool = False
    refuses_chains: bool = False
    signed: list[dict[str, Any]] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    """What polkadot-js would have shown of each text that was to be signed."""
    chains: list[dict[str, Any]] = field(default_factory=list)
    """What it was told of chains."""
    chains_offered: int = 0

    async def put_into(self, context: BrowserContext) -> None:
        await context.expose_function("descrowTestWallet", self._answer)
        script = SCRIPT.replace("WALLET_ID", json.dumps(self.wallet_id)).replace("LATE_MS", str(self.late_ms))
        await context.add_init_script(script)

    def _answer(self, what: str, asked: str) -> str:
        return json.dumps(self._accounts() if what == "accounts" else self._asked(what, json.loads(asked)))

    def _accounts(self) -> list[Account]:
        own = [{"address": key.address, "name": name, "type": "sr25519"} for name, key in self.keys.items()]
        return [*self.strangers, *own]

    def _asked(self, what: str, request: dict[str, Any]) -> dict[str, Any]:
        if what == "chains":
            return {"known": [{name: chain[name] for name in ("genesisHash", "specVersion")} for chain in self.chains]}
        if what == "chain":
            self.chains_offered += 1
            if self.refuses_chains:
                return {"refused": True}
            self.chains.append(request)
            return {"taken": True}
        if self.refuses:
            return {"refused": True}
        self.signed.append(request)
        key = next(key for key in self.keys.values() if key.address == request["address"])
        if what == "raw":
            self.shown.append(as_polkadot_js_shows(request["data"]))
            return {"id": 1, "signature": "0x" + key.sign(b"<Bytes>" + _message(request["data"]) + b"</Bytes>").hex()}
        payload = payload_of(request)
        if len(payload) > LONGEST_PLAIN_PAYLOAD:
            payload = hashlib.blake2b(payload, digest_size=32).digest()
        return {"id": 1, "signature": "0x" + (SR25519 + key.sign(payload)).hex()}


def as_polkadot_js_shows(data: str) -> str:
    """A text, or bytes, of printable ASCII as a text; all else, a text of several lines among it, as it came."""
    text = _message(data)
    return text.decode() if text.isascii() and text.decode().isprintable() else data


def _message(data: str) -> bytes:
    return bytes.fromhex(data[2:]) if re.fullmatch("0x([0-9a-f]{2})*", data) else data.encode()


def payload_of(request: dict[str, Any]) -> bytes:
    """The bytes to sign, from what wallets are given (`SignerPayloadJSON`): call, what goes along, what both know."""
    along, known = b"", b""
    for extension in request["signedExtensions"]:
        along += _ALONG.get(extension, _nothing)(request)
        known += _KNOWN.get(extension, _nothing)(request)
    return _bytes(request["method"]) + along + known


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text[2:])


def _number(text: str) -> int:
    return int(text, 16)


def _nothing(_request: dict[str, Any]) -> bytes:
    return b""


Part = Callable[[dict[str, Any]], bytes]

_ALONG: dict[str, Part] = {
    "CheckMortality": lambda request: _bytes(request["era"]),
    "CheckNonce": lambda request: encode_compact(_number(request["nonce"])),
    "ChargeTransactionPayment": lambda request: encode_compact(_number(request["tip"])),
    "CheckMetadataHash": lambda _request: b"\x00",
}
_KNOWN: dict[str, Part] = {
    "CheckSpecVersion": lambda request: _number(request["specVersion"]).to_bytes(4, "little"),
    "CheckTxVersion": lambda request: _number(request["transactionVersion"]).to_bytes(4, "little"),
    "CheckGenesis": lambda request: _bytes(request["genesisHash"]),
    "CheckMortality": lambda request: _bytes(request["blockHash"]),
    "CheckMetadataHash": lambda _request: b"\x00",
}
