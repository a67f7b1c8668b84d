# pragma version 0.4.3
"""
@title A payee that takes no coin until it is told to
"""

import acting

exports: acting.act

# Whether coin is taken; anybody may change it.
is_open: public(bool)


@external
def open():
    self.is_open = True


@external
@payable
def __default__():
    assert self.is_open, "payee: no coin wanted"
