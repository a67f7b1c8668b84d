"""Amounts of DOT and of Kenyan shillings, always integers, and the one place where their units are converted.

Two units of DOT meet here. The chain counts *planck*, 10**10 to a DOT. Inside a contract on pallet-revive the same coin
is counted in *wei*, 10**18 to a DOT (the runtime's `NativeToEthRatio` is 10**8).

Shillings are kept in cents; M-Pesa takes orders for whole shillings only, and reports in cents.
"""

import re
from typing import NewType

Planck = NewType("Planck", int)
Wei = NewType("Wei", int)
KesCents = NewType("KesCents", int)
Shillings = NewType("Shillings", int)

PLANCK_PER_DOT = 10**10
DECIMALS = 10
WEI_PER_PLANCK = 10**8
NOTHING = Planck(0)
NO_CENTS = KesCents(0)
CENTS_PER_SHILLING = 100

_TYPED = re.compile(r"([0-9]+)(?:\.([0-9]+))?")


def wei_from_planck(planck: Planck) -> Wei:
    """The same coin as the contract counts it."""
    return Wei(planck * WEI_PER_PLANCK)


def planck_from_wei(wei: Wei) -> Planck:
    """The same coin as the chain counts it. Raises ValueError where less than a planck would be lost."""
    planck, dust = divmod(wei, WEI_PER_PLANCK)
    if dust:
        raise ValueError(f"{wei} wei is not a whole number of planck")
    return Planck(planck)


def format_dot(planck: Planck) -> str:
    """For people: `12.5 DOT`, exact, without trailing zeros."""
    dot, rest = divmod(abs(planck), PLANCK_PER_DOT)
    fraction = f".{rest:0{DECIMALS}}".rstrip("0").rstrip(".")
    return f"{'-' if planck < 0 else ''}{dot:,}{fraction} DOT"


def parse_dot(text: str) -> Planck:
    """Return what a person typed, such as `12.5`. Raises ValueError for what is no number, negative or finer than a
    planck.
    """
    typed = _TYPED.fullmatch(text)
    if typed is None:
        raise ValueError(f"not an amount of DOT: {text!r}")
    fraction = (typed[2] or "").rstrip("0")
    if len(fraction) > DECIMALS:
        raise ValueError(f"not a whole number of planck: {text!r}")
    return Planck(int(typed[1]) * PLANCK_PER_DOT + int(fraction.ljust(DECIMALS, "0")))


def fee_of(amount: Planck, *, fee_bps: int) -> Planck:
    """The platform's part, in basis points, rounded down to a whole planck as the contract does."""
    return Planck(amount * fee_bps // 10_000)


def fee_of_cents(amount: KesCents, *, fee_bps: int) -> KesCents:
    """The platform's part of an M-Pesa order, rounded down to a whole shilling as the contract does."""
    return cents_from_shillings(Shillings(amount * fee_bps // (10_000 * CENTS_PER_SHILLING)))


def format_kes(cents: KesCents) -> str:
    """For people: `1,234 KES`, with the cents where there are any."""
    shillings, rest = divmod(abs(cents), CENTS_PER_SHILLING)
    fraction = f".{rest:02}" if rest else ""
    return f"{'-' if cents < 0 else ''}{shillings:,}{fraction} KES"


def cents_from_shillings(shillings: Shillings) -> KesCents:
    """The same money as the ledger counts it."""
    return KesCents(shillings * CENTS_PER_SHILLING)


def shillings_from_cents(cents: KesCents) -> Shillings:
    """The same money as M-Pesa can be told to move it. Raises ValueError where cents would be lost."""
    shillings, rest = divmod(cents, CENTS_PER_SHILLING)
    if rest:
        raise ValueError(f"{cents} cents are not whole shillings")
    return Shillings(shillings)


def digits_of(amount: int | None) -> str | None:
    """Return how an amount travels in JSON: its digits in a string, since others read large numbers as floats."""
    return None if amount is None else str(amount)
