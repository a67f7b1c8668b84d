# pragma version 0.4.3
"""
@title Roles of the escrow
@license Apache-2.0
@notice Who runs the escrow. What a role may do is decided in `escrow.vy`; nobody here can move money.
"""

# --- structs -----------------------------------------------------------------------------------

struct Roles:
    owner: address
    pending_owner: address
    operator: address
    oracle: address
    guardian: address

# --- storage -----------------------------------------------------------------------------------

# Who may set the other roles and the oracle's caps, publish terms and unpause. Changed by
# `accept_ownership`.
owner: address

# Who may become owner by accepting; zero when nobody. Changed by the owner.
pending_owner: address

# Who may create orders. Changed by the owner.
operator: address

# Who may record payments made by M-Pesa, and relay what the parties to such orders say. Changed by
# the owner.
oracle: address

# Who may pause, besides the owner. Changed by the owner.
guardian: address

# --- events ------------------------------------------------------------------------------------

event OwnershipOffered:
    owner: indexed(address)
    pending_owner: indexed(address)

event OwnerChanged:
    previous: indexed(address)
    owner: indexed(address)

event OperatorChanged:
    previous: indexed(address)
    operator: indexed(address)

event OracleChanged:
    previous: indexed(address)
    oracle: indexed(address)

event GuardianChanged:
    previous: indexed(address)
    guardian: indexed(address)

# --- changes -----------------------------------------------------------------------------------

@deploy
def __init__(operator: address, oracle: address, guardian: address):
    self.owner = msg.sender
    log OwnerChanged(previous=empty(address), owner=msg.sender)
    self._set_operator(operator)
    self._set_oracle(oracle)
    self._set_guardian(guardian)


@external
def transfer_ownership(new_owner: address):
    """
    @notice Offer ownership; it passes when the new owner accepts. Zero takes the offer back.
    """
    self.check_owner()
    self.pending_owner = new_owner
    log OwnershipOffered(owner=msg.sender, pending_owner=new_owner)


@external
def accept_ownership():
    """
    @notice Become the owner, when ownership was offered to the caller.
    """
    assert msg.sender == self.pending_owner, "escrow: caller is not the pending owner"
    previous: address = self.owner
    self.owner = msg.sender
    self.pending_owner = empty(address)
    log OwnerChanged(previous=previous, owner=msg.sender)


@external
def set_operator(operator: address):
    """
    @notice Change who may create orders.
    """
    self.check_owner()
    self._set_operator(operator)


@external
def set_oracle(oracle: address):
    """
    @notice Change who may record payments made by M-Pesa.
    """
    self.check_owner()
    self._set_oracle(oracle)


@external
def set_guardian(guardian: address):
    """
    @notice Change who may pause besides the owner.
    """
    self.check_owner()
    self._set_guardian(guardian)


@external
@view
def roles() -> Roles:
    """
    @notice Who holds which role.
    """
    return Roles(
        owner=self.owner,
        pending_owner=self.pending_owner,
        operator=self.operator,
        oracle=self.oracle,
        guardian=self.guardian,
    )

# --- once checked ------------------------------------------------------------------------------

@internal
def _set_operator(operator: address):
    self.check_address(operator)
    log OperatorChanged(previous=self.operator, operator=operator)
    self.operator = operator


@internal
def _set_oracle(oracle: address):
    self.check_address(oracle)
    log OracleChanged(previous=self.oracle, oracle=oracle)
    self.oracle = oracle


@internal
def _set_guardian(guardian: address):
    self.check_address(guardian)
    log GuardianChanged(previous=self.guardian, guardian=guardian)
    self.guardian = guardian

# --- checks ------------------------------------------------------------------------------------

@internal
@view
def check_owner():
    assert msg.sender == self.owner, "escrow: caller is not the owner"


@internal
@view
def check_address(somebody: address):
    assert somebody != empty(address), "escrow: address is zero"
    assert somebody != self, "escrow: address is the escrow itself"
