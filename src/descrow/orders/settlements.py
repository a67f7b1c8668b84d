"""Define what parties offer each other and show the arbiter, read from the log of the chain's events, and from
nothing else.

No row of ours repeats it, so a step back of the chain needs no mending here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.contract.event_store import cursor_of
from descrow.contract.models import ChainEvent, Finality
from descrow.kernel.db import utc_now
from descrow.orders.models import Order
from descrow.orders.transitions import HOLDING_STATUSES, REMARKS, STATUS_AFTER_EVENT

WHOLE_BPS = 10_000
"""All that an order holds, in basis points: what is not the buyer's share is the seller's."""

ON_CHAIN = (ChainEvent.finality == Finality.FINALIZED, ChainEvent.applied_at.is_not(None))
"""What of the log is a fact about orders."""


@dataclass(frozen=True)
class Offer:
    """One party's offer, good until the other accepts it, it expires, or the order moves on.

    The contract decides that (`accept_settlement`). `OrderUpdateRequest` has the default validity.
    """

    by: str
    """EVM address of the party that made it."""
    seller_bps: int
    expires_at: datetime

    @classmethod
    def of_event(cls, arguments: dict[str, object]) -> "Offer":
        """From a `SettlementProposed`."""
        return cls(
            by=str(arguments["by"]),
            seller_bps=int(str(arguments["seller_bps"])),
            expires_at=datetime.fromtimestamp(int(str(arguments["expiry"])), UTC),
        )

    @property
    def buyer_bps(self) -> int:
        return WHOLE_BPS - self.seller_bps


async def standing_offers(session: AsyncSession, orders: Sequence[Order]) -> dict[int, Offer]:
    """The offers that can be accepted now, by our id of the order."""
    numbers = {order.contract_order_id: order.id for order in orders if order.status in HOLDING_STATUSES}
    if not numbers:
        return {}
    newest = await session.scalars(
        select(ChainEvent)
        .ext(distinct_on(ChainEvent.contract_order_id))
        .where(
            *ON_CHAIN,
            ChainEvent.contract_order_id.in_(numbers),
            ChainEvent.name.in_((*STATUS_AFTER_EVENT, "SettlementProposed", "SettlementWithdrawn")),
        )
        .order_by(ChainEvent.contract_order_id, ChainEvent.block_number.desc(), ChainEvent.event_index.desc())
    )
    offers = {
        numbers[event.contract_order_id]: Offer.of_event(event.arguments)
        for event in newest
        if event.name == "SettlementProposed"
    }
    if not offers:
        return {}
    cursor = await cursor_of(session)
    moment = max(utc_now(), cursor.produced_at) if cursor is not None else utc_now()  # the chain's clock counts
    return {order_id: offer for order_id, offer in offers.items() if moment < offer.expires_at}


async def chain_record_of(session: AsyncSession, order: Order) -> list[ChainEvent]:
    """Everything that the final chain tells of the order, oldest first."""
    rows = await session.scalars(
        select(ChainEvent)
        .where(*ON_CHAIN, ChainEvent.contract_order_id == order.contract_order_id)
        .order_by(ChainEvent.block_number, ChainEvent.event_index)
    )
    return list(rows)


async def remarks_on(session: AsyncSession, order: Order) -> list[ChainEvent]:
    """Every offer, withdrawal and piece of evidence that the chain tells of the order, oldest first."""
    return [event for event in await chain_record_of(session, order) if event.name in REMARKS]
