# pragma version 0.4.3
"""
@title The stand-in on a plain EVM for pallet-revive's System precompile
@notice An address that ends in 0xEF is taken for a fallback account. Every other one has a key.
"""


@external
@view
def toAccountId(account: address) -> Bytes[32]:
    if convert(account, uint256) % 256 == 239:
        return concat(convert(account, bytes20), b"\xee\xee\xee\xee\xee\xee\xee\xee\xee\xee\xee\xee")
    return slice(keccak256(convert(account, bytes32)), 0, 32)
