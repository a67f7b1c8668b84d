# pragma version 0.4.3
"""
@title M-Pesa receipts of the escrow
@license Apache-2.0
@notice Accept each receipt once, up to a cap for an order and a cap for a day.
@dev The caps limit the damage of a stolen oracle key. Amounts are in KES cents.
"""

import authority
import packing

uses: authority

DAY_S: constant(uint256) = 86_400

# The oracle's caps for one order and for one UTC day, set by the owner, and the amount recorded on
# the last day with a record.
_caps_word: uint256

# Digests of receipts that were used to pay for an order. Set when the oracle records a payment.
receipt_used: public(HashMap[bytes32, bool])

event OracleCapsChanged:
    per_order: uint256
    per_day: uint256


@external
def set_oracle_caps(per_order: uint256, per_day: uint256):
    """
    @notice Set how much the oracle may record for one order and in one UTC day.
    @dev Amounts recorded today still count.
    """
    authority.check_owner()
    assert max(per_order, per_day) <= packing.MAX_CAP, "escrow: cap is too large"
    self._caps_word = packing.with_caps(self._caps_word, per_order, per_day)
    log OracleCapsChanged(per_order=per_order, per_day=per_day)


@external
@view
def oracle_caps() -> (uint256, uint256):
    """
    @notice Return how much the oracle may record for one order and in one UTC day.
    """
    caps_word: uint256 = self._caps_word
    return packing.per_order(caps_word), packing.per_day(caps_word)


@external
@view
def recorded_today() -> uint256:
    """
    @notice Return the amount recorded since midnight UTC.
    """
    return packing.recorded_on(self._caps_word, self._today())


@internal
def use_receipt(receipt: bytes32, amount: uint256):
    """
    @notice Mark a receipt as used for an order, so that it cannot be used again.
    """
    assert receipt != empty(bytes32), "escrow: receipt is empty"
    assert not self.receipt_used[receipt], "escrow: receipt was used before"
    caps_word: uint256 = self._caps_word
    assert amount <= packing.per_order(caps_word), "escrow: payment is above the cap of an order"
    today: uint256 = self._today()
    recorded: uint256 = packing.recorded_on(caps_word, today) + amount
    assert recorded <= packing.per_day(caps_word), "escrow: payment is above the cap of the day"

    self.receipt_used[receipt] = True
    self._caps_word = packing.with_recorded(caps_word, today, recorded)


@internal
@view
def _today() -> uint256:
    return block.timestamp // DAY_S
