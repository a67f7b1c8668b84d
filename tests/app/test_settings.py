"""Settings as the rest of the program takes them."""

import pytest
from pydantic import SecretStr, ValidationError

from descrow.app.settings import RetrySettings, Settings
from descrow.contract.oracle_caps import OracleCaps
from descrow.kernel.money import KesCents
from descrow.kernel.retry.policies import RetryPolicies


def test_the_caps_are_what_the_settings_say() -> None:
    settings = Settings(
        database_url=SecretStr("postgresql://descrow@localhost/descrow"),
        valkey_url=SecretStr("redis://localhost/0"),
        chain_url="ws://localhost:9944",
        jwt_secret=SecretStr("a secret that only tests know, 32 bytes"),
        oracle_cap_per_day_kes_cents=70_000_000,
    )

    assert settings.oracle_caps == OracleCaps(per_order=KesCents(25_000_000), per_day=KesCents(70_000_000))


def test_an_operator_changes_one_value_and_the_others_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESCROW_RETRY_PAYMENTS__MAX_DELAY_S", "60")
    monkeypatch.setenv("DESCROW_RETRY_WEBHOOKS__DELAYS_S", "[1, 2]")

    table = RetrySettings()

    assert table.payments == RetryPolicies().payments.model_copy(update={"max_delay_s": 60})
    assert table.webhooks.delays_s == (1, 2)
    assert table.payouts == RetryPolicies().payouts


def test_a_value_that_its_queue_does_not_have_is_refused_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESCROW_RETRY_PAYOUTS__LAST_ATTEMPT", "3")

    with pytest.raises(ValidationError, match=r"payouts\.last_attempt"):
        RetrySettings()
