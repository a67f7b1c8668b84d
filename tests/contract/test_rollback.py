"""The order of work when the chain gives up blocks that had been final."""

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.contract import rollback
from descrow.contract.events import FinalEventsReverted
from descrow.contract.models import (
    CallStatus,
    ChainBlock,
    ChainEvent,
    ChainTransaction,
    ContractCall,
    Finality,
    TransactionStatus,
)
from descrow.kernel.events import EventBus
from tests.contract.blocks import block_before
from tests.market import Market


async def revert_creation(market: Market) -> ChainBlock:
    """Give up the block in which the market's one order was made; returns the one below."""
    async with market.sessions.begin() as session:
        [created] = await session.scalars(select(ChainEvent).where(ChainEvent.name == "OrderCreated"))
        ancestor = await block_before(session, created)
        await rollback.revert_final_blocks(session, ancestor)
    return ancestor


async def test_events_are_published_when_transactions_are_open_again_and_before_they_count_as_not_applied(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    await market.order()
    seen: list[object] = []

    async def look(session: AsyncSession, reverted: FinalEventsReverted) -> None:
        [event] = reverted.events
        seen.extend((event.name, event.finality, event.applied_at is not None, reverted.ancestor.number))
        sent = await session.execute(select(ChainTransaction.status, ContractCall.status).join(ContractCall))
        seen.extend(sent.all())

    bus = EventBus()
    bus.subscribe(FinalEventsReverted, look)
    monkeypatch.setattr(rollback, "bus", bus)

    ancestor = await revert_creation(market)

    assert seen == [
        "OrderCreated",
        Finality.ORPHANED,
        True,
        ancestor.number,
        (TransactionStatus.SIGNED, CallStatus.SIGNED),
    ]
    async with market.sessions() as session:
        applied = await session.scalars(select(ChainEvent.applied_at).where(ChainEvent.name == "OrderCreated"))
        assert applied.all() == [None]


async def test_what_a_subscriber_raises_reverts_nothing(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    await market.order()

    async def fail(_session: AsyncSession, _reverted: FinalEventsReverted) -> None:
        raise ValueError("broken by the test")

    bus = EventBus()
    bus.subscribe(FinalEventsReverted, fail)
    monkeypatch.setattr(rollback, "bus", bus)

    with pytest.raises(ValueError, match="broken by the test"):
        await revert_creation(market)

    async with market.sessions() as session:
        assert set(await session.scalars(select(ChainBlock.finality))) == {Finality.FINALIZED}
        assert (await session.scalars(select(ContractCall.status))).all() == [CallStatus.SUCCEEDED]
