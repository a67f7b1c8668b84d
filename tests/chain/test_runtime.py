"""The chain's encoding: our shortcuts agree with the codec, and what is not known is refused rather than guessed."""

from hashlib import blake2b
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scalecodec._scale_bytes import ScaleBytes
from scalecodec.base import RuntimeConfigurationObject
from scalecodec.type_registry import load_type_registry_preset

from descrow.chain.client import ChainClient
from descrow.chain.keys import Keypair
from descrow.chain.runtime import ERA_PERIOD, Era, Runtime, account_storage_key, extrinsic_hash, storage_key
from descrow.chain.scale import decode_compact, encode_compact

ALICE = Keypair.from_uri("//Alice")
GENESIS = "0x" + "45" * 32


@pytest.fixture(scope="module")
def codec() -> RuntimeConfigurationObject:
    """The codec's own idea of the basic types."""
    types = RuntimeConfigurationObject()
    types.update_type_registry(load_type_registry_preset(name="core") or {})
    return types


@pytest.fixture
async def runtime(chain: ChainClient) -> Runtime:
    return await chain._runtime()


@given(value=st.integers(min_value=0, max_value=2**128 - 1) | st.integers(min_value=0, max_value=2**31))
def test_a_compact_integer_is_what_the_codec_makes_of_it_and_comes_back(
    codec: RuntimeConfigurationObject, value: int
) -> None:
    encoded = encode_compact(value)

    assert encoded == bytes(codec.create_scale_object("Compact<u128>").encode(value).data)
    assert codec.create_scale_object("Compact<u128>", data=ScaleBytes(encoded)).decode() == value
    assert decode_compact(encoded + b"what follows") == (value, len(encoded))


@pytest.mark.parametrize("value", [0, 63, 64, 2**14 - 1, 2**14, 2**30 - 1, 2**30, 2**32 - 1, 2**32, 2**536 - 1])
def test_a_compact_integer_is_whole_on_both_sides_of_each_change_of_form(value: int) -> None:
    encoded = encode_compact(value)

    assert decode_compact(encoded) == (value, len(encoded))


@given(birth=st.integers(min_value=0, max_value=2**32 - 1))
def test_an_era_is_what_the_codec_makes_of_it(codec: RuntimeConfigurationObject, birth: int) -> None:
    era = Era(birth, GENESIS)

    by_codec = codec.create_scale_object("Era").encode({"period": ERA_PERIOD, "phase": birth % ERA_PERIOD})

    assert era.encode() == bytes(by_codec.data)


@given(birth=st.integers(min_value=0, max_value=2**32 - 1))
def test_every_block_of_an_era_agrees_on_its_birth(codec: RuntimeConfigurationObject, birth: int) -> None:
    era = Era(birth, GENESIS)
    as_read = codec.create_scale_object("Era", data=ScaleBytes(era.encode()))
    as_read.decode()

    assert [as_read.birth(number) for number in (birth, era.last_block)] == [birth, birth]
    assert as_read.death(birth) == era.last_block + 1


def test_storage_keys_are_the_ones_every_node_knows() -> None:
    assert storage_key("System", "Events") == "0x26aa394eea5630e07c48ae0c9558cef780d41e5e16056765bc8461851072c9d7"
    assert account_storage_key(ALICE.public_key) == (
        "0x26aa394eea5630e07c48ae0c9558cef7b99d880ec681799c0cf30e8886371da9"
        "de1e86a9a8c739864cf3cc5ec2bea59fd43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d"
    )


async def test_an_extrinsic_is_named_by_the_hash_of_all_its_bytes(runtime: Runtime) -> None:
    signed = await runtime.sign(_remark(runtime, b"hello"), ALICE, nonce=7, era=Era(100, GENESIS))

    assert signed.hash == "0x" + blake2b(signed.extrinsic, digest_size=32).hexdigest()
    assert signed.hash == extrinsic_hash(signed.extrinsic)
    assert signed.nonce == 7
    assert signed.era.last_block == 163


async def test_a_signed_extrinsic_says_its_length_its_signer_and_its_call(runtime: Runtime) -> None:
    call = _remark(runtime, b"hello")

    signed = await runtime.sign(call, ALICE, nonce=7, era=Era(100, GENESIS))

    length, prefix = decode_compact(signed.extrinsic)
    body = signed.extrinsic[prefix:]
    assert length == len(body)
    assert body[:2] == b"\x84\x00"  # signed, version 4; an account id follows
    assert body[2:34] == ALICE.public_key
    assert body.endswith(call)


