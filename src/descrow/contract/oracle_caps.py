"""The limits within which the contract believes its oracle."""

from dataclasses import dataclass

from descrow.kernel.money import KesCents


@dataclass(frozen=True)
class OracleCaps:
    """The most that the oracle may record as paid by M-Pesa, and so that a thief of its key could. Days are in UTC."""

    per_order: KesCents
    per_day: KesCents
