"""Too many of one owner: the longest waiting of them leaves, and nobody else does."""

from hypothesis import given
from hypothesis import strategies as st

from descrow.kernel.room import Room


def test_the_longest_waiting_of_an_owner_makes_room_for_the_newest() -> None:
    gone = list[str]()
    room = Room[str](gone.append, most_of_an_owner=2)

    for key in ("a1", "b1", "a2", "a3"):
        room.enter(key, key[0])

    assert gone == ["a1"]
    assert [key in room for key in ("a1", "a2", "a3", "b1")] == [False, True, True, True]


def test_who_enters_again_waits_from_the_beginning() -> None:
    gone = list[str]()
    room = Room[str](gone.append, most_of_an_owner=2)

    for key in ("one", "two", "one", "three"):
        room.enter(key, "owner")

    assert gone == ["two"]


def test_a_full_room_takes_from_the_owner_who_has_most_in_it() -> None:
    gone = list[str]()
    room = Room[str](gone.append, most_of_an_owner=None, most=4)

    for key in ("honest", "x1", "x2", "x3", "x4"):
        room.enter(key, key[0])

    assert gone == ["x1"]


def test_nobody_leaves_where_nobody_waits() -> None:
    room = Room[str](lambda _: None, most_of_an_owner=None)

    assert not room.make_room()


@given(st.lists(st.tuples(st.sampled_from(["enter", "leave"]), st.integers(0, 9), st.integers(0, 2)), max_size=60))
def test_no_owner_ever_has_more_than_the_most_and_each_is_sent_away_once(steps: list[tuple[str, int, int]]) -> None:
    gone = list[int]()
    room = Room[int](gone.append, most_of_an_owner=2, most=4)
    inside: dict[int, int] = {}
    for step, key, owner in steps:
        gone.clear()
        if step == "enter":
            room.enter(key, str(owner))
            inside.pop(key, None)
            inside[key] = owner
        else:
            room.leave(key)
            inside.pop(key, None)
        for left in gone:
            del inside[left]  # fails for who was not in the room

        assert {key for key in range(10) if key in room} == set(inside)
        assert len(inside) <= 4
        assert all(list(inside.values()).count(owner) <= 2 for owner in range(3))
