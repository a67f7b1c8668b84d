# pragma version 0.4.3
"""
@title A payee that accepts coin and logs it
@notice That is all a contract can do with the gas of a payout on every machine: it reads no storage.
"""

import proxy

exports: proxy.execute

event CoinAccepted:
    amount: uint256


@external
@payable
def __default__():
    log CoinAccepted(amount=msg.value)
