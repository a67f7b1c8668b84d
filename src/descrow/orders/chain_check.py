"""Looking at one order on the chain now, because somebody asks: what was compared, what that changed."""

from dataclasses import dataclass

from descrow.contract.escrow import EscrowContract
from descrow.contract.order_status import OrderStatus
from descrow.kernel.db import Sessions
from descrow.kernel.texts import Message
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
    def message(self) -> Message:
        """Say what came of it."""
        if self.result.left:
            return Message("chain_check.differs")
        if self.final_block > self.result.block_number:
            return Message("chain_check.behind", {"block": self.result.block_number})
        if self.found.order.status is not self.status_before:
            statuses = {"before": self.status_before, "after": self.found.order.status}
            return Message("chain_check.changed", statuses)
        if self.result.orders_compared == 0:
            return Message("chain_check.not_compared")
        return Message("chain_check.agrees")


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
