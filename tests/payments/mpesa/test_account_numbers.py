"""Account numbers: each is read as what it was made of, and no slip of a finger makes another one of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from descrow.payments.mpesa.account_numbers import AccountFor, AccountNumber, account_number_of, read_account_number

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
LARGEST_ID = 2**63 - 1
MOST_PROMPTS = 31**10 - 1

purposes = st.sampled_from(AccountFor)
ids = st.integers(1, LARGEST_ID) | st.integers(1, 10_000)


@given(purpose=purposes, about_id=ids)
def test_a_number_is_read_as_what_it_was_made_of(purpose: AccountFor, about_id: int) -> None:
    number = account_number_of(purpose, about_id)

    assert read_account_number(number) == AccountNumber(purpose, about_id)
    assert len(number) <= 20
    assert set(number) <= set(ALPHABET)


@given(about_id=st.integers(1, MOST_PROMPTS))
def test_a_prompts_number_fits_what_daraja_takes(about_id: int) -> None:
    assert len(account_number_of(AccountFor.PROMPT, about_id)) <= 12


@given(purpose=purposes, about_id=ids, data=st.data())
def test_one_wrong_sign_is_noticed(purpose: AccountFor, about_id: int, data: st.DataObject) -> None:
    number = account_number_of(purpose, about_id)
    place = data.draw(st.integers(0, len(number) - 1))
    wrong = data.draw(st.sampled_from([sign for sign in ALPHABET + "01ILO" if sign != number[place]]))

    assert read_account_number(number[:place] + wrong + number[place + 1 :]) is None


@given(purpose=purposes, about_id=ids, data=st.data())
def test_two_signs_that_changed_places_are_noticed(purpose: AccountFor, about_id: int, data: st.DataObject) -> None:
    signs = list(account_number_of(purpose, about_id))
    one, other = data.draw(st.lists(st.integers(0, len(signs) - 1), min_size=2, max_size=2, unique=True))
    is_the_same = signs[one] == signs[other]
    signs[one], signs[other] = signs[other], signs[one]

    assert (read_account_number("".join(signs)) is None) != is_the_same


@given(purpose=purposes, about_id=ids, data=st.data())
def test_small_letters_spaces_and_dashes_change_nothing(
    purpose: AccountFor, about_id: int, data: st.DataObject
) -> None:
    between = st.sampled_from(["", " ", "-", ".", " - "])
    typed = "".join(data.draw(between) + sign for sign in account_number_of(purpose, about_id).lower())

    assert read_account_number(typed) == AccountNumber(purpose, about_id)


@pytest.mark.parametrize(
    "typed", ["", "17", "ORDER 17", "D", "D2222", "0712345678", "D222222222222222", "Ｄ22233", "ſ"]
)
def test_what_is_no_account_number_is_none(typed: str) -> None:
    assert read_account_number(typed) is None


@given(typed=st.text(max_size=40))
def test_whatever_is_typed_there_is_an_answer(typed: str) -> None:
    number = read_account_number(typed)

    assert number is None or account_number_of(*number) in {"".join(c for c in typed.upper() if c.isalnum())}
