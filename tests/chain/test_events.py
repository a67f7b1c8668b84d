"""A block's events, walked over, are what the general codec reads; what is not whole is refused."""

import asyncio
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from descrow.app.devstack.stack import DevStackEndpoints as DevStackEndpoints
from descrow.chain.client import ChainClient
from descrow.chain.runtime import Runtime
from descrow.chain.scale import encode_compact
from tests.chain.encoded import Types, values_of, variant_values

CONTRACT = "0x" + "c0" * 20


@pytest.fixture(scope="module")
def runtime(stack: DevStackEndpoints) -> Runtime:
    async def load() -> Runtime:
        chain = ChainClient(stack.chain_url)
        try:
            return await chain._runtime()
        finally:
            await chain.close()

    return asyncio.run(load())


@pytest.fixture(scope="module")
def types(runtime: Runtime) -> Types:
    versioned: Any = runtime._metadata.get_metadata()
    described = versioned.value_object[1].value
    return {entry["id"]: entry["type"]["def"] for entry in described["types"]["types"]}


@pytest.fixture(scope="module")
def record_type(runtime: Runtime, types: Types) -> int:
    return int(types[runtime._storage["System", "Events"]["type"]["Plain"]]["sequence"]["type"])


def by_the_codec(runtime: Runtime, encoded: bytes) -> list[tuple[Any, ...]]:
    """Place, extrinsic, pallet, name and values of each event."""
    return [
        (
            place,
            record["extrinsic_idx"],
            record["event"]["module_id"],
            record["event"]["event_id"],
            with_named_errors(runtime, record["event"]["attributes"]),
        )
        for place, record in enumerate(runtime.decode_storage("System", "Events", encoded))
    ]


def with_named_errors(runtime: Runtime, attributes: Any) -> Any:
    if not isinstance(attributes, dict):
        return attributes
    return {
        name: runtime.describe_error(value) if name in ("error", "dispatch_error") else value
        for name, value in attributes.items()
    }


def by_walking(runtime: Runtime, encoded: bytes) -> list[tuple[Any, ...]]:
    return [
        (event.index, event.extrinsic_index, event.pallet, event.name, event.values)
        for event in runtime.decode_events(encoded)
    ]


def block_of(records: list[bytes]) -> bytes:
    return encode_compact(len(records)) + b"".join(records)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_every_event_that_the_chain_knows_is_what_the_codec_reads(
    runtime: Runtime, types: Types, record_type: int, data: st.DataObject
) -> None:
    phase, event, topics = (field["type"] for field in types[record_type]["composite"]["fields"])
    pallet = data.draw(st.sampled_from(types[event]["variant"]["variants"]))
    kind = data.draw(st.sampled_from(types[pallet["fields"][0]["type"]]["variant"]["variants"]))
    record = (
        data.draw(values_of(types, phase))
        + bytes([pallet["index"]])
        + data.draw(variant_values(types, kind))
        + data.draw(values_of(types, topics))
    )
    others = data.draw(st.lists(values_of(types, record_type), max_size=2))
    encoded = block_of([record, *others])

    walked = by_walking(runtime, encoded)

    assert walked == by_the_codec(runtime, encoded)
    assert walked[0][2:4] == (pallet["name"], kind["name"])


@given(data=st.data())
def test_bytes_that_are_not_whole_records_are_refused(
    runtime: Runtime, types: Types, record_type: int, data: st.DataObject
) -> None:
    records = data.draw(st.lists(values_of(types, record_type), min_size=1, max_size=3))
    encoded = block_of(records)
    cut = data.draw(st.integers(0, len(encoded) - 1))

    for broken in (
        encoded[:cut],
        encoded + b"\x00",
        encode_compact(len(records) + 1) + encoded[1:],
        encode_compact(len(records) - 1) + encoded[1:],
        encode_compact(2**40) + encoded[1:],
    ):
        with pytest.raises(ValueError, match=r"."):
            runtime.decode_events(broken)


@given(data=st.data())
def test_what_is_walked_over_can_be_read_even_where_a_byte_is_wrong(
    runtime: Runtime, types: Types, record_type: int, data: st.DataObject
) -> None:
    encoded = bytearray(block_of(data.draw(st.lists(values_of(types, record_type), min_size=1, max_size=3))))
    encoded[data.draw(st.integers(0, len(encoded) - 1))] = data.draw(st.integers(0, 255))

    try:
        runtime.decode_events(bytes(encoded))
    except ValueError:
        return
    assert by_walking(runtime, bytes(encoded)) == by_the_codec(runtime, bytes(encoded))


@given(
    topics=st.lists(st.binary(min_size=32, max_size=32), max_size=4), data=st.binary(max_size=200), at=st.integers(0, 9)
)
def test_a_contracts_log_is_found_with_its_topics_and_its_data(
    runtime: Runtime, topics: list[bytes], data: bytes, at: int
) -> None:
    index = next(kind.index for kind in runtime._events._kinds.values() if kind.is_contract_log)
    values = bytes.fromhex(CONTRACT[2:]) + encode_compact(len(data)) + data + block_of(topics)
    record = b"\x00" + at.to_bytes(4, "little") + index + values + block_of([])

    (event,) = runtime.decode_events(block_of([record]))

    assert event.extrinsic_index == at
    assert event.is_contract_event_of(CONTRACT)
    assert not event.is_contract_event_of("0x" + "c1" * 20)
    assert event.contract_log() == (topics, data)


def test_a_kind_of_event_that_is_not_known_is_refused(runtime: Runtime) -> None:
    with pytest.raises(ValueError, match="record 0 of 1 is of no kind that is known: ffff"):
        runtime.decode_events(block_of([b"\x01\xff\xff"]))
