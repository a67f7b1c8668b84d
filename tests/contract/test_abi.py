"""Check that values which go to the contract and come back keep their meaning."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from descrow.content.errors import CidNotValid
from descrow.contract.abi import UnknownEvent, Value, decode_revert, escrow_interface, from_json, to_json
from descrow.contract.cids import digest_of_cid
from descrow.contract.errors import ContractReverted, code_of_reason
from tests.content.raw_cids import raw_cid_of
from tests.contracts.reasons import REASONS

VALUES = {
    "uint256": st.integers(min_value=0, max_value=2**256 - 1),
    "bytes32": st.binary(min_size=32, max_size=32),
    "address": st.binary(min_size=20, max_size=20).map(lambda raw: "0x" + raw.hex()),
    "uint256[]": st.lists(st.integers(min_value=0, max_value=2**256 - 1), max_size=5),
}


@given(st.sampled_from(sorted(VALUES)).flatmap(lambda kind: st.tuples(st.just(kind), VALUES[kind])))
def test_a_value_survives_the_way_through_json(typed: tuple[str, Value]) -> None:
    kind, value = typed

    assert from_json(to_json(value), kind) == value


def test_integers_travel_as_digits_since_json_numbers_are_rounded() -> None:
    assert to_json([2**64, True]) == ["18446744073709551616", True]


def test_every_reason_of_the_contract_has_a_code_of_its_own() -> None:
    """The reasons are those that `tests/contracts/test_reasons.py` has found in the contract's files, and reached."""
    codes = {code_of_reason(reason) for reason in REASONS}

    assert len(codes) == len(REASONS)
    assert all(re.fullmatch(r"escrow_[a-z0-9_]+", code) for code in codes)


def test_a_refusal_speaks_in_the_contracts_words() -> None:
    refusal = ContractReverted("refund", "escrow: caller is not the seller")

    assert refusal.problem_code == "escrow_caller_is_not_the_seller"
    assert refusal.detail == "escrow: caller is not the seller"


@pytest.mark.parametrize("data", [b"", b"\x01\x02\x03\x04", b"\x4e\x48\x7b\x71" + bytes(32)])
def test_a_revert_without_a_reason_has_none(data: bytes) -> None:
    assert decode_revert(data) is None
    assert ContractReverted("refund", None).problem_code == "contract_reverted"


def test_an_event_the_contract_does_not_know_is_refused() -> None:
    with pytest.raises(UnknownEvent):
        escrow_interface().decode_event([bytes(32)], b"")


@given(st.binary(min_size=32, max_size=32))
def test_a_digest_survives_the_way_through_a_cid(digest: bytes) -> None:
    assert digest_of_cid(raw_cid_of(digest)) == digest


@pytest.mark.parametrize(
    "text", ["", "b", "bafkrei", "QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3N", "BAFKREI" + "A" * 52, "b" + "1" * 58]
)
def test_what_is_no_cid_is_refused(text: str) -> None:
    with pytest.raises(CidNotValid):
        digest_of_cid(text)
