# pragma version 0.4.3
"""
@title A payee that accepts coin only with enough gas for its own work
@notice With too little gas it reverts early, which leaves its caller enough gas to continue.
"""

import proxy

exports: proxy.execute

# Almost all of the gas that the escrow offers a payee.
GAS_NEEDED: constant(uint256) = 19_500


@external
@payable
def __default__():
    assert msg.gas >= GAS_NEEDED, "payee: too little gas"
