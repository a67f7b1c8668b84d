# pragma version 0.4.3
"""
@title A wallet that takes coin only when it has the gas to do its own work with it
@notice Starved of gas it refuses early, and leaves its caller enough to go on without it.
"""

import acting

exports: acting.act

# All but a little of what the escrow offers a payee.
GAS_NEEDED: constant(uint256) = 19_500


@external
@payable
def __default__():
    assert msg.gas >= GAS_NEEDED, "payee: too little gas"
