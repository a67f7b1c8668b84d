"""Values are stepped over to where whoever wrote them had ended, whatever their type."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from descrow.chain.layout import Layout
from descrow.chain.scale import encode_compact
from tests.chain.encoded import values_of


def fields(*type_ids: int) -> list[dict[str, Any]]:
    return [{"name": None, "type": type_id} for type_id in type_ids]


def variants(*of_each: list[dict[str, Any]]) -> dict[str, Any]:
    """Variants with these fields, and indices with gaps."""
    return {"variants": [{"index": 3 * place, "fields": of_one} for place, of_one in enumerate(of_each)]}


BYTE, WORD, YES_NO, TEXT, CHAR, NOTHING, LONG, SEVEN = range(8)
NESTED, LIST_OF_NESTED = 20, 21
TYPES: dict[int, dict[str, Any]] = {
    BYTE: {"primitive": "u8"},
    WORD: {"primitive": "i32"},
    YES_NO: {"primitive": "bool"},
    TEXT: {"primitive": "str"},
    CHAR: {"primitive": "char"},
    NOTHING: {"tuple": []},
    LONG: {"primitive": "u256"},
    SEVEN: {"array": {"len": 7, "type": BYTE}},
    8: {"compact": {"type": WORD}},
    9: {"composite": {"fields": fields(WORD, BYTE, SEVEN)}},
    10: {"composite": {"fields": fields(WORD, TEXT, YES_NO)}},
    11: {"sequence": {"type": BYTE}},
    12: {"sequence": {"type": TEXT}},
    13: {"sequence": {"type": NOTHING}},
    14: {"array": {"len": 3, "type": 11}},
    15: {"tuple": [8, 9, 12]},
    16: {"variant": variants([], fields(9), fields(10, 11))},
    17: {"variant": variants(fields(BYTE), fields(BYTE))},
    18: {"bitSequence": {"bit_store_type": BYTE, "bit_order_type": NOTHING}},
    19: {"bitSequence": {"bit_store_type": 22, "bit_order_type": NOTHING}},
    NESTED: {"variant": variants([], fields(LIST_OF_NESTED), fields(NESTED, BYTE))},
    LIST_OF_NESTED: {"sequence": {"type": NESTED}},
    22: {"primitive": "u32"},
}


@pytest.mark.parametrize("type_id", TYPES)
@given(data=st.data(), before=st.binary(max_size=5), after=st.binary(max_size=5))
def test_a_value_ends_where_its_writer_ended_it(type_id: int, data: st.DataObject, before: bytes, after: bytes) -> None:
    value = data.draw(values_of(TYPES, type_id))

    assert Layout(TYPES).end_of(type_id)(before + value + after, len(before)) == len(before) + len(value)


@pytest.mark.parametrize("type_id", set(TYPES) - {NOTHING})
@given(data=st.data())
def test_a_value_that_breaks_off_is_refused_or_ends_behind_what_is_there(type_id: int, data: st.DataObject) -> None:
    value = data.draw(values_of(TYPES, type_id))
    there = value[: data.draw(st.integers(0, max(0, len(value) - 1)))]

    try:
        end = Layout(TYPES).end_of(type_id)(there, 0)
    except ValueError:
        return
    assert end > len(there) or not value


@pytest.mark.parametrize(
    ("type_id", "encoded"),
    [
        (YES_NO, b"\x02"),
        (16, b"\x01"),
        (17, b"\x06\x00"),
        (TEXT, b"\x04\xff"),
        (12, encode_compact(2**60)),
        (NESTED, b"\x06" * 40),
    ],
)
def test_what_is_no_value_of_the_type_is_refused(type_id: int, encoded: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        Layout(TYPES).end_of(type_id)(encoded, 0)


@given(count=st.integers(2**20, 2**500))
def test_many_values_of_one_width_are_stepped_over_at_once(count: int) -> None:
    assert Layout(TYPES).end_of(13)(encode_compact(count), 0) == len(encode_compact(count))
    assert Layout(TYPES).end_of(11)(encode_compact(count), 0) == len(encode_compact(count)) + count


def test_a_kind_of_type_that_is_not_known_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown kind"):
        Layout({0: {"historic": {}}}).end_of(0)
