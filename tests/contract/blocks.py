"""Blocks that hold events of ours: make some, and look them up."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.contract.models import ChainBlock, ChainEvent, Finality
from tests.market import Market


async def create_on_chain(market: Market, count: int) -> None:
    """Orders made by the operator's key alone, a block each."""
    for _ in range(count):
        await market.create_stray_order(reference=bytes(32))


async def block_before(session: AsyncSession, event: ChainEvent) -> ChainBlock:
    return (
        await session.scalars(
            select(ChainBlock).where(
                ChainBlock.number == event.block_number - 1, ChainBlock.finality == Finality.FINALIZED
            )
        )
    ).one()
