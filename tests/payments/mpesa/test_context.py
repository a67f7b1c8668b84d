"""Check how many posts to one address are kept."""

import pytest

from descrow.kernel.retry.policies import policies
from descrow.payments.mpesa.context import MOST_CALLBACKS, CallbackCounter
from descrow.payments.mpesa.models import CallbackKind


@pytest.mark.parametrize("kind", [CallbackKind.TRANSACTION, CallbackKind.REVERSAL])
def test_every_answer_to_a_question_that_is_asked_again_is_heard(kind: CallbackKind) -> None:
    counter = CallbackCounter()
    asked = policies().status_queries.last_attempt + 1

    assert asked > MOST_CALLBACKS
    assert all(counter.is_within_limit(kind, 7) for _ in range(asked))


@pytest.mark.parametrize("kind", [CallbackKind.STK, CallbackKind.PAYOUT, CallbackKind.BALANCE])
def test_what_is_posted_once_is_kept_a_few_times_only(kind: CallbackKind) -> None:
    counter = CallbackCounter()

    kept = [counter.is_within_limit(kind, 7) for _ in range(100)]

    assert sum(kept) == MOST_CALLBACKS


def test_a_flood_at_one_address_ends() -> None:
    counter = CallbackCounter()

    kept = [counter.is_within_limit(CallbackKind.TRANSACTION, 7) for _ in range(5_000)]

    assert not kept[-1]
    assert counter.is_within_limit(CallbackKind.TRANSACTION, 8)
