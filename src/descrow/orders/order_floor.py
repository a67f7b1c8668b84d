"""The smallest order: all parts of its money can be paid out, and the fee is not rounded to nothing."""

from bisect import bisect_left

from descrow.contract.order_status import PaymentMode
from descrow.kernel.money import CENTS_PER_SHILLING
from descrow.orders.settlements import WHOLE_BPS

_MOST_UNITS = 10**12
"""Far above what any terms need: a fee of one basis point needs 10,000 units."""


def smallest_amount(mode: PaymentMode, *, smallest_part: int, fee_bps: int, default_seller_bps: int | None) -> int:
    """Return the smallest amount that an order of this mode may have, as the contract counts it there.

    Every larger one will do as well: released whole, or divided as the terms do by default, each part is nothing or at
    least `smallest_part`, and the fee of a release is at least a planck or a shilling. Without `default_seller_bps`,
    the division is not known and is left out.
    """
    unit = CENTS_PER_SHILLING if mode is PaymentMode.RECORD else 1

    def is_enough(units: int) -> bool:
        fee = units * fee_bps // WHOLE_BPS
        smallest = -(-smallest_part // unit)
        if (fee_bps > 0 and fee < 1) or units - fee < smallest:
            return False
        if default_seller_bps is None:
            return True
        seller = units * default_seller_bps // WHOLE_BPS  # rounded as the contract does
        sellers_rest = seller - seller * fee_bps // WHOLE_BPS
        return (default_seller_bps == 0 or sellers_rest >= smallest) and (
            default_seller_bps == WHOLE_BPS or units - seller >= smallest
        )

    return bisect_left(range(_MOST_UNITS), True, key=is_enough) * unit
