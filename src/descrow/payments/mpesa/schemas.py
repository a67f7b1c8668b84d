"""Money by M-Pesa as it travels: shillings and cents in strings of digits, times in UTC, phones masked."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from descrow.payments.mpesa.models import PaidBy, PaymentStatus, PayoutStatus, Purpose

PhoneText = Annotated[str, msgspec.Meta(min_length=1, max_length=40, description="as people write it: 0712 345 678")]


class PayWithMpesaRequest(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    phone_number: PhoneText


class SetMpesaPhoneRequest(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    phone_number: PhoneText


class MpesaPhoneView(msgspec.Struct, rename="camel"):
    """Describe where M-Pesa pays the caller as a seller; `phone` is masked, and null while none is set."""

    phone: str | None


class PaybillView(msgspec.Struct, rename="camel"):
    """Describe what to type to pay an order by hand, in M-Pesa's menu for paybills. All are null while it cannot be
    paid so.
    """

    paybill_number: str | None
    account_number: str | None
    amount_kes_cents: str | None


SimpleStatus = Literal["pending", "success", "failed", "cancelled"]


class PaymentView(msgspec.Struct, rename="camel"):
    """One attempt to pay. `status` is for a page that only waits for the end, `paymentStatus` tells it exactly.

    `checkoutRequestId` is null until Daraja has named the prompt; `canRetry` says that another attempt may begin, from
    `retryAfterAt` on where that is set. `paidBy` is `hand` for a payment to the paybill; then `phone` is as M-Pesa
    shows it.
    """

    payment_id: int
    order_id: int
    paid_by: PaidBy
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
