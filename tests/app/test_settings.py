"""Settings as the rest of the program takes them."""

from pydantic import SecretStr

from descrow.app.settings import Settings
from descrow.contract.oracle_caps import OracleCaps
from descrow.kernel.money import KesCents


def test_the_caps_are_what_the_settings_say() -> None:
    settings = Settings(
        database_url=SecretStr("postgresql://descrow@localhost/descrow"),
        valkey_url=SecretStr("redis://localhost/0"),
        chain_url="ws://localhost:9944",
        jwt_secret=SecretStr("a secret that only tests know, 32 bytes"),
        oracle_cap_per_day_kes_cents=70_000_000,
    )

    assert settings.oracle_caps == OracleCaps(per_order=KesCents(25_000_000), per_day=KesCents(70_000_000))
