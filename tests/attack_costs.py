"""Compute what strangers with free accounts can cost the operator and other people in an hour, from the settings.

    uv run python -m tests.attack_costs

`tests/orders/test_attack_costs.py` lets them try, and compares `docs/operations.md` with this table.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from descrow.app.settings import Settings
from descrow.contract.models import CallPriority
from descrow.contract.spending import PERCENT_OF_DAY
from descrow.kernel.money import PLANCK_PER_DOT
from descrow.mpesa.settings import MpesaSettings
from descrow.notifications.budget import CODES_TO_AN_ADDRESS_AN_HOUR, without_reserve
from descrow.notifications.settings import NotificationSettings
from descrow.orders.limits import OrderLimits
from descrow.orders.reservations import KEPT_AFTER_INTENT
from descrow.payments.mpesa.prompt_limits import PROMPT_LASTS, PromptLimits

ACCOUNTS = 50
HOUR = timedelta(hours=1)
DAYS_IN_AN_HOUR = 2
"""The day of messages ends at midnight in UTC, which may be in the hour."""
GAS = json.loads((Path(__file__).parents[1] / "bench" / "gas.json").read_text())


def _default(settings: type[Settings | MpesaSettings | NotificationSettings], name: str) -> int:
    return int(settings.model_fields[name].default)


LIMITS = OrderLimits(
    stock_kept=timedelta(minutes=_default(Settings, "stock_kept_minutes")),
    unpaid=_default(Settings, "unpaid_orders"),
    unpaid_of_newcomer=_default(Settings, "unpaid_orders_of_newcomer"),
    unpaid_per_network=_default(Settings, "unpaid_orders_per_network"),
)
PROMPTS = PromptLimits(
    per_phone_hour=_default(MpesaSettings, "prompts_an_hour"),
    per_phone_day=_default(MpesaSettings, "prompts_a_day"),
    per_account_day=_default(MpesaSettings, "prompts_a_day_of_account"),
    unwanted=_default(MpesaSettings, "unwanted_prompts"),
)
PROMPTS_OF_NETWORK = _default(MpesaSettings, "prompts_a_day_of_network")


def cost_of_unpaid_order() -> int:
    """Return what an order costs, in planck, that is created and then cancelled by the operator or expires."""
    ends = ("cancel", "settle, expired")
    return int(
        GAS["create"]["fee_planck"] + GAS["create"]["deposit_planck"] + max(GAS[end]["fee_planck"] for end in ends)
    )


def _in_an_hour(per_day: int) -> int:
    """Return what a network has in an hour that begins with a full bucket, which fills again within a day."""
    return per_day + per_day // 24


@dataclass(frozen=True)
class Bounds:
    """The most that free accounts can do in an hour. They have no coin, and no phone that pays."""

    networks: int

    @property
    def orders(self) -> int:
        return min(ACCOUNTS * LIMITS.unpaid_of_newcomer, self.networks * _in_an_hour(LIMITS.unpaid_per_network))

    @property
    def planck(self) -> int:
        """Never more than the part of the budget that is for orders of buyers who have never paid."""
        per_day = _default(Settings, "operator_planck_per_day")
        return min(self.orders * cost_of_unpaid_order(), per_day * PERCENT_OF_DAY[CallPriority.UNPAID] // 100)

    @property
    def prompts(self) -> int:
        return min(ACCOUNTS * PROMPTS.per_account_day, self.networks * _in_an_hour(PROMPTS_OF_NETWORK))

    @property
    def prompts_to_one_phone(self) -> int:
        return min(self.prompts, PROMPTS.per_phone_hour)

    @property
    def codes(self) -> int:
        """Codes by SMS."""
        return DAYS_IN_AN_HOUR * min(
            ACCOUNTS * _default(NotificationSettings, "codes_per_account_per_day"),
            self.networks * _default(NotificationSettings, "codes_per_network_per_day"),
            without_reserve(_default(NotificationSettings, "sms_per_day")),
        )

    @property
    def sms(self) -> int:
        """Codes, and notifications that need no payment: of orders, and of a changed M-Pesa number."""
        return DAYS_IN_AN_HOUR * min(
            ACCOUNTS * without_reserve(_default(NotificationSettings, "sms_per_account_per_day")),
            without_reserve(_default(NotificationSettings, "sms_per_day")),
        )

    @property
    def piece_hours(self) -> float:
        """Each order keeps a piece for a while, and each prompt keeps it for longer; none for more than the hour."""
        kept = self.orders * LIMITS.stock_kept + self.prompts * (PROMPT_LASTS + KEPT_AFTER_INTENT)
        return min(kept / HOUR, float(self.orders))

    @property
    def disk_bytes(self) -> int:
        """Uploads; evidence can be shown by a party of a paid order only. `tests/content/test_limits.py` tries it."""
        of_account = min(
            DAYS_IN_AN_HOUR * _default(Settings, "content_uploads_per_day") * _default(Settings, "content_max_bytes"),
            _default(Settings, "content_bytes_per_account"),
        )
        return min(ACCOUNTS * of_account, _default(Settings, "content_bytes_total"))


def table() -> list[str]:
    """Return the table as Markdown."""
    rows = [
        "| in one hour, at most | from one network | from 50 networks |",
        "|---|---|---|",
    ]
    one, many = Bounds(networks=1), Bounds(networks=ACCOUNTS)
    cells: dict[str, Callable[[Bounds], str]] = {
        "orders that nobody pays": lambda bounds: f"{bounds.orders}",
        "cost for the operator, in DOT": lambda bounds: f"{bounds.planck / PLANCK_PER_DOT:.1f}",
        "cost for the oracle, in DOT": lambda _: "0",
        "stock that others cannot buy, in piece-hours": lambda bounds: f"{bounds.piece_hours:.0f}",
        "prompts to all phones": lambda bounds: f"{bounds.prompts}",
        "prompts to one phone": lambda bounds: f"{bounds.prompts_to_one_phone}",
        "SMS of all kinds": lambda bounds: f"{bounds.sms}",
        "confirmation codes by SMS to all phones": lambda bounds: f"{bounds.codes}",
        "confirmation codes by SMS to one phone": lambda _: f"{CODES_TO_AN_ADDRESS_AN_HOUR}",
        "disk, in GB": lambda bounds: f"{bounds.disk_bytes / 10**9:.0f}",
    }
    return rows + [f"| {name} | {show(one)} | {show(many)} |" for name, show in cells.items()]


if __name__ == "__main__":
    print("\n".join(table()))
