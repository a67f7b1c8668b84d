# pragma version 0.4.3
"""
@title Roles of the escrow
@license Apache-2.0
@notice Store and change the roles. `escrow.vy` decides what a role may do; no role can move money.
"""

# --- structs -----------------------------------------------------------------------------------

struct Roles:
    owner: address
    pending_owner: address
    operator: address
    oracle: address
    guardian: address

# --- storage -----------------------------------------------------------------------------------

# May set the other roles and the oracle's caps, publish terms and unpause. Changed by
# `accept_ownership`.
owner: address

# May become owner by accepting; zero if nobody may. Changed by the owner.
pending_owner: address

# May create orders. Changed by the owner.
operator: address

# May record M-Pesa payments, and relay calls of the parties to such orders. Changed by the owner.
oracle: address

# May pause, like the owner. Changed by the owner.
guardian: address

# --- events ------------------------------------------------------------------------------------

event OwnershipTransferStarted:
    previous_owner: indexed(address)
    new_owner: indexed(address)

event OwnershipTransferred:
    previous_owner: indexed(address)
    new_owner: indexed(address)

event OperatorChanged:
    previous: indexed(address)
    operator: indexed(address)

event OracleChanged:
    previous: indexed(address)
    oracle: indexed(address)

event GuardianChanged:
    previous: indexed(address)
    guardian: indexed(address)

# --- external ----------------------------------------------------------------------------------

@deploy
def __init__(operator: address, oracle: address, guardian: address):
    self.owner = msg.sender
    log OwnershipTransferred(previous_owner=empty(address), new_owner=msg.sender)
    self._set_operator(operator)
    self._set_oracle(oracle)
    self._set_guardian(guardian)


@external
def transfer_ownership(new_owner: address):
    """
    @notice Offer ownership to an account, which must accept it. Zero withdraws the offer.
    """
    self.check_owner()
    self.pending_owner = new_owner
    log OwnershipTransferStarted(previous_owner=msg.sender, new_owner=new_owner)


@external
def accept_ownership():
    """
    @notice Accept ownership that was offered to the caller.
    """
    assert msg.sender == self.pending_owner, "escrow: caller is not the pending owner"
    previous_owner: address = self.owner
    self.owner = msg.sender
    self.pending_owner = empty(address)
    log OwnershipTransferred(previous_owner=previous_owner, new_owner=msg.sender)


@external
def set_operator(operator: address):
    """
    @notice Set the account that may create orders.
    """
    self.check_owner()
    self._set_operator(operator)


@external
def set_oracle(oracle: address):
    """
    @notice Set the account that may record M-Pesa payments.
    """
    self.check_owner()
    self._set_oracle(oracle)


@external
def set_guardian(guardian: address):
    """
    @notice Set the account that may pause, besides the owner.
    """
    self.check_owner()
    self._set_guardian(guardian)


@external
@view
def roles() -> Roles:
    """
    @notice Return the account of each role.
    """
    return Roles(
        owner=self.owner,
        pending_owner=self.pending_owner,
        operator=self.operator,
        oracle=self.oracle,
        guardian=self.guardian,
    )

# --- internal: setters -------------------------------------------------------------------------

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

# --- internal: checks --------------------------------------------------------------------------

@internal
@view
def check_owner():
    assert msg.sender == self.owner, "escrow: caller is not the owner"


@internal
@view
def check_address(account: address):
    assert account != empty(address), "escrow: address is zero"
    assert account != self, "escrow: address is the escrow itself"
