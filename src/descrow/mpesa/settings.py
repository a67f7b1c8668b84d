"""Define what an operator sets to take M-Pesa, read from the environment (`DESCROW_MPESA_…`).

None of it set means a marketplace without M-Pesa. Against the simulator and the real Daraja only these differ.
"""

import os
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr, StringConstraints, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from descrow.mpesa.urls import CallbackUrl, callback_url

PREFIX = "DESCROW_MPESA_"

BASE_URLS = {"sandbox": "https://sandbox.safaricom.co.ke", "production": "https://api.safaricom.co.ke"}

Shortcode = Annotated[str, StringConstraints(pattern=r"^[0-9]{5,7}$")]


class MpesaSettings(BaseSettings):
    """Secrets may carry the line break of the file they were copied from; it is taken off."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, hide_input_in_errors=True)

    environment: Literal["sandbox", "production"] | Annotated[str, StringConstraints(pattern=r"^https?://[^/]+$")] = (
        Field(description="sandbox, production, or the address of something else that speaks Daraja")
    )
    consumer_key: SecretStr = Field(min_length=1)
    consumer_secret: SecretStr = Field(min_length=1)

    shortcode: Shortcode = Field(description="the paybill that buyers pay to; for a till, its store number")
    till: Shortcode | None = Field(default=None, description="the till that buyers pay to, where it is no paybill")
    passkey: SecretStr = Field(min_length=1, description="of the shortcode, from Safaricom")

    pay_by_hand: bool = Field(
        default=False, description="whether buyers may pay the paybill by hand; its addresses are given to Daraja then"
    )
    payout_shortcode: Shortcode | None = Field(default=None, description="pays sellers; the shortcode where not set")
    initiator: str = Field(min_length=1, description="the API operator that payouts and inquiries are made by")
    initiator_password: SecretStr = Field(min_length=1)
    certificate: Path = Field(description="M-Pesa's certificate of this environment, PEM or DER")

    callback_base_url: str = Field(description="where Safaricom reaches us: https, public, in lower case")
    callback_secret: SecretStr = Field(
        min_length=32,
        description="makes the addresses that are given to Safaricom; changing it loses what is under way",
    )
    callback_senders: str = Field(
        default="", description="addresses that callbacks come from, separated by commas; from elsewhere is an alert"
    )

    kes_cents_per_dot: int | None = Field(default=None, gt=0, description="a rate that does not move; for trying out")
    rate_url: str | None = Field(
        default=None, description="where the rate is asked, answered as CoinGecko's simple/price does"
    )
    rate_max_age_s: int = Field(default=900, ge=1, description="an older rate is none")
    rate_min_kes_cents_per_dot: int | None = Field(default=None, gt=0, description="a lower rate is not used")
    rate_max_kes_cents_per_dot: int | None = Field(default=None, gt=0, description="a higher rate is not used")
    rate_max_change_percent: int = Field(
        default=25, ge=1, description="against the last rate that was used; a rate further off is not used for a day"
    )
    rate_spread_bps: int = Field(default=200, ge=0, le=10_000, description="added to the rate, which moves meanwhile")
    quote_lasts_s: int = Field(default=600, ge=60, description="how long a price in shillings is kept for a buyer")

    smallest_order_shillings: int = Field(
        default=100, ge=10, description="of an order by M-Pesa, which costs the shop fees and payouts"
    )
    prompts_an_hour: int = Field(default=12, ge=1, description="on one phone, whoever asks")
    prompts_a_day: int = Field(default=20, ge=1, description="on one phone, whoever asks")
    prompts_a_day_of_account: int = Field(default=20, ge=1, description="of one buyer, to whichever phones")
    prompts_a_day_of_network: int = Field(
        default=60, ge=1, description="of buyers who have never paid, from one network"
    )
    unwanted_prompts: int = Field(
        default=3, ge=1, description="in a row, cancelled or left by the phone's owner: then the buyer waits an hour"
    )
    balance_check_every_s: int = Field(default=3600, ge=10, description="how often the ledger is held against M-Pesa")

    requests_per_minute: int = Field(default=300, ge=1, description="of all processes together")
    burst: int = Field(default=5, ge=1, description="how many of them at once")

    @field_validator("consumer_key", "consumer_secret", "passkey", "initiator_password", mode="before")
    @classmethod
    def _without_line_break(cls, secret: object) -> object:
        """A stray space around the passkey is answered with "wrong credentials", which nobody understands."""
        return secret.strip() if isinstance(secret, str) else secret

    @model_validator(mode="after")
    def _callbacks_are_possible(self) -> Self:
        self.callback_url("payment")
        return self

    @model_validator(mode="after")
    def _has_one_rate(self) -> Self:
        if (self.kes_cents_per_dot is None) == (self.rate_url is None):
            raise ValueError("give the rate itself (kes_cents_per_dot), or where it is asked (rate_url)")
        return self

    @property
    def base_url(self) -> str:
        return BASE_URLS.get(self.environment, self.environment)

    @property
    def is_production(self) -> bool:
        return self.base_url == BASE_URLS["production"]

    @property
    def takes_payments_by_hand(self) -> bool:
        """Return whether people may pay and type an order's account number, which only a paybill asks for."""
        return self.pay_by_hand and self.till is None

    @property
    def paying_shortcode(self) -> str:
        """Return whose money is paid out."""
        return self.payout_shortcode or self.shortcode

    def callback_url(self, *segments: str) -> CallbackUrl:
        """The address below our own, checked. Raises CallbackUrlNotValid for one that Daraja would refuse."""
        return callback_url(self.callback_base_url, *segments, production=self.is_production)


def mpesa_settings() -> MpesaSettings | None:
    """The process's settings, None where M-Pesa is not taken. Raises ValidationError where they are incomplete."""
    if not any(name.upper().startswith(PREFIX) for name in os.environ):
        return None
    return MpesaSettings.model_validate({})