@pytest.mark.parametrize("data", [b"plain text", b"\xff\xfe", b"", b"0x1234", "šum".encode()])
async def test_bytes_stay_bytes_even_where_they_could_be_text(runtime: Runtime, data: bytes) -> None:
    read = runtime.decode_api_result("ReviveApi_call", _a_run_that_returns(data))

    assert read["result"]["Ok"]["data"] == "0x" + data.hex()


@pytest.mark.parametrize("count", [0, 1, 63, 64, 200])
async def test_a_batch_is_what_the_codec_makes_of_it(runtime: Runtime, count: int) -> None:
    one = {"call_module": "System", "call_function": "remark", "call_args": {"remark": "0x0102"}}

    ours = runtime.encode_batch([_remark(runtime, b"\x01\x02")] * count)

    assert ours == runtime.encode_call("Utility", "force_batch", {"calls": [one] * count})


def _an_extension(runtime: Runtime, *, like: str, part: str) -> dict[str, Any]:
    """An extension nobody knows, that wants what another one does."""
    described = next(item for item in runtime._extensions if item["identifier"] == like)
    nothing = next(item for item in runtime._extensions if item["identifier"] == "CheckNonZeroSender")["ty"]
    return {"identifier": "CheckTheWeather", "ty": nothing, "additional_signed": nothing, part: described[part]}


@pytest.mark.parametrize(("like", "part"), [("CheckNonce", "ty"), ("CheckGenesis", "additional_signed")])
async def test_an_unknown_extension_that_wants_data_is_refused(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch, like: str, part: str
) -> None:
    unknown = _an_extension(runtime, like=like, part=part)
    monkeypatch.setattr(runtime, "_extensions", [*runtime._extensions, unknown])

    with pytest.raises(ValueError, match="CheckTheWeather wants data"):
        await runtime.sign(_remark(runtime, b"hello"), ALICE, nonce=0, era=Era(1, GENESIS))


async def test_an_unknown_extension_that_wants_nothing_changes_nothing(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    call, era = _remark(runtime, b"hello"), Era(1, GENESIS)
    before = await runtime.sign(call, ALICE, nonce=0, era=era)
    harmless = _an_extension(runtime, like="CheckNonZeroSender", part="ty")
    monkeypatch.setattr(runtime, "_extensions", [*runtime._extensions, harmless])

    after = await runtime.sign(call, ALICE, nonce=0, era=era)

    assert _without_signature(after.extrinsic) == _without_signature(before.extrinsic)


async def test_a_dispatch_error_is_called_by_its_name(runtime: Runtime) -> None:
    names = {name: place for place, name in runtime._module_errors.items()}
    pallet, variant = names["Revive.ContractReverted"]

    described = runtime.describe_error({"Module": {"index": pallet, "error": f"0x{variant:02x}000000"}})

    assert described == "Revive.ContractReverted"


@pytest.mark.parametrize(
    "error", ["BadOrigin", {"Token": "FundsUnavailable"}, {"Module": {"index": 250, "error": "0xff"}}]
)
async def test_a_dispatch_error_without_a_name_is_told_as_it_is(runtime: Runtime, error: Any) -> None:
    assert runtime.describe_error(error) == str(error)


def _remark(runtime: Runtime, remark: bytes) -> bytes:
    return runtime.encode_call("System", "remark", {"remark": "0x" + remark.hex()})


def _without_signature(extrinsic: bytes) -> tuple[bytes, bytes]:
    _, prefix = decode_compact(extrinsic)
    signature = prefix + 2 + 32 + 1
    return extrinsic[:signature], extrinsic[signature + 64 :]


def _a_run_that_returns(data: bytes) -> bytes:
    """A `ContractResult` that cost nothing: two weights, two deposits, gas, `Ok`, no flags, then the data."""
    weights, no_charge, gas, ok, flags = bytes(4), b"\x01" + bytes(16), bytes(16), bytes(1), bytes(4)
    return weights + no_charge * 2 + gas + ok + flags + encode_compact(len(data)) + data
