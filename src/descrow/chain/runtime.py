"""One version of a chain's runtime: encodes calls and extrinsics, decodes events, all by the chain's own metadata."""

from dataclasses import dataclass
from functools import cached_property, lru_cache
from hashlib import blake2b
from typing import Any

import xxhash
from scalecodec._scale_bytes import ScaleBytes
from scalecodec.base import RuntimeConfigurationObject
from scalecodec.type_registry import load_type_registry_preset

from descrow.chain.events import BlockEvent, EventReader
from descrow.chain.headers import hash_of
from descrow.chain.keys import SS58_PREFIX, EvmAddress, Signer
from descrow.chain.scale import decode_compact, encode_compact, hex_bytes
from descrow.kernel.money import NOTHING, Planck

METADATA_VERSION = 15
ERA_PERIOD = 64
"""Blocks a signed transaction stays valid for: 6 to 12 minutes on Polkadot's chains."""

_SIGNED_V4 = b"\x84"
_MULTI_ADDRESS_ID = b"\x00"
_MULTI_SIGNATURE_SR25519 = b"\x01"
_SIGNATURE_END = 1 + 1 + 32 + 1 + 64
"""Version, kind of address, account, kind of signature, signature: what comes before the rest of a signed extrinsic."""
_CALL_INDEX_BYTES = 2
_IMMORTAL = 0


@dataclass(frozen=True)
class Era:
    """Describe when a transaction is valid: from block `birth` (whose hash is signed) for ERA_PERIOD blocks."""

    birth: int
    birth_hash: str

    @property
    def last_block(self) -> int:
        return self.birth + ERA_PERIOD - 1

    def encode(self) -> bytes:
        """Substrate's mortal era: the period's logarithm, and the birth's place in it."""
        phase = self.birth % ERA_PERIOD
        return ((ERA_PERIOD.bit_length() - 2) | phase << 4).to_bytes(2, "little")


@dataclass(frozen=True)
class SignedExtrinsic:
    """`extrinsic` is what is submitted; a block outside its era cannot hold it."""

    extrinsic: bytes
    hash: str
    nonce: int
    era: Era


@dataclass(frozen=True)
class RequestedCall:
    """One `Revive.call` out of a payload that somebody wants signed."""

    dest: EvmAddress
    value: Planck
    storage_deposit_limit: Planck
    data: bytes


@dataclass(frozen=True)
class SigningRequest:
    """All that a payload would do. The extrinsic lacks a signature, and is good enough to ask for its fee."""

    calls: tuple[RequestedCall, ...]
    tip: Planck
    unsigned_extrinsic: bytes


@dataclass(frozen=True)
class _Extra:
    """Describe what an extrinsic carries besides the call, in `width` bytes. `phase` is the era's place in it."""

    nonce: int
    phase: int
    tip: Planck
    width: int


