# pragma version 0.4.3
"""
@title A payee that calls back as soon as it is paid
"""

import acting

exports: acting.act

# The call made on being paid; anybody may set it.
target: address
data: Bytes[4096]



@external
def aim(target: address, data: Bytes[4096]):
    self.target = target
    self.data = data


@external
@payable
def __default__():
    # Too dear to write down within a payout's gas, so the answer is logged.
    did_succeed: bool = False
    answer: Bytes[128] = b""
    did_succeed, answer = raw_call(self.target, self.data, max_outsize=128, revert_on_failure=False)
    log CalledBack(did_succeed=did_succeed, answer=answer)


event CalledBack:
    did_succeed: bool
    answer: Bytes[128]
