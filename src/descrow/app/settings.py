"""Everything an operator can set, read from the environment (`DESCROW_…`) and nowhere else."""

import re
from functools import lru_cache
from ipaddress import ip_address
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from descrow.accounts.settings import SignInSettings
from descrow.chain.keys import KeySource
from descrow.contract.oracle_caps import OracleCaps
from descrow.kernel.money import PLANCK_PER_DOT, KesCents
from descrow.kernel.retry.policies import RetryPolicies
from descrow.mpesa.settings import MpesaSettings, mpesa_settings
from descrow.notifications.settings import NotificationSettings, notification_settings

_ORIGIN = re.compile(r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?")


class RetrySettings(BaseSettings, RetryPolicies):
    """Any value of any queue, such as `DESCROW_RETRY_PAYOUTS__MAX_DELAY_S`; what is not set keeps its default."""

    model_config = SettingsConfigDict(
        env_prefix="DESCROW_RETRY_",
        env_nested_delimiter="__",
        nested_model_default_partial_update=True,
        frozen=True,
        hide_input_in_errors=True,
    )


def retry_settings() -> RetrySettings:
    return RetrySettings.model_validate({})


class Settings(BaseSettings):
    """Values with no default must be given; `descrow up` gives them to the processes it starts."""

    model_config = SettingsConfigDict(env_prefix="DESCROW_", hide_input_in_errors=True)

    database_url: SecretStr = Field(description="postgresql://user:password@host:port/database")
    valkey_url: SecretStr = Field(description="redis://:password@host:port/0")
    chain_url: str = Field(
        description="WebSocket address of a Polkadot node with pallet-revive; several, separated by commas, take over"
    )
    chain_witness_url: str = Field(
        default="", description="nodes, separated by commas, that must confirm each final block and its events"
    )

    public_chain_url: str = Field(
        default="",
        description="the node that browsers ask, shown to everybody; without it the first of DESCROW_CHAIN_URL",
    )

    jwt_secret: SecretStr = Field(min_length=32, description="signs access tokens; changing it ends every session")
    operator_key: SecretStr | None = Field(
        default=None,
        description="creates orders: file:PATH of a keystore, signer:ADDRESS, 0x and a seed, or //Name on a dev chain;"
        " for a worker and for `descrow deploy`, the API needs none",
    )
    operator_key_password: SecretStr | None = Field(default=None, description="of the keystore, or the signer's token")
    operator_key_password_file: Path | None = Field(default=None, description="the same in a file, mode 0600")
    oracle_key: SecretStr | None = Field(default=None, description="records M-Pesa payments; written the same way")
    oracle_key_password: SecretStr | None = None
    oracle_key_password_file: Path | None = None

    max_fee_planck: int = Field(default=PLANCK_PER_DOT, gt=0, description="of one transaction; above it, none is sent")
    max_deposit_planck: int = Field(default=PLANCK_PER_DOT, gt=0, description="held for what one transaction stores")
    operator_planck_per_day: int | None = Field(
        default=50 * PLANCK_PER_DOT, gt=0, description="fees and deposits of a day in UTC, shared by priority"
    )
    oracle_planck_per_day: int | None = Field(default=50 * PLANCK_PER_DOT, gt=0, description="the same of the oracle")
    low_balance_planck: int = Field(default=10 * PLANCK_PER_DOT, ge=0, description="a signer with less is an alert")

    smallest_order_planck: int = Field(
        default=PLANCK_PER_DOT // 10, ge=1, description="of an order in DOT, which costs the operator a transaction"
    )

    stock_kept_minutes: int = Field(
        default=15, ge=1, description="a piece is kept for a new order, until its buyer begins to pay"
    )
    unpaid_orders: int = Field(default=20, ge=1, description="of one buyer: to be paid, or made in 24 hours and not")
    unpaid_orders_of_newcomer: int = Field(default=10, ge=1, description="the same of a buyer who has never paid")
    unpaid_orders_per_network: int = Field(
        default=60, ge=1, description="new orders in a day of such buyers, from one network"
    )

    oracle_cap_per_order_kes_cents: int = Field(
        default=25_000_000, ge=0, description="the contract believes the oracle no larger M-Pesa payment of an order"
    )
    oracle_cap_per_day_kes_cents: int = Field(
        default=100_000_000, ge=0, description="nor more in all in a day in UTC; `descrow deploy` sets both caps"
    )

    reconcile_every_s: int = Field(
        default=300, ge=1, description="how often the worker compares orders and money with the contract"
    )

    metrics_token: SecretStr | None = Field(
        default=None,
        min_length=16,
        description="what a monitor shows to read /metrics; without it there is no /metrics",
    )

    mpesa: MpesaSettings | None = Field(
        default_factory=mpesa_settings, description="DESCROW_MPESA_…; a shop without them takes DOT only"
    )

    notifications: NotificationSettings = Field(
        default_factory=notification_settings, description="how messages leave the app"
    )
    retry: RetryPolicies = Field(
        default_factory=retry_settings, description="DESCROW_RETRY_…: when each queue tries again"
    )
    feed_kept_days: int = Field(
        default=365, ge=1, description="who comes back later than that is told to read everything anew"
    )
    answers_kept_days: int = Field(
        default=30, ge=1, description="how long a repeat of a request with its Idempotency-Key gets the same answer"
    )
    sessions_kept_days: int = Field(default=90, ge=1, description="how long sign-in sessions are kept after their end")
    callbacks_kept_days: int = Field(
        default=400, ge=1, description="how long M-Pesa's callbacks are kept after they were read"
    )

    content_max_bytes: int = Field(default=20_000_000, ge=1, description="of one file that somebody uploads")
    content_uploads_per_day: int = Field(default=100, ge=0, description="of one account, in a day in UTC")
    content_bytes_per_account: int = Field(
        default=500_000_000, ge=0, description="of all files that one account stores, evidence included"
    )
    content_bytes_total: int = Field(
        default=20_000_000_000, ge=0, description="of all files that everybody may see, and once more of all evidence"
    )
    content_unused_days: int = Field(
        default=30, ge=1, description="an upload that no product and no order names is deleted after so many"
    )
    kubo_url: str | None = Field(
        default=None, description="RPC address of an IPFS node that keeps uploads; else PostgreSQL does"
    )

    evidence_key: SecretStr | None = Field(
        default=None,
        min_length=32,
        description="files shown in disputes are encrypted under it; without it there are none, and if lost, all are",
    )

    bundle_key: SecretStr | None = Field(
        default=None,
        min_length=32,
        description="makes the key that signs a dispute's bundle; without it there are none",
    )

    host: str = "127.0.0.1"
    port: int = 8080
    public_url: str = Field(default="http://127.0.0.1:8080", description="what people type; part of what they sign")
    web_dist: Path = Field(
        default=Path(__file__).resolve().parents[3] / "web" / "dist" / "production",
        description="the built web app; where there is none, a plain page stands for it",
    )
    cors_origins: str = Field(
        default="", description="other origins, separated by commas, whose pages may ask the API; each is named"
    )
    socket_polling: bool = Field(
        default=True,
        description="let Socket.IO clients begin by polling; a client's polls must then all reach the same process",
    )
    rate_limit_factor: int = Field(default=1, ge=0, description="multiplies how often one may ask; 0 limits nobody")
    proxies: int = Field(default=0, ge=0, description="how many proxies of your own stand before the API")
    access_token_minutes: int = 15
    database_pool_size: int = 10
    log_format: str = Field(default="json", pattern="^(json|text)$")
    log_level: str = "INFO"

    @model_validator(mode="after")
    def _keeps_what_is_secret(self) -> Self:
        if not self.public_chain_url and _may_hold_a_key(self.chain_urls[0]):
            raise ValueError(
                "DESCROW_CHAIN_URL holds more than a host and a port, perhaps a key, and browsers would be shown it;"
                " name the node for browsers in DESCROW_PUBLIC_CHAIN_URL"
            )
        for key in (self.operator_key, self.oracle_key):
            if key is not None and key.get_secret_value().startswith("//") and not _is_loopback(self.host):
                raise ValueError(
                    f"everybody knows the development key {key.get_secret_value()}; with it, DESCROW_HOST must be a"
                    f" loopback address, not {self.host}"
                )
        return self

    @field_validator("cors_origins")
    @classmethod
    def _are_origins(cls, origins: str) -> str:
        for origin in _listed(origins):
            if not _ORIGIN.fullmatch(origin):
                raise ValueError(f"{origin!r} is no origin; write each like https://shop.example")
        return origins

    @property
    def sign_in(self) -> SignInSettings:
        return SignInSettings(
            token_secret=self.jwt_secret,
            access_token_minutes=self.access_token_minutes,
            public_url=self.public_url,
        )

    @property
    def operator_key_source(self) -> KeySource | None:
        return _key_source(self.operator_key, self.operator_key_password, self.operator_key_password_file)

    @property
    def oracle_key_source(self) -> KeySource | None:
        return _key_source(self.oracle_key, self.oracle_key_password, self.oracle_key_password_file)

    @property
    def oracle_caps(self) -> OracleCaps:
        return OracleCaps(
            per_order=KesCents(self.oracle_cap_per_order_kes_cents),
            per_day=KesCents(self.oracle_cap_per_day_kes_cents),
        )

    @property
    def chain_urls(self) -> list[str]:
        return _listed(self.chain_url)

    @property
    def chain_url_of_browsers(self) -> str:
        return self.public_chain_url or self.chain_urls[0]

    @property
    def cors_origin_list(self) -> list[str]:
        return _listed(self.cors_origins)

    @property
    def witness_urls(self) -> list[str]:
        return _listed(self.chain_witness_url)


def _key_source(key: SecretStr | None, password: SecretStr | None, password_file: Path | None) -> KeySource | None:
    if key is None:
        return None
    opened_with = None if password is None else password.get_secret_value()
    return KeySource(key.get_secret_value(), password=opened_with, password_file=password_file)


def _may_hold_a_key(url: str) -> bool:
    parts = urlsplit(url)
    return "@" in parts.netloc or parts.path not in ("", "/") or bool(parts.query)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


@lru_cache
def get_settings() -> Settings:
    """The process's settings. Raises pydantic's ValidationError, naming each variable that is missing or wrong."""
    return Settings.model_validate({})  # the values come from the environment
