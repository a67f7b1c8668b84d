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


def settings_with(**values: object) -> Settings:
    return Settings.model_validate(
        {
            "database_url": "postgresql://descrow@localhost/descrow",
            "valkey_url": "redis://localhost/0",
            "chain_url": "ws://localhost:9944",
            "jwt_secret": "a secret that only tests know, 32 bytes",
            **values,
        }
    )


@pytest.mark.parametrize(
    "url",
    [
        "wss://node.example/v1/SECRET",
        "wss://user:SECRET@node.example",
        "wss://node.example?key=SECRET",
        "wss://node.example/SECRET,ws://localhost:9944",
    ],
)
def test_an_address_that_may_hold_a_key_is_not_shown_to_browsers(url: str) -> None:
    with pytest.raises(ValidationError, match="DESCROW_PUBLIC_CHAIN_URL") as refused:
        settings_with(chain_url=url)

    assert "SECRET" not in str(refused.value)
    named = settings_with(chain_url=url, public_chain_url="wss://public.example")
    assert named.chain_url_of_browsers == "wss://public.example"


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "shop.example"])
@pytest.mark.parametrize("key", ["operator_key", "oracle_key"])
def test_keys_that_everybody_knows_are_for_this_machine_only(host: str, key: str) -> None:
    with pytest.raises(ValidationError, match="development key"):
        settings_with(host=host, **{key: "//Operator"})

    assert settings_with(host=host, **{key: "file:operator.json"}).host == host


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1", "localhost"])
def test_on_this_machine_they_may_be_used(host: str) -> None:
    assert settings_with(host=host, operator_key="//Operator").host == host
