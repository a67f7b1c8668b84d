"""The chain of a thread's entries: a whole one holds, and whatever is done to it afterwards shows."""

from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from descrow.disputes.thread import NO_DIGEST, EntryKind, ShownFile, ThreadBroken, ThreadEntry, check_thread

ORDER = UUID(int=7)
Entry = dict[str, Any]

files = st.builds(
    ShownFile,
    sha256=st.text("0123456789abcdef", min_size=64, max_size=64),
    cid=st.text("bafkrei234567", max_size=60),
    media_type=st.sampled_from(["image/png", "text/plain"]),
    size_bytes=st.integers(0, 2**53),
)
texts = st.text('aé☕"\\\n', max_size=30)
moments = st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@st.composite
def threads(draw: st.DrawFn, *, min_size: int = 0) -> list[Entry]:
    """A thread as it stands in JSON."""
    entries: list[Entry] = []
    previous = NO_DIGEST
    for number in range(1, draw(st.integers(min_size, 6)) + 1):
        entry = ThreadEntry(
            order=ORDER,
            number=number,
            author=draw(st.sampled_from(["0x" + "a" * 40, "0x" + "b" * 40])),
            kind=draw(st.sampled_from(list(EntryKind))),
            text=draw(st.none() | texts),
            file=draw(st.none() | files),
            erases=draw(st.none() | st.integers(1, 6)),
            written_at=draw(moments),
            previous_digest=previous,
        ).sealed()
        previous = entry.digest
        entries.append(msgspec.json.decode(msgspec.json.encode(entry)))
    return entries


def is_whole(entries: list[Entry]) -> bool:
    try:
        check_thread(entries, order=str(ORDER))
    except ThreadBroken:
        return False
    return True


@given(threads())
def test_a_thread_as_it_was_written_is_whole(entries: list[Entry]) -> None:
    check_thread(entries, order=str(ORDER))


@given(threads(min_size=1), st.data())
def test_no_field_of_any_entry_can_be_changed_unseen(entries: list[Entry], data: st.DataObject) -> None:
    entry = data.draw(st.sampled_from(entries))
    name = data.draw(st.sampled_from(sorted(entry)))
    entry[name] = data.draw((st.none() | st.integers() | texts).filter(lambda value: value != entry[name]))

    assert not is_whole(entries)


@given(threads(min_size=2), st.data())
def test_no_entry_but_the_last_can_be_left_out(entries: list[Entry], data: st.DataObject) -> None:
    del entries[data.draw(st.integers(0, len(entries) - 2))]

    assert not is_whole(entries)


@given(threads(min_size=2), st.data())
def test_entries_cannot_change_places(entries: list[Entry], data: st.DataObject) -> None:
    first = data.draw(st.integers(0, len(entries) - 2))
    entries[first], entries[first + 1] = entries[first + 1], entries[first]

    assert not is_whole(entries)


@given(threads(min_size=2), st.data())
def test_who_writes_an_entry_anew_with_a_digest_that_fits_breaks_with_the_next(
    entries: list[Entry], data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(entries) - 2))
    changed = msgspec.convert(entries[place] | {"text": "something else entirely"}, ThreadEntry)
    entries[place] = msgspec.to_builtins(changed.sealed())

    with pytest.raises(ThreadBroken, match=f"entry {place + 2} does not follow"):
        check_thread(entries, order=str(ORDER))


@given(threads(min_size=1))
def test_a_thread_is_not_anothers(entries: list[Entry]) -> None:
    with pytest.raises(ThreadBroken, match="another order"):
        check_thread(entries, order=str(UUID(int=8)))


def test_a_digest_is_that_of_the_plain_json_without_it() -> None:
    """So that a program in any language finds it."""
    entry = ThreadEntry(
        order=ORDER,
        number=1,
        author="0xaa",
        kind=EntryKind.MESSAGE,
        text="Habari ☕",
        file=None,
        erases=None,
        written_at=datetime(2026, 11, 25, 4, 5, 6, 7, tzinfo=UTC),
        previous_digest=NO_DIGEST,
    ).sealed()

    written_out = (
        '{"author":"0xaa","erases":null,"file":null,"kind":"message","number":1,'
        '"order":"00000000-0000-0000-0000-000000000007","previousDigest":"' + NO_DIGEST + '",'
        '"text":"Habari ☕","writtenAt":"2026-11-25T04:05:06.000007Z"}'
    )
    assert entry.digest == sha256(written_out.encode()).hexdigest()