class Runtime:
    """Made from what the node says of itself; good for every block with the same `spec_version`."""

    def __init__(self, metadata: bytes, *, spec_version: int, transaction_version: int, genesis_hash: str) -> None:
        """`metadata` is version 15, without the wrapping that the runtime API adds."""
        self.spec_version = spec_version
        self.transaction_version = transaction_version
        self.genesis_hash = genesis_hash
        self.metadata_hash = hash_of(metadata)
        self._types = RuntimeConfigurationObject(ss58_format=SS58_PREFIX, implements_scale_info=True)
        self._types.clear_type_registry()
        self._types.update_type_registry(load_type_registry_preset(name="core") or {})
        self._metadata = self._types.create_scale_object("MetadataVersioned", data=ScaleBytes(metadata))
        self._metadata.decode()
        self._types.add_portable_registry(self._metadata)
        versioned: Any = self._metadata.get_metadata()
        described = versioned.value_object[1].value
        types = {entry["id"]: entry["type"]["def"] for entry in described["types"]["types"]}
        self._types.update_type_registry_types(
            # Left alone, the codec turns bytes into text wherever they happen to be valid UTF-8.
            {f"scale_info::{type_id}": "HexBytes" for type_id in _byte_vectors(types)}
        )
        self._extensions: list[dict[str, Any]] = described["extrinsic"]["signed_extensions"]
        self._apis = {
            f"{api['name']}_{method['name']}": method for api in described["apis"] for method in api["methods"]
        }
        self._module_errors = _module_errors(described)
        self._storage = {
            (pallet["name"], entry["name"]): entry
            for pallet in described["pallets"]
            if pallet["storage"]
            for entry in pallet["storage"]["entries"]
        }
        self._events = EventReader(types, self._storage["System", "Events"]["type"]["Plain"], self._read_event)

    @cached_property
    def _contract_call_index(self) -> bytes:
        """Return what an encoded `Revive.call` begins with: its pallet's place, and its own."""
        nothing = {"ref_time": 0, "proof_size": 0}
        arguments = {"dest": "0x" + "00" * 20, "value": 0, "weight_limit": nothing, "storage_deposit_limit": 0}
        return self.encode_call("Revive", "call", {**arguments, "data": "0x"})[:_CALL_INDEX_BYTES]

    def encode_call(self, pallet: str, function: str, arguments: dict[str, Any]) -> bytes:
        """A call of the runtime, as it stands in extrinsics and batches."""
        call = self._types.create_scale_object("Call", metadata=self._metadata)
        encoded = call.encode({"call_module": pallet, "call_function": function, "call_args": arguments})
        return bytes(encoded.data)

    @cached_property
    def timestamp_set(self) -> bytes:
        """Return how the call begins with which a block's author says when it was made; the moment follows."""
        return self.encode_call("Timestamp", "set", {"now": 0})[:2]

    def encode_batch(self, calls: list[bytes]) -> bytes:
        """`Utility.force_batch`: each call is tried, and one that fails does not undo the others."""
        empty = self.encode_call("Utility", "force_batch", {"calls": []})
        return empty[:-1] + encode_compact(len(calls)) + b"".join(calls)

    async def sign(
        self, call: bytes, signer: Signer, *, nonce: int, era: Era, tip: Planck = NOTHING
    ) -> SignedExtrinsic:
        """The extrinsic that makes the signer's account do `call`. Raises as `Signer.sign_payload`."""
        extra, additional = self._signed_parts(nonce=nonce, era=era, tip=tip)
        signature = await signer.sign_payload(call + extra + additional)
        extrinsic = _assemble(signer.public_key, signature, extra, call)
        return SignedExtrinsic(extrinsic=extrinsic, hash=extrinsic_hash(extrinsic), nonce=nonce, era=era)

    def call_in(self, extrinsic: bytes) -> bytes:
        """The call of an extrinsic that `sign` made under this very version of the runtime."""
        _, prefix = decode_compact(extrinsic)
        beyond_signature = extrinsic[prefix + _SIGNATURE_END :]
        return beyond_signature[self._read_extra(beyond_signature).width :]

    def read_payload(self, payload: bytes, public_key: bytes) -> SigningRequest:
        """Return what signing this payload would make the account do.

        Raises ValueError unless it is, to the last byte, what an extrinsic of contract calls on this chain would sign:
        all of it is put together anew from what was read, and compared.
        """
        try:
            calls, length = self._read_contract_calls(payload)
            call = payload[:length]
            carried, birth_hash = self._read_signed_parts(payload[length:])
            era = Era(carried.phase, birth_hash)
            extra, additional = self._signed_parts(nonce=carried.nonce, era=era, tip=carried.tip)
        except Exception as error:  # the codec has no common base for what it raises
            raise ValueError(f"no payload of contract calls: {error}") from error
        if payload != call + extra + additional:
            raise ValueError("no payload of this chain and version")
        unsigned = _assemble(public_key, bytes(64), extra, call)
        return SigningRequest(calls=calls, tip=carried.tip, unsigned_extrinsic=unsigned)

    def _read_contract_calls(self, payload: bytes) -> tuple[tuple[RequestedCall, ...], int]:
        """The `Revive.call`s that the payload begins with, one or a batch of them, and how many bytes they take.

        Nothing else is given to the codec: calls within calls could nest until its stack is full.
        """
        batch = self.encode_batch([])[:_CALL_INDEX_BYTES]
        count, rest = 1, payload
        if payload.startswith(batch):
            count, width = decode_compact(payload[_CALL_INDEX_BYTES:])
            rest = payload[_CALL_INDEX_BYTES + width :]
        calls = []
        for _ in range(count):
            call, width = self._read_contract_call(rest)
            calls.append(call)
            rest = rest[width:]
        return tuple(calls), len(payload) - len(rest)

    def _read_contract_call(self, encoded: bytes) -> tuple[RequestedCall, int]:
        if not encoded.startswith(self._contract_call_index):
            raise ValueError("it is not a contract call")
        decoder = self._types.create_scale_object("Call", data=ScaleBytes(encoded), metadata=self._metadata)
        decoded = decoder.decode(check_remaining=False)
        arguments = {argument["name"]: argument["value"] for argument in decoded["call_args"]}
        again = self.encode_call("Revive", "call", arguments)
        if not encoded.startswith(again):
            raise ValueError("a contract call is not encoded as it should be")
        call = RequestedCall(
            dest=EvmAddress(str(arguments["dest"]).lower()),
            value=Planck(int(arguments["value"])),
            storage_deposit_limit=Planck(int(arguments["storage_deposit_limit"])),
            data=hex_bytes(arguments["data"]),
        )
        return call, len(again)

    def _read_extra(self, encoded: bytes) -> _Extra:
        """Return what an extrinsic carries beside its call. Raises ValueError for one that is valid for ever."""
        place = nonce = tip = phase = 0
        for extension in self._extensions:
            match extension["identifier"]:
                case "CheckMortality":
                    if encoded[place] == _IMMORTAL:
                        raise ValueError("it would never be over")
                    phase = int.from_bytes(encoded[place : place + 2], "little") >> 4
                    place += 2
                case "CheckNonce":
                    nonce, width = decode_compact(encoded[place:])
                    place += width
                case "ChargeTransactionPayment":
                    tip, width = decode_compact(encoded[place:])
                    place += width
                case "CheckMetadataHash":
                    place += 1
        return _Extra(nonce=nonce, phase=phase, tip=Planck(tip), width=place)

    def _read_signed_parts(self, encoded: bytes) -> tuple[_Extra, str]:
        """Return what follows the call in a payload: what the extrinsic carries, and the hash of its era's first
        block.
        """
        extra = self._read_extra(encoded)
        place = extra.width
        for extension in self._extensions:
            match extension["identifier"]:
                case "CheckSpecVersion" | "CheckTxVersion":
                    place += 4
                case "CheckGenesis":
                    place += 32
                case "CheckMortality":
                    break
        birth_hash = encoded[place : place + 32]
        if len(birth_hash) < 32:
            raise ValueError("it ends too early")
        return extra, "0x" + birth_hash.hex()

    def _signed_parts(self, *, nonce: int, era: Era, tip: int) -> tuple[bytes, bytes]:
        """Return what is signed beside the call: what the extrinsic carries, and what both sides know anyway."""
        in_extrinsic = {
            "CheckMortality": era.encode(),
            "CheckNonce": encode_compact(nonce),
            "ChargeTransactionPayment": encode_compact(tip),
            "CheckMetadataHash": b"\x00",  # disabled
        }
        in_payload = {
            "CheckSpecVersion": self.spec_version.to_bytes(4, "little"),
            "CheckTxVersion": self.transaction_version.to_bytes(4, "little"),
            "CheckGenesis": hex_bytes(self.genesis_hash),
            "CheckMortality": hex_bytes(era.birth_hash),
            "CheckMetadataHash": b"\x00",  # no hash
        }
        extra = b"".join(self._extension(item, "ty", in_extrinsic) for item in self._extensions)
        additional = b"".join(self._extension(item, "additional_signed", in_payload) for item in self._extensions)
        return extra, additional

    def decode_events(self, encoded: bytes) -> list[BlockEvent]:
        """`System.Events` of a block; dispatch errors by name. Raises ValueError."""
        return self._events.read(encoded)

    def decode_storage(self, pallet: str, entry: str, encoded: bytes) -> Any:
        """The value behind a storage key."""
        kind = self._storage[pallet, entry]["type"]
        value_type = kind["Plain"] if "Plain" in kind else kind["Map"]["value"]
        return self._decode(value_type, encoded)

    def decode_api_result(self, method: str, encoded: bytes) -> Any:
        """Return what a runtime API such as `ReviveApi_call` returned."""
        return self._decode(self._apis[method]["output"], encoded)

    def encode_api_arguments(self, method: str, *arguments: Any) -> bytes:
        """The arguments of a runtime API, in its order."""
        inputs = self._apis[method]["inputs"]
        encoded = b""
        for described, argument in zip(inputs, arguments, strict=True):
            encoded += bytes(self._types.create_scale_object(f"scale_info::{described['ty']}").encode(argument).data)
        return encoded

    def describe_error(self, error: Any) -> str:
        """A dispatch error by its name, such as `Revive.ContractReverted`."""
        if isinstance(error, dict) and isinstance(error.get("Module"), dict):
            module = error["Module"]
            place = (int(module["index"]), hex_bytes(str(module["error"]))[0])
            return self._module_errors.get(place, str(error))
        return str(error)

    def _decode(self, type_id: int, encoded: bytes) -> Any:
        return self._types.create_scale_object(
            f"scale_info::{type_id}", data=ScaleBytes(encoded), metadata=self._metadata
        ).decode()

    def _read_event(self, type_id: int, encoded: bytes) -> Any:
        values = self._decode(type_id, encoded)["attributes"]
        if isinstance(values, dict):
            return {
                name: self.describe_error(value) if name in ("error", "dispatch_error") else value
                for name, value in values.items()
            }
        return values

    def _extension(self, extension: dict[str, Any], part: str, known: dict[str, bytes]) -> bytes:
        """Return what one signed extension adds. Raises ValueError for one that wants data we do not know of."""
        identifier = extension["identifier"]
        if identifier in known:
            return known[identifier]
        try:
            self._decode(extension[part], b"")
        except Exception as error:  # the codec has no common base for what it raises
            raise ValueError(f"the chain's extension {identifier} wants data that is not known here") from error
        return b""


