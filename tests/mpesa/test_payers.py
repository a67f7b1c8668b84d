"""Compare payers: the same phone is recognised in every spelling, a stranger's in none."""

from collections.abc import Callable
from hashlib import sha256

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from descrow.mpesa.payers import Payer, compare_payer
from descrow.mpesa.phones import Msisdn

PHONE = Msisdn("254712345678")

numbers = st.from_regex(r"254[17][0-9]{8}", fullmatch=True).map(Msisdn)
names = st.sampled_from(["", " - WANJIRU KAMAU", " - wanjiru", " - JOS\N{REPLACEMENT CHARACTER} 2", " -  "])

SPELLINGS: list[Callable[[str], str]] = [
    lambda number: number,
    lambda number: f"+{number}",
    lambda number: f"00{number}",
    lambda number: f"0{number[3:]}",
    lambda number: number[3:],
    lambda number: f"2540{number[3:]}",
    lambda number: f"{number[:3]} {number[3:6]} {number[6:]}",
    lambda number: f"{number[:5]}****{number[9:]}",
    lambda number: f"{number[:4]} ***** {number[9:]}",
    lambda number: f"0{number[3:6]}****{number[-3:]}",
    lambda number: f"{number[:6]}XXX{number[-3:]}",
    lambda number: f"*********{number[-3:]}",
    lambda number: sha256(number.encode()).hexdigest(),
    lambda number: sha256(number.encode()).hexdigest().upper(),
]


@given(phone=numbers, spelling=st.sampled_from(SPELLINGS), name=names)
def test_the_payer_is_recognised_in_every_spelling(phone: Msisdn, spelling: Callable[[str], str], name: str) -> None:
    assert compare_payer(["600310 - Safaricom333", spelling(phone) + name], phone) is Payer.SAME


@given(phone=numbers, stranger=numbers, spelling=st.sampled_from(SPELLINGS), name=names)
def test_a_stranger_is_never_taken_for_the_payer_if_a_shown_digit_differs(
    phone: Msisdn, stranger: Msisdn, spelling: Callable[[str], str], name: str
) -> None:
    assume(spelling(phone) != spelling(stranger))

    assert compare_payer([spelling(stranger) + name], phone) is not Payer.SAME


@pytest.mark.parametrize(
    "named",
    [
        "0722000000 - STRANGER",
        "254722000000 - STRANGER",
        "+254 722 000 000 - STRANGER",
        "722000000",
        "25472****678 - STRANGER",
        "2547 ***** 679",
        "0712***679",
    ],
)
def test_a_stranger_whose_digits_are_shown_is_another(named: str) -> None:
    assert compare_payer([named], PHONE) is Payer.OTHER


@pytest.mark.parametrize(
    "named",
    [
        [],
        [""],
        ["WANJIRU KAMAU"],
        ["600310 - Safaricom333"],
        ["5200100 - SHOP 0722000000"],
        ["************ - WANJIRU"],
        ["254*********"],
        ["25471******* - WANJIRU"],
        [sha256(b"salt" + PHONE.encode()).hexdigest()],
        ["- 254712345678"],
    ],
    ids=str,
)
def test_what_shows_no_payer_is_an_answer_of_its_own(named: list[str]) -> None:
    assert compare_payer(named, PHONE) is Payer.NOT_SHOWN


def test_one_party_that_is_the_payer_is_enough() -> None:
    assert compare_payer(["0722000000 - SHOP", "0712345678 - WANJIRU"], PHONE) is Payer.SAME


@given(named=st.lists(st.text(max_size=80), max_size=4), phone=numbers)
def test_whatever_is_named_there_is_an_answer(named: list[str], phone: Msisdn) -> None:
    assert compare_payer(named, phone) in Payer
