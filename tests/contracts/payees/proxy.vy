# pragma version 0.4.3
"""
@title Proxy
@notice Let a contract be a buyer or a seller: whoever calls `execute` makes a call through it.
"""

@external
@payable
def execute(target: address, data: Bytes[4096]):
    raw_call(target, data, value=msg.value)
