# pragma version 0.4.3
"""
@title A payee that rejects coin until somebody calls `start_accepting`
"""

import proxy

exports: proxy.execute

# True if coin is accepted. Set by anybody.
is_accepting: public(bool)


@external
def start_accepting():
    self.is_accepting = True


@external
@payable
def __default__():
    assert self.is_accepting, "payee: no coin accepted"
