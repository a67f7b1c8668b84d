# pragma version 0.4.3
"""
@title A payee that reverts with a very long output
@notice A caller that copies the output pays for the memory.
"""

import proxy

exports: proxy.execute


@external
@payable
def __default__():
    raw_revert(abi_encode(empty(uint256[2_000])))
