# pragma version 0.4.3
"""
@title A payee that burns all the gas it is given
"""

import acting

exports: acting.act

# Only there to be written.
ashes: bytes32


@external
@payable
def __default__():
    for i: uint256 in range(10**9):
        self.ashes = keccak256(self.ashes)
