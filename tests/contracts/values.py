"""Units, statuses and structs of the escrow, and example values for tests."""

from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted((ROOT / "contracts").glob("*.vy"))

Address = str
Amount = int
"""Units of 10**-18 DOT, or KES cents in an order paid by M-Pesa."""

PLANCK: Amount = 10**8
DOT: Amount = 10**18
SHILLING: Amount = 100
MINUTE, DAY = 60, 86_400
ZERO = "0x" + "00" * 20
SYSTEM = "0x" + "0900".rjust(40, "0")
"""The address of the runtime's System precompile."""

BY_DOT, BY_MPESA = MODES = 0, 1
UNIT = {BY_DOT: PLANCK, BY_MPESA: SHILLING}
AMOUNT = {BY_DOT: 10 * DOT, BY_MPESA: 2_500 * SHILLING}
"""The amount of an order unless a test says otherwise."""

LARGEST_AMOUNT = (2**96 - 1) // PLANCK * PLANCK

CREATED, FUNDED, SHIPPED, DELIVERED, CANCELLED, EXPIRED, REFUNDED, DISPUTED, RESOLVED, RECEIVED = range(1, 11)
OPEN_TO_BUYER = frozenset({SHIPPED, RECEIVED})
"""The buyer may confirm or dispute, and silence pays the seller."""
HOLDING = frozenset({FUNDED, DISPUTED}) | OPEN_TO_BUYER
PAID_OUT = frozenset({DELIVERED, REFUNDED, RESOLVED})
FINAL = PAID_OUT | {CANCELLED, EXPIRED}

MAX_BATCH = 50


class Order(NamedTuple):
    buyer: Address
    seller: Address
    amount: Amount
    terms_id: int
    payment_mode: int
    status: int
    deadline: int


NO_ORDER = Order(ZERO, ZERO, 0, 0, 0, 0, 0)


class Offer(NamedTuple):
    proposer: Address
    seller_bps: int
    expiry: int


NO_OFFER = Offer(ZERO, 0, 0)


class Roles(NamedTuple):
    owner: Address
    pending_owner: Address
    operator: Address
    oracle: Address
    guardian: Address


class Terms(NamedTuple):
    treasury: Address
    arbiter: Address
    fee_bps: int = 250
    default_seller_bps: int = 5_000
    fund_window_s: int = 30 * MINUTE
    ship_window_s: int = 3 * DAY
    transit_window_s: int = 5 * DAY
    inspection_window_s: int = 7 * DAY
    dispute_window_s: int = 14 * DAY


class Split(NamedTuple):
    seller: Amount
    buyer: Amount
    fee: Amount


def split_amount(amount: Amount, seller_bps: int, fee_bps: int, payment_mode: int = BY_DOT) -> Split:
    """Split an order's amount in whole units. The contract rounds in another way, with the same result."""
    unit = UNIT[payment_mode]
    units = amount // unit
    for_seller = units * seller_bps // 10_000
    fee = for_seller * fee_bps // 10_000
    return Split(seller=(for_seller - fee) * unit, buyer=(units - for_seller) * unit, fee=fee * unit)


def a_digest(of: str) -> bytes:
    return sha256(of.encode()).digest()


def an_address(of: str) -> Address:
    return "0x" + a_digest(of)[:20].hex()


def a_fallback_address(of: str) -> Address:
    """Return an address that the stand-in for the precompile takes for a fallback account."""
    return an_address(of)[:-2] + "ef"
