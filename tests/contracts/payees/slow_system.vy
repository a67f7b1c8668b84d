# pragma version 0.4.3
"""
@title A stand-in for the System precompile that answers rightly, and needs much gas for it
@notice A caller can therefore bring so little that it does not answer, and that much is left for a credit.
"""

ROUNDS: constant(uint256) = 10_000


@external
@view
def toAccountId(account: address) -> Bytes[32]:
    key: bytes32 = convert(account, bytes32)
    for _: uint256 in range(ROUNDS):
        key = keccak256(key)
    return slice(key, 0, 32)
