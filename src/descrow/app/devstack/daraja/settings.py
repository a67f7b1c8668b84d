"""Define what can be chosen when the simulator starts."""

from pathlib import Path
from typing import Literal

import msgspec

CENTS = 100
"""Cents in a shilling."""

AfterRestart = Literal["send", "lose"]


class SimulatorSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Durations are in seconds and limits in whole shillings, as their names say."""

    data: Path
    host: str = "127.0.0.1"
    port: int = 18090

    # What the merchant must present. These are play values, as public as the sandbox's.
    consumer_key: str = "daraja-consumer-key"
    consumer_secret: str = "daraja-consumer-secret"  # noqa: S105
    shortcode: str = "174379"
    merchant: str = "DESCROW"
    passkey: str = "bfb279f9aa9bdbcf158e97dd71a467cd2e0c893059b10f78e6b72ada1ed2c919"
    initiator: str = "testapi"
    initiator_password: str = "Safaricom999!*!"  # noqa: S105

    token_lifetime_s: int = 3600
    prompt_timeout_s: float = 60.0
    result_delay_s: float = 0.5
    """How long a command, or a push that fails by itself, is worked on."""
    repeat_window_s: float = 120.0
    """A payment like the one before, by the same payer, is refused for so long (result code 17)."""

    transaction_limit_kes: int = 250_000
    daily_limit_kes: int = 500_000
    wallet_limit_kes: int = 500_000
    b2c_minimum_kes: int = 10

    callbacks_anywhere: bool = False
    """Whether callbacks may go to other machines; otherwise only loopback addresses are accepted."""
    callback_timeout_s: float = 10.0
    after_restart: AfterRestart = "send"
    """What becomes of callbacks that a crash kept from being sent."""
    seed: int = 0
