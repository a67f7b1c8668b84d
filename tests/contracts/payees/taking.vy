# pragma version 0.4.3
"""
@title A payee that takes coin, and only tells of it
@notice As much as a contract can do with a payout's gas on every machine: not even a stored word is read.
"""

import acting

exports: acting.act

event Taken:
    amount: uint256


@external
@payable
def __default__():
    log Taken(amount=msg.value)
