"""Codes of refusals that the routes which start a payment share."""

PAYMENT_START_REFUSALS = (
    "already_paid",
    "not_payable_now",
    "oracle_is_at_its_limit",
    "paid_another_way",
    "payment_not_recordable",
    "payment_under_way",
    "phone_is_busy",
    "phone_not_valid",
    "too_late_to_pay",
    "try_again_later",
)
"""Refusals of a payment that is started."""
