"""Result codes: each means what Safaricom says, and what nobody explains is never taken for a failure."""

from enum import StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from descrow.mpesa.outcomes import Refusal
from descrow.mpesa.results import (
    NOT_KNOWN_CODES,
    AlreadyDone,
    Failed,
    NotKnown,
    PayoutFailure,
    ReversalFailure,
    StatusQueryFailure,
    StkFailure,
    Succeeded,
    Undecided,
    payout_result,
    reversal_result,
    status_query_result,
    stk_result,
)

STK_FAILURES = {
    "1": "insufficient_balance",
    "2": "below_minimum",
    "3": "above_maximum",
    "4": "daily_limit_exceeded",
    "5": "insufficient_balance",
    "6": "account_inactive",
    "7": "misconfigured",
    "8": "receiver_limit_exceeded",
    "11": "account_inactive",
    "12": "misconfigured",
    "13": "account_inactive",
    "14": "misconfigured",
    "17": "repeated_too_soon",
    "26": "system_busy",
    "1001": "subscriber_busy",
    "1019": "expired",
    "1025": "prompt_not_sent",
    "9999": "prompt_not_sent",
    "1031": "cancelled_by_user",
    "1032": "cancelled_by_user",
    "1036": "timed_out",
    "1037": "timed_out",
    "2001": "wrong_pin",
    "2006": "account_inactive",
    "2008": "authentication_failed",
    "2026": "expired",
    "2028": "misconfigured",
    "SFC_IC0003": "misconfigured",
    "8006": "pin_locked",
    "E3008": "declined",
}

PAYOUT_FAILURES = {
    "1": "float_short",
    "2": "below_minimum",
    "3": "above_maximum",
    "4": "daily_limit_exceeded",
    "5": "float_short",
    "6": "shortcode_not_permitted",
    "7": "receiver_not_valid",
    "8": "receiver_limit_exceeded",
    "11": "account_inactive",
    "12": "receiver_not_valid",
    "13": "shortcode_not_permitted",
    "14": "receiver_not_valid",
    "2006": "account_inactive",
    "18": "initiator_refused",
    "20": "initiator_refused",
    "21": "initiator_refused",
    "22": "initiator_refused",
    "2001": "initiator_refused",
    "8006": "initiator_refused",
    "24": "request_not_valid",
    "25": "request_not_valid",
    "26": "system_busy",
    "2028": "shortcode_not_permitted",
    "2040": "receiver_not_registered",
    "SFC_IC0003": "receiver_not_valid",
}


@pytest.mark.parametrize(("code", "reason"), STK_FAILURES.items())
def test_a_failed_prompt_has_its_reason(code: str, reason: str) -> None:
    assert stk_result(code) == Failed(code, StkFailure(reason))


@pytest.mark.parametrize(("code", "reason"), PAYOUT_FAILURES.items())
def test_a_failed_payout_has_its_reason(code: str, reason: str) -> None:
    assert payout_result(code) == Failed(code, PayoutFailure(reason))


@given(code=st.text() | st.integers().map(str) | st.from_regex(r"[A-Z]{1,3}[0-9_]{1,6}", fullmatch=True))
def test_a_code_that_nobody_explains_never_ends_anything_at_once(code: str) -> None:
    if code not in {"0", "4999", *STK_FAILURES}:
        result = stk_result(code)
        assert isinstance(result, Undecided) or (isinstance(result, Failed) and result.reason.is_undecided)
    if code not in {"0", *PAYOUT_FAILURES}:
        assert payout_result(code) == Undecided(code)


@pytest.mark.parametrize("code", ["15", "16", "2100", "31337", "E9001", "SFC_IC0099"])
def test_a_prompt_that_m_pesa_itself_refused_has_failed_though_nobody_explains_the_code(code: str) -> None:
    assert stk_result(code) == Failed(code, StkFailure.NOT_EXPLAINED)


@pytest.mark.parametrize("code", ["100000001", "500.001.1001", "-1", "00", "", "paid", "313373"])
def test_what_is_no_code_of_m_pesas_core_says_nothing_of_a_prompt(code: str) -> None:
    assert stk_result(code) == Undecided(code)


@pytest.mark.parametrize("code", sorted(NOT_KNOWN_CODES))
def test_not_known_is_an_answer_of_its_own(code: str) -> None:
    assert status_query_result(code) == NotKnown(code)
    assert reversal_result(code) == Failed(code, ReversalFailure.UNKNOWN_TRANSACTION)


def test_zero_is_success_everywhere() -> None:
    assert [read("0") for read in (stk_result, payout_result, reversal_result, status_query_result)] == [
        Succeeded()
    ] * 4


def test_a_payment_still_in_progress_is_undecided() -> None:
    assert stk_result("4999") == Undecided("4999", still_processing=True)


@pytest.mark.parametrize("code", ["15", "17"])
def test_a_payout_that_may_have_been_made_all_the_same_is_undecided(code: str) -> None:
    assert payout_result(code) == Undecided(code)


def test_a_payment_reversed_before_counts_as_reversed() -> None:
    assert reversal_result("R000001") == AlreadyDone("R000001")
    assert reversal_result("R000002") == Failed("R000002", ReversalFailure.UNKNOWN_TRANSACTION)


@pytest.mark.parametrize(
    "reason",
    [*StkFailure, *PayoutFailure, *ReversalFailure, *StatusQueryFailure, *Refusal],
    ids=lambda r: f"{type(r).__name__}.{r}",
)
def test_every_reason_says_whether_to_try_again(reason: StrEnum) -> None:
    retry = reason.retry  # type: ignore[attr-defined]

    assert retry.may_retry or retry.wait_s is None


def test_the_waits_that_safaricom_names_are_kept() -> None:
    assert StkFailure.REPEATED_TOO_SOON.retry.wait_s == 120
    assert StkFailure.SUBSCRIBER_BUSY.retry.wait_s == 180
    assert Refusal.SUBSCRIBER_BUSY.retry.wait_s == 60


def test_only_silence_and_what_nobody_explains_need_another_query() -> None:
    assert [reason for reason in StkFailure if reason.is_undecided] == [
        StkFailure.TIMED_OUT,
        StkFailure.NOT_EXPLAINED,
    ]
