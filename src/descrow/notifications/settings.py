"""Define what an operator sets to send messages out of the app, read from the environment (`DESCROW_…`)."""

from typing import Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from descrow.notifications.email import SmtpServer
from descrow.notifications.push import VapidKey


class NotificationSettings(BaseSettings):
    """None of it set means that people are told in the app, and programs by webhooks."""

    model_config = SettingsConfigDict(env_prefix="DESCROW_", hide_input_in_errors=True)

    smtp_url: SecretStr | None = Field(default=None, description="smtp://user:password@host:587, or smtps://…")
    mail_from: str | None = Field(default=None, description="whom e-mails come from")
    sms_username: str | None = Field(default=None, description="of Africa's Talking, or of what speaks like it")
    sms_api_key: SecretStr | None = None
    sms_sender: str | None = Field(default=None, description="whom an SMS comes from; else the provider's own number")
    sms_base_url: str = Field(default="https://api.africastalking.com", pattern=r"^https?://[^/]+/?$")
    sms_per_day: int = Field(
        default=1000, ge=1, description="SMS of the whole shop, in a day in UTC; the last quarter follows payments"
    )
    sms_per_account_per_day: int = Field(default=100, ge=1, description="as of the shop, of one account")
    emails_per_day: int = Field(default=10_000, ge=1, description="as of SMS")
    emails_per_account_per_day: int = Field(default=200, ge=1, description="as of SMS")
    codes_per_account_per_day: int = Field(
        default=10, ge=1, description="codes to confirm an address that one account may ask for, by each channel"
    )
    codes_per_network_per_day: int = Field(
        default=200, ge=1, description="the same for a network, which many customers of a mobile carrier share"
    )
    vapid_private_key: SecretStr | None = Field(
        default=None, description="signs web pushes: 32 bytes in base64url; changing it ends every subscription"
    )
    vapid_contact: str | None = Field(
        default=None, pattern=r"^(mailto:|https://).+", description="where a push service's people reach the operator"
    )
    webhooks_to_loopback: bool = Field(
        default=False, description="for trying out: webhooks and pushes may go to this machine, by plain http"
    )

    @field_validator("smtp_url")
    @classmethod
    def _is_smtp(cls, url: SecretStr | None) -> SecretStr | None:
        if url is not None:
            SmtpServer.of_url(url.get_secret_value())
        return url

    @field_validator("vapid_private_key")
    @classmethod
    def _is_key(cls, key: SecretStr | None) -> SecretStr | None:
        if key is not None:
            VapidKey(key.get_secret_value())
        return key

    @model_validator(mode="after")
    def _are_whole(self) -> Self:
        for one, other in (
            ("smtp_url", "mail_from"),
            ("sms_username", "sms_api_key"),
            ("vapid_private_key", "vapid_contact"),
        ):
            if (getattr(self, one) is None) != (getattr(self, other) is None):
                raise ValueError(f"{one} and {other} go together")
        return self


def notification_settings() -> NotificationSettings:
    return NotificationSettings.model_validate({})
