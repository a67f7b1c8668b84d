"""Wallets of all three kinds, as far as signing in can tell them apart, and what a wallet does with a message."""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import coincurve
import httpx
from nacl.signing import SigningKey

from descrow.chain.keys import Keypair, address_of

Sign = Callable[[bytes], bytes]


@dataclass(frozen=True)
class Wallet:
    account_id: bytes
    sign: Sign

    @property
    def address(self) -> str:
        return address_of(self.account_id)


def an_sr25519_wallet(uri: str = "//Wanjiru") -> Wallet:
    key = Keypair.from_uri(uri)
    return Wallet(key.public_key, key.sign)


def an_ed25519_wallet(seed: bytes = b"\x01" * 32) -> Wallet:
    key = SigningKey(seed)
    return Wallet(bytes(key.verify_key), lambda message: key.sign(message).signature)


def an_ecdsa_wallet(seed: bytes = b"\x01" * 32) -> Wallet:
    key = coincurve.PrivateKey(seed)
    account_id = blake2b(key.public_key.format(compressed=True), digest_size=32).digest()
    return Wallet(
        account_id, lambda message: key.sign_recoverable(blake2b(message, digest_size=32).digest(), hasher=None)
    )


def wrapped(message: str) -> bytes:
    """As wallets in a browser sign it, so that no message can be a transaction."""
    return b"<Bytes>" + message.encode() + b"</Bytes>"


async def a_challenge(http: httpx.AsyncClient, address: str) -> dict[str, Any]:
    answer = await http.post("/api/v1/auth/challenge", json={"address": address})
    assert answer.status_code == 200, answer.text
    challenge: dict[str, Any] = answer.json()
    return challenge


async def answer_challenge(http: httpx.AsyncClient, challenge: dict[str, Any], signature: bytes) -> httpx.Response:
    return await http.post(
        "/api/v1/auth/session", json={"nonce": challenge["nonce"], "signature": "0x" + signature.hex()}
    )
