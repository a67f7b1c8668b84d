# pragma version 0.4.3
"""
@title A payee that burns all the gas it is given
"""

import proxy

exports: proxy.execute

# Only there to be written.
digest: bytes32


@external
@payable
def __default__():
    for i: uint256 in range(10**9):
        self.digest = keccak256(self.digest)
