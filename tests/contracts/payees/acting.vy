# pragma version 0.4.3
"""
@title Acting
@notice Lets a contract be a buyer or a seller: whoever calls `act` acts through it.
"""

@external
@payable
def act(target: address, data: Bytes[4096]):
    raw_call(target, data, value=msg.value)
