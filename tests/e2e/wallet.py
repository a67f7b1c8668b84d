"""A wallet whose keys never enter the browser: it signs for real, or refuses, as its owner says."""

import hashlib
import json
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


@dataclass
class TestWallet:
    """Holds some accounts; `refuses` is its owner pressing Cancel, `signed` what was asked of it."""

    __test__ = False

    keys: dict[str, Keypair]
    wallet_id: str = "talisman"
    refuses: bool = False
    signed: list[dict[str, Any]] = field(default_factory=list)

    async def put_into(self, context: BrowserContext) -> None:
        await context.expose_function("descrowTestWallet", self._answer)
        await context.add_init_script(SCRIPT.replace("WALLET_ID", json.dumps(self.wallet_id)))

    def _answer(self, what: str, asked: str) -> str:
        if what == "accounts":
            return json.dumps([(name, key.address) for name, key in self.keys.items()])
        request: dict[str, Any] = json.loads(asked)
        if self.refuses:
            return json.dumps({"refused": True})
        self.signed.append(request)
        key = next(key for key in self.keys.values() if key.address == request["address"])
        if what == "raw":
            message = bytes.fromhex(request["data"][2:])
            return json.dumps({"signature": "0x" + key.sign(b"<Bytes>" + message + b"</Bytes>").hex()})
        payload = payload_of(request)
        if len(payload) > LONGEST_PLAIN_PAYLOAD:
            payload = hashlib.blake2b(payload, digest_size=32).digest()
        return json.dumps({"signature": "0x" + (SR25519 + key.sign(payload)).hex()})


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
