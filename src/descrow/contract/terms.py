"""Define the terms that the operator publishes, with their defaults. Orders are made under them."""

from dataclasses import dataclass

DAY_S = 86_400


@dataclass(frozen=True)
class Terms:
    """Describe what orders are made under; published once, never changed."""

    fee_bps: int = 100
    default_seller_bps: int = 5_000
    fund_window_s: int = DAY_S
    ship_window_s: int = 7 * DAY_S
    transit_window_s: int = 14 * DAY_S
    inspection_window_s: int = 7 * DAY_S
    dispute_window_s: int = 14 * DAY_S
