"""Money by M-Pesa as it travels: shillings and cents in strings of digits, times in UTC, phones masked."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from descrow.contract.order_status import PaymentMode
from descrow.payments.mpesa.models import PaymentStatus, PayoutStatus, Purpose

PhoneText = Annotated[str, msgspec.Meta(min_length=1, max_length=40, description="as people write it: 0712 345 678")]


class PayWithMpesaRequest(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    phone_number: PhoneText


class SetMpesaPhoneRequest(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    phone_number: PhoneText


class MpesaPhoneView(msgspec.Struct, rename="camel"):
    """Where M-Pesa pays the caller as a seller; `phone` is masked, and null while none is set."""

    phone: str | None


class QuoteRequest(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """`paymentMode` is how the buyer wants to pay; the product is priced in the other currency."""

    payment_mode: PaymentMode = PaymentMode.MPESA


class QuoteView(msgspec.Struct, rename="camel"):
    """What the product costs in the other currency, if it is ordered before `expiresAt`: one price, one amount."""

    id: int
    product_id: int
    payment_mode: PaymentMode
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
    """What a DOT is worth now, as `source` says. A quote adds `spreadBps` to the price, rounds up, and keeps it."""

    kes_cents_per_dot: str
    spread_bps: int
    source: str
    at: datetime


SimpleStatus = Literal["pending", "success", "failed", "cancelled"]


class PaymentView(msgspec.Struct, rename="camel"):
    """One attempt to pay. `status` is for a page that only waits for the end, `paymentStatus` tells it exactly.

    `checkoutRequestId` is null until Daraja has named the prompt; `canRetry` says that another attempt may begin, from
    `retryAfterAt` on where that is set.
    """

    payment_id: int
    order_id: int
    checkout_request_id: str | None
    status: SimpleStatus
    payment_status: PaymentStatus
    failure: str | None
    message: str
    can_retry: bool
    retry_after_at: datetime | None
    phone: str
    amount_kes_cents: str
    receipt_number: str | None
    created_at: datetime
    ended_at: datetime | None


class PayoutView(msgspec.Struct, rename="camel"):
    """Money that goes to the caller's phone."""

    id: int
    order_id: int
    purpose: Purpose
    status: PayoutStatus
    phone: str | None
    amount_kes_cents: str
    created_at: datetime
    paid_at: datetime | None
