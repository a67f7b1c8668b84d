"""Prices in the other currency as they travel: planck and cents in strings of digits, times in UTC."""

from datetime import datetime

import msgspec

from descrow.orders.schemas import MethodName


class QuoteRequest(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """`paymentMode` is how the buyer wants to pay; the product is priced in the other currency."""

    payment_method: MethodName = msgspec.field(name="paymentMode", default="mpesa")


class QuoteView(msgspec.Struct, rename="camel"):
    """Describe what the product costs in the other currency, if it is ordered before `expiresAt`: one price, one
    amount.
    """

    id: int
    product_id: int
    payment_method: MethodName = msgspec.field(name="paymentMode")
    price_planck: str | None
    price_kes_cents: str | None
    amount_kes_cents: str | None
    amount_planck: str | None
    kes_cents_per_dot: str
    spread_bps: int
    rate_source: str
    rate_at: datetime
    expires_at: datetime


class RateView(msgspec.Struct, rename="camel"):
    """Describe what a DOT is worth now, as `source` says. A quote adds `spreadBps` to the price, rounds up, and keeps
    it.
    """

    kes_cents_per_dot: str
    spread_bps: int
    source: str
    at: datetime
