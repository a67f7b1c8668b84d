"""Change stored rows behind the application's back, to test what finds and repairs the difference."""

from typing import Any

from sqlalchemy import text, update

from descrow.contract.models import ChainEvent
from descrow.orders.models import Order
from tests.market import Market


async def tamper_with_order(market: Market, order_id: int, **changes: Any) -> None:
    async with market.sessions.begin() as session:
        await session.execute(update(Order).where(Order.id == order_id).values(**changes))


async def tamper_with_log(market: Market, event_name: str, **changes: Any) -> None:
    """Change every logged event of this name."""
    async with market.sessions.begin() as session:
        await session.execute(update(ChainEvent).where(ChainEvent.name == event_name).values(**changes))


async def tamper_with_timeline(market: Market, statement: str, **values: Any) -> None:
    """Run a statement as a superuser can, who switches the guard of the timelines off first."""
    async with market.sessions.begin() as session:
        await session.execute(text("ALTER TABLE order_transitions DISABLE TRIGGER append_only"))
        await session.execute(text(statement), values)
        await session.execute(text("ALTER TABLE order_transitions ENABLE TRIGGER append_only"))
