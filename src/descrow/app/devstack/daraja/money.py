"""Cents as the wire and the messages write them, and what M-PESA charges. No amount is ever a float."""

import msgspec

from descrow.app.devstack.daraja.settings import CENTS

# What a payout costs the merchant, as (up to so many shillings, shillings): the business tariff up to 15,000, and
# above that the last table known, of January 2023. The receiver pays nothing, nor does the payer of a push: the
# paybill is on the tariff under which the business bears the cost.
B2C_TARIFF_KES = ((100, 0), (1_500, 5), (5_000, 9), (15_000, 11), (20_000, 11), (250_000, 12))


def b2c_fee_cents(amount_cents: int) -> int:
    for up_to_kes, fee_kes in B2C_TARIFF_KES:
        if amount_cents <= up_to_kes * CENTS:
            return fee_kes * CENTS
    raise ValueError(f"no payout may be as large as {amount_cents} cents")


def decimal(cents: int) -> str:
    """`-1980.00`."""
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // CENTS}.{abs(cents) % CENTS:02}"


def json_decimal(cents: int) -> msgspec.Raw:
    """The same as a number of JSON, with both digits behind the point."""
    return msgspec.Raw(decimal(cents).encode())


def for_people(cents: int) -> str:
    """`KES 1,980.00`."""
    return f"KES {cents // CENTS:,}.{cents % CENTS:02}"