@lru_cache(maxsize=8)
def load_runtime(metadata: bytes, *, spec_version: int, transaction_version: int, genesis_hash: str) -> Runtime:
    """The runtime of this metadata, shared by all clients of a process: reading it takes a tenth of a second."""
    return Runtime(
        metadata, spec_version=spec_version, transaction_version=transaction_version, genesis_hash=genesis_hash
    )


def _assemble(public_key: bytes, signature: bytes, extra: bytes, call: bytes) -> bytes:
    body = _SIGNED_V4 + _MULTI_ADDRESS_ID + public_key + _MULTI_SIGNATURE_SR25519 + signature + extra + call
    return encode_compact(len(body)) + body


def storage_key(pallet: str, entry: str) -> str:
    """The key of a plain storage value, as 0x and hex digits."""
    return "0x" + (_twox_128(pallet) + _twox_128(entry)).hex()


def account_storage_key(account_id: bytes) -> str:
    """The key of `System.Account` for one account."""
    hashed = blake2b(account_id, digest_size=16).digest() + account_id
    return storage_key("System", "Account") + hashed.hex()


def extrinsic_hash(extrinsic: bytes) -> str:
    """Return how nodes and explorers name an extrinsic: the BLAKE2b-256 hash of all its bytes."""
    return "0x" + blake2b(extrinsic, digest_size=32).hexdigest()


@lru_cache
def _twox_128(text: str) -> bytes:
    return b"".join(xxhash.xxh64(text.encode(), seed=seed).intdigest().to_bytes(8, "little") for seed in (0, 1))


def _byte_vectors(types: dict[int, dict[str, Any]]) -> list[int]:
    """Ids of the types that are a `Vec<u8>`."""
    bytes_ids = {type_id for type_id, definition in types.items() if definition.get("primitive") == "u8"}
    return [
        type_id
        for type_id, definition in types.items()
        if "sequence" in definition and definition["sequence"]["type"] in bytes_ids
    ]


def _module_errors(described: dict[str, Any]) -> dict[tuple[int, int], str]:
    """Names of all pallets' errors, by the pallet's index and the error's."""
    types = {entry["id"]: entry["type"] for entry in described["types"]["types"]}
    return {
        (pallet["index"], variant["index"]): f"{pallet['name']}.{variant['name']}"
        for pallet in described["pallets"]
        if pallet["error"]
        for variant in types[pallet["error"]["ty"]]["def"]["variant"]["variants"]
    }
