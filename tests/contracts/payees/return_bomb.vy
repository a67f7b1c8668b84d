# pragma version 0.4.3
"""
@title A payee that refuses its coin with more words than its caller may care to hear
@notice Who copies the answer pays for the memory it takes.
"""

import acting

exports: acting.act


@external
@payable
def __default__():
    raw_revert(abi_encode(empty(uint256[2_000])))
