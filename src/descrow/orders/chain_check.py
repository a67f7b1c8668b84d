"""Looking at one order on the chain now, because somebody asks: what was compared, what that changed."""

from dataclasses import dataclass

from descrow.contract.escrow import EscrowContract
from descrow.contract.order_status import OrderStatus
from descrow.kernel.db import Sessions
from descrow.orders import service
from descrow.orders.queries import OrderInFull
from descrow.orders.reconciliation import Reconciled, reconcile_order


@dataclass(frozen=True)
class ChainCheck:
    """The order as it is now, as it was before, and what the contract said at the newest block that we have read."""

    found: OrderInFull
    status_before: OrderStatus
    result: Reconciled
    final_block: int
    """The chain's; blocks between the one compared at and this one are still to be read."""

    @property
    def message(self) -> str:
        if self.result.left:
            return "The contract says something else of this order. The shop's operator has been told."
        if self.final_block > self.result.block_number:
            return f"All is as the chain says up to block {self.result.block_number}; newer blocks are being read."
        if self.found.order.status is not self.status_before:
            return f"The order was {self.status_before} here, and is {self.found.order.status} now, as the chain says."
        if self.result.orders_compared == 0:
            return "The contract does not have this order yet, or is just now changing it."
        return "The order is as the contract says."


async def check_with_chain(sessions: Sessions, contract: EscrowContract, order_id: int, account_id: int) -> ChainCheck:
    """Apply what waits for this order, compare it with the contract, mend it from the log. A repeat changes nothing.

    Raises OrderNotFound, LogIsEmpty, ChainUnreachable.
    """
    async with sessions() as session:
        before = await service.get_order(session, order_id, account_id)
    final_block = await contract.chain.finalized_number()
    result = await reconcile_order(sessions, contract, order_id)
    async with sessions() as session:
        found = await service.get_order(session, order_id, account_id)
    return ChainCheck(found, before.order.status, result, final_block)
