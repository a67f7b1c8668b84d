# pragma version 0.4.3
"""
@title M-Pesa receipts of the escrow
@license Apache-2.0
@notice Which receipts count: each one once, up to a cap for an order and a cap for a day.
@dev The caps bound what a stolen oracle key can pretend was paid. Amounts are in KES cents.
"""

import authority
import packing

uses: authority

DAY_S: constant(uint256) = 86_400

# What the oracle may record of one order and in one UTC day, set by the owner, and what it has
# recorded on the last day it did.
_caps: uint256

# Digests of receipts that have paid for an order. Set when the oracle records a payment.
receipt_used: public(HashMap[bytes32, bool])

event OracleCapsChanged:
    per_order: uint256
    per_day: uint256


@external
def set_oracle_caps(per_order: uint256, per_day: uint256):
    """
    @notice Change how much the oracle may record of one order and in one UTC day.
    @dev What it has recorded today still counts.
    """
    authority.check_owner()
    assert max(per_order, per_day) <= packing.MAX_CAP, "escrow: cap is too large"
    self._caps = packing.with_caps(self._caps, per_order, per_day)
    log OracleCapsChanged(per_order=per_order, per_day=per_day)


@external
@view
def oracle_caps() -> (uint256, uint256):
    """
    @notice What the oracle may record of one order and in one UTC day.
    """
    caps: uint256 = self._caps
    return packing.per_order(caps), packing.per_day(caps)


@external
@view
def recorded_today() -> uint256:
    """
    @notice What the oracle has recorded since midnight UTC.
    """
    return packing.recorded_on(self._caps, self._today())


@internal
def redeem(receipt: bytes32, amount: uint256):
    """
    @notice Let a receipt pay for an order, and never again.
    """
    assert receipt != empty(bytes32), "escrow: receipt is empty"
    assert not self.receipt_used[receipt], "escrow: receipt was used before"
    caps: uint256 = self._caps
    assert amount <= packing.per_order(caps), "escrow: payment is above the cap of an order"
    today: uint256 = self._today()
    recorded: uint256 = packing.recorded_on(caps, today) + amount
    assert recorded <= packing.per_day(caps), "escrow: payment is above the cap of the day"

    self.receipt_used[receipt] = True
    self._caps = packing.with_recorded(caps, today, recorded)


@internal
@view
def _today() -> uint256:
    return block.timestamp // DAY_S
