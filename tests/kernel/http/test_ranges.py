"""A Range header means what RFC 9110 says, and what it does not say means the whole file."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from descrow.kernel.http.ranges import RangeNotSatisfiable, is_same, wanted_range

sizes = st.integers(min_value=0, max_value=10**12)


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        ("bytes=0-0", range(1)),
        ("bytes=0-9", range(10)),
        ("bytes=3-5", range(3, 6)),
        ("bytes=3-", range(3, 10)),
        ("bytes=9-", range(9, 10)),
        ("bytes=3-500", range(3, 10)),
        ("bytes=-4", range(6, 10)),
        ("bytes=-500", range(10)),
        ("Bytes=3-5", range(3, 6)),
        ("bytes=5-3", None),
        ("bytes=0-1,3-4", None),
        ("bytes=-", None),
        ("bytes=a-b", None),
        ("bytes=٣-٥", None),
        ("bytes=" + "9" * 5000 + "-", None),
        ("seconds=0-1", None),
        ("", None),
        (None, None),
    ],
)
def test_of_ten_bytes(header: str | None, wanted: range | None) -> None:
    assert wanted_range(header, 10) == wanted


@pytest.mark.parametrize("header", ["bytes=10-", "bytes=10-20", "bytes=-0", "bytes=999999999999999999-"])
def test_bytes_that_ten_bytes_do_not_have_are_refused_with_the_size(header: str) -> None:
    with pytest.raises(RangeNotSatisfiable) as refused:
        wanted_range(header, 10)

    assert refused.value.headers == {"Content-Range": "bytes */10"}


@given(st.integers(min_value=0, max_value=10**18 - 1), st.integers(min_value=0, max_value=10**18 - 1), sizes)
def test_from_first_to_last(first: int, last: int, size: int) -> None:
    try:
        wanted = wanted_range(f"bytes={first}-{last}", size)
    except RangeNotSatisfiable:
        assert first >= size
        return
    assert wanted == (range(first, min(last + 1, size)) if first <= last else None)


@given(st.integers(min_value=0, max_value=10**18 - 1), sizes)
def test_the_last_bytes(length: int, size: int) -> None:
    try:
        wanted = wanted_range(f"bytes=-{length}", size)
    except RangeNotSatisfiable:
        assert length == 0 or size == 0
        return
    assert wanted == range(max(size - length, 0), size)


@given(st.text("bytes=0123456789-, ", max_size=20), sizes)
def test_any_text_is_a_range_or_the_whole_or_is_refused(header: str, size: int) -> None:
    try:
        wanted = wanted_range(header, size)
    except RangeNotSatisfiable:
        return
    assert wanted is None or 0 <= wanted.start < wanted.stop <= size


@pytest.mark.parametrize(
    ("header", "same"),
    [('"a"', True), ('W/"a"', True), ('"b", "a"', True), ("*", True), ('"b"', False), ("a", False), (None, False)],
)
def test_what_the_client_has_already(header: str | None, same: bool) -> None:
    assert is_same(header, '"a"') is same
