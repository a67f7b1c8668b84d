"""The table of retry policies: for each queue the time between two attempts, and when a person has to look.

The values below are the defaults. `app.settings` reads `DESCROW_RETRY_…` over them, and each process puts its table to
use when it starts. docs/operations.md lists them for operators.
"""

import random
from datetime import timedelta
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


class RetryPolicy(BaseModel):
    """Delays that grow up to a ceiling, without an end to the attempts."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    first_delay_s: int = Field(default=1, ge=1)
    growth: float = Field(default=2, ge=1, allow_inf_nan=False)
    """Factor between two delays."""
    max_delay_s: int = Field(default=600, ge=1)
    jitter: float = Field(default=0, ge=0, lt=1)
    """Part of a delay that chance may take off, so that many rows that failed together do not return together."""

    @model_validator(mode="after")
    def _ceiling_is_above_the_first_delay(self) -> Self:
        if self.max_delay_s < self.first_delay_s:
            raise ValueError("max_delay_s must be at least first_delay_s")
        return self

    @property
    def max_delay(self) -> timedelta:
        return timedelta(seconds=self.max_delay_s)

    def delay(self, attempt_count: int) -> timedelta:
        """Return the time to wait after so many attempts, counted from 0."""
        try:
            grown = self.first_delay_s * self.growth**attempt_count
        except OverflowError:
            grown = self.max_delay_s
        kept = 1 - self.jitter * random.random()  # noqa: S311  (spreads load, guards nothing)
        return timedelta(seconds=min(self.max_delay_s, grown) * kept)


class CountedRetryPolicy(RetryPolicy):
    """The same, and from some attempt on an alert or a case asks a person to look. The attempts go on."""

    escalate_after_attempts: int = Field(default=5, ge=1)

    def is_to_escalate(self, attempt_count: int) -> bool:
        """Return True if so many attempts are a matter for a person."""
        return attempt_count >= self.escalate_after_attempts


class AgedRetryPolicy(RetryPolicy):
    """The same, and from some age on a case asks a person to look. The attempts go on."""

    escalate_after_s: int = Field(default=3600, ge=1)

    @property
    def escalate_after(self) -> timedelta:
        return timedelta(seconds=self.escalate_after_s)


class StatusQueryPolicy(CountedRetryPolicy):
    last_attempt: int = Field(default=50, ge=1)
    """From this attempt on, an undecided answer ends the query."""


class RetrySchedule(BaseModel):
    """Delays one by one; after the last of them there is no further attempt."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    delays_s: tuple[int, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _delays_are_positive(self) -> Self:
        if min(self.delays_s) < 1:
            raise ValueError("each delay must be at least a second")
        return self

    def delay(self, attempt_count: int) -> timedelta | None:
        """Return the time to wait after so many attempts, counted from 0; None if that was the last one."""
        return timedelta(seconds=self.delays_s[attempt_count]) if attempt_count < len(self.delays_s) else None


class RetryPolicies(BaseModel):
    """One line for each queue."""

    model_config = ConfigDict(frozen=True)

    chain_events: RetryPolicy = RetryPolicy()
    """Events that cannot be applied to their order. Reconciliation opens a case for each."""
    contract_calls: AgedRetryPolicy = AgedRetryPolicy(escalate_after_s=900)
    """Calls that the contract refuses now, or that cost too much."""
    payments: AgedRetryPolicy = AgedRetryPolicy(first_delay_s=15, max_delay_s=300)
    """Prompts whose end M-Pesa has not reported."""
    failed_payments: RetrySchedule = RetrySchedule(delays_s=(60, 300, 1800, 10_800))
    """Prompts that M-Pesa reported as unanswered: the phone may have paid all the same."""
    payouts: RetryPolicy = RetryPolicy()
    """Payouts whose last attempt failed; M-Pesa's own waiting time comes first."""
    payout_requests: RetryPolicy = RetryPolicy()
    """Requests for a payout that Daraja refused for now, or did not answer."""
    payout_attempts: CountedRetryPolicy = CountedRetryPolicy(first_delay_s=30)
    """Payouts that Daraja took and whose result has not come."""
    status_queries: StatusQueryPolicy = StatusQueryPolicy(first_delay_s=30)
    """Questions to Transaction Status that have no answer."""
    daraja_callbacks: CountedRetryPolicy = CountedRetryPolicy()
    """Callbacks that Descrow cannot process."""
    messages: RetrySchedule = RetrySchedule(delays_s=(30, 120, 600, 1800, 7200, 21_600, 43_200))
    """E-mails, SMS and web pushes that their provider did not take."""
    webhooks: RetrySchedule = RetrySchedule(delays_s=(5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400))
    """Webhooks that their receiver did not take."""


_in_use = RetryPolicies()


def policies() -> RetryPolicies:
    """Return the table of this process."""
    return _in_use


def use_policies(table: RetryPolicies) -> None:
    """Put another table in the place of the defaults, for the whole process."""
    global _in_use  # set once, at the start of a process
    _in_use = table
