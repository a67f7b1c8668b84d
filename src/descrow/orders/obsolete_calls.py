"""Calls to the contract that can do nothing any more, since their order has moved on by another hand."""

from sqlalchemy.ext.asyncio import AsyncSession

from descrow.contract.models import ContractCall, SignerRole
from descrow.orders.deadlines import settlement_key
from descrow.orders.models import Order
from descrow.orders.transitions import SELF_TRANSITIONS, TRANSITIONS, Action, Party

_PARTY_OF_SIGNER = {SignerRole.ORACLE: Party.ORACLE, SignerRole.OPERATOR: Party.OPERATOR}


async def is_obsolete(session: AsyncSession, call: ContractCall) -> bool:
    """Say if the call's order is where the call can never do anything again.

    One that merely came too early is not obsolete: this host's clock may be ahead of the chain's.
    """
    if call.order_id is None:
        return False
    order = await session.get_one(Order, call.order_id)
    if call.function == Action.SETTLE:
        return call.idempotency_key != settlement_key(order)
    if call.function == Action.EXTEND_TRANSIT and order.transit_extended_at is not None:
        return True
    party = _PARTY_OF_SIGNER[call.signer_role]
    statuses = {
        transition.before
        for transition in (*TRANSITIONS, *SELF_TRANSITIONS)
        if transition.action == call.function and transition.party is party
    }
    return bool(statuses) and order.status not in statuses
