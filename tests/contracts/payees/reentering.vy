# pragma version 0.4.3
"""
@title A payee that makes a call as soon as it is paid
"""

import proxy

exports: proxy.execute

# The call to make when paid. Set by anybody.
target: address
data: Bytes[4096]

event CalledBack:
    is_success: bool
    output: Bytes[128]


@external
def set_callback(target: address, data: Bytes[4096]):
    self.target = target
    self.data = data


@external
@payable
def __default__():
    # The gas of a payout does not suffice to store the output, so it is logged.
    is_success: bool = False
    output: Bytes[128] = b""
    is_success, output = raw_call(self.target, self.data, max_outsize=128, revert_on_failure=False)
    log CalledBack(is_success=is_success, output=output)
