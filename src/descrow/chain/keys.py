"""Keys and addresses of Substrate accounts, and the 20-byte address by which contracts know them."""

from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import NewType, Protocol

import sr25519
from eth_hash.auto import keccak
from scalecodec.utils.ss58 import ss58_decode, ss58_encode  # type: ignore[attr-defined]

SS58_PREFIX = 42
LONGEST_ADDRESS = 64
"""Characters; an account of 32 bytes takes about 50, whatever its prefix."""

EvmAddress = NewType("EvmAddress", str)
"""0x and 40 lower-case hex digits."""

# The secret behind Substrate's well-known development phrase ("bottom drive obey lake …"): public on purpose.
_DEVELOPMENT_SEED = bytes.fromhex("fac7959dbfe72f052e5a0c3c8d6530f202b02fd8f9f5ca3580ec8deb7797479e")


# pallet-revive's AccountId32Mapper fills an address of 20 bytes up with these.
_FALLBACK_SUFFIX = bytes([0xEE] * 12)


class NotAnAddress(ValueError):
    """The text is no SS58 address of a 32-byte account."""


class Signer(Protocol):
    """An sr25519 account that signs transactions, wherever its secret is."""

    @property
    def public_key(self) -> bytes: ...

    @property
    def address(self) -> str: ...

    async def sign_payload(self, payload: bytes) -> bytes:
        """The 64 bytes that go into an extrinsic. Raises SignerRefused or SignerUnreachable when it is not ours."""
        ...


@dataclass(frozen=True)
class KeySource:
    """Describe where a signer is to be had, as settings say it. Nothing of it is ever shown: it may be the secret
    itself.
    """

    location: str = field(repr=False)
    password: str | None = field(default=None, repr=False)
    password_file: Path | None = None

    @property
    def is_development_path(self) -> bool:
        return self.location.startswith("//")


@dataclass(frozen=True)
class Keypair:
    """An sr25519 key that signs. Its secret never shows in logs or tracebacks."""

    public_key: bytes
    _secret_key: bytes = field(repr=False)

    @classmethod
    def from_uri(cls, uri: str) -> "Keypair":
        """From `0x` and a 32-byte seed, or a hard path of the development phrase such as `//Alice`.

        Raises ValueError for anything else.
        """
        seed = bytes.fromhex(uri[2:]) if uri.startswith("0x") else None
        if seed is not None and len(seed) == 32:
            return cls(*sr25519.pair_from_seed(seed))
        if not uri.startswith("//") or not all(_is_junction(part) for part in uri[2:].split("//")):
            raise ValueError(
                "a key is given as file:PATH of a keystore, signer:ADDRESS, 0x and a 32-byte seed,"
                " or //Name on a development chain"
            )
        public, secret = sr25519.pair_from_seed(_DEVELOPMENT_SEED)
        for junction in uri[2:].split("//"):
            _, public, secret = sr25519.hard_derive_keypair((_chain_code(junction), public, secret), b"")
        return cls(public, secret)

    @property
    def address(self) -> str:
        return address_of(self.public_key)

    @property
    def evm_address(self) -> EvmAddress:
        return evm_address_of(self.public_key)

    def sign(self, message: bytes) -> bytes:
        """64 bytes; two signatures of one message differ."""
        signature: bytes = sr25519.sign((self.public_key, self._secret_key), message)
        return signature

    async def sign_payload(self, payload: bytes) -> bytes:
        return self.sign(_signed_part(payload))

    def ed25519_secret(self) -> bytes:
        """The secret as keystores hold it: 64 bytes, the scalar multiplied by the curve's cofactor."""
        secret: bytes = sr25519.convert_secret_key_to_ed25519(self._secret_key)
        return secret


def is_signature_of(signature: bytes, payload: bytes, public_key: bytes) -> bool:
    """Return whether this account signed the payload."""
    try:
        return bool(sr25519.verify(signature, _signed_part(payload), public_key))
    except ValueError:  # not even the form of a signature
        return False


def _signed_part(payload: bytes) -> bytes:
    """Return what of an extrinsic's payload is signed: itself, or its BLAKE2b-256 hash where it is long."""
    return blake2b(payload, digest_size=32).digest() if len(payload) > 256 else payload


def fallback_account_of(address: EvmAddress) -> bytes:
    """Return the account that receives coin for a contract address which no account is mapped to.

    No wallet shows it. The key behind the address can use it, by `Revive.dispatch_as_fallback_account`.
    """
    return bytes.fromhex(address.removeprefix("0x")) + _FALLBACK_SUFFIX


def address_of(account_id: bytes) -> str:
    """The account's SS58 address with our prefix."""
    return str(ss58_encode(account_id, SS58_PREFIX))


def account_id_of(address: str) -> bytes:
    """The 32 bytes behind an SS58 address of any prefix. Raises NotAnAddress."""
    if len(address) > LONGEST_ADDRESS:  # base58 takes time that grows with the square of the length
        raise NotAnAddress("an address is shorter than this")
    try:
        account_id = bytes.fromhex(ss58_decode(address))
    except (ValueError, IndexError) as error:  # the latter for some texts of very few letters
        raise NotAnAddress(str(error)) from error
    if len(account_id) != 32:
        raise NotAnAddress(f"an account has 32 bytes, this has {len(account_id)}")
    return account_id


def evm_address_of(account_id: bytes) -> EvmAddress:
    """Return how pallet-revive's `AccountId32Mapper` shows an account to contracts.

    An account made from an Ethereum address (20 bytes and twelve times 0xEE) gives that address back, every other one
    the last 20 bytes of its Keccak-256 hash.
    """
    if account_id.endswith(_FALLBACK_SUFFIX):
        return EvmAddress("0x" + account_id[:20].hex())
    return EvmAddress("0x" + keccak(account_id)[12:].hex())


def _is_junction(part: str) -> bool:
    """Return whether the part is one hard step: a single slash would begin a soft one or a password."""
    return part != "" and "/" not in part


def _chain_code(junction: str) -> bytes:
    """A path's part as Substrate hashes it: SCALE-encoded text, or its number, filled up to 32 bytes."""
    if junction.isascii() and junction.isdecimal() and int(junction) < 2**64:
        encoded = int(junction).to_bytes(8, "little")
    else:
        text = junction.encode()
        if len(text) > 63:
            raise ValueError("a path's part has at most 63 bytes")
        encoded = bytes([len(text) << 2]) + text
    return blake2b(encoded, digest_size=32).digest() if len(encoded) > 32 else encoded.ljust(32, b"\0")
