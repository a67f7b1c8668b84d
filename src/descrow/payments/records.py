"""The record of a payment that was made outside of the chain: the oracle writes it into the contract.

For every way to pay whose mode is `PaymentMode.RECORD`.
"""

from sqlalchemy.ext.asyncio import AsyncSession

from descrow.contract import calls
from descrow.contract.escrow import EscrowContract
from descrow.contract.models import CallPriority, SignerRole
from descrow.orders.models import Order
from descrow.orders.transitions import Action
from descrow.payments.errors import OracleIsAtItsLimit


async def check_record_is_allowed(contract: EscrowContract, order: Order) -> None:
    """Refuse to ask for money that the contract would not let the oracle record. Raises OracleIsAtItsLimit."""
    per_order, per_day = await contract.read("oracle_caps")
    recorded = await contract.read("recorded_today")
    if order.contract_amount > per_order or recorded + order.contract_amount > per_day:
        raise OracleIsAtItsLimit(order.id)


async def record_payment(session: AsyncSession, order: Order, payment_id: int, *, receipt_digest: bytes) -> None:
    """Queue the record of a payment of the whole amount, in the caller's transaction. A repeat changes nothing.

    `receipt_digest` is 32 bytes that the contract takes once, and that buyer and operator can show.
    """
    await calls.queue_call(
        session,
        idempotency_key=f"record_payment:{payment_id}:{order.reference}",
        order_id=order.id,
        function=Action.RECORD,
        arguments=[order.contract_order_id or 0, order.contract_amount, receipt_digest],
        priority=CallPriority.MONEY,
        signer_role=SignerRole.ORACLE,
    )
