"""Each way to pay acts on the ends of its own orders, once its process is wired."""

from unittest.mock import AsyncMock, Mock

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.app import wiring
from descrow.app.wiring import payment_methods, wire
from descrow.kernel.events import EventBus
from descrow.orders.division import Division
from descrow.orders.events import OrderEnded, OrderEndedUnpaid, OrdersReverted
from descrow.orders.models import Order
from descrow.payments.mpesa import payables, returns, rollback

DIVISION = Division(seller=900, fee=100)


def an_order(payment_method: str, order_id: int = 1) -> Order:
    return Order(id=order_id, payment_method=payment_method)


@pytest.fixture
def bus(monkeypatch: pytest.MonkeyPatch) -> EventBus:
    """A bus of the test's own, wired as each process wires its own."""
    wired = EventBus()
    monkeypatch.setattr(wiring, "bus", wired)
    wire(payment_methods(None))
    return wired


async def test_an_order_in_dot_costs_no_statement(bus: EventBus) -> None:
    session, order = Mock(spec=AsyncSession), an_order("dot")

    await bus.publish(session, OrderEnded(order, DIVISION))
    await bus.publish(session, OrderEndedUnpaid(order))
    await bus.publish(session, OrdersReverted([order]))

    assert session.mock_calls == []


async def test_the_ends_of_an_mpesa_order_are_acted_on(bus: EventBus, monkeypatch: pytest.MonkeyPatch) -> None:
    session, order = Mock(spec=AsyncSession), an_order("mpesa")
    pay, release = AsyncMock(), AsyncMock()
    monkeypatch.setattr(payables, "pay_parties", pay)
    monkeypatch.setattr(returns, "release_after_expiry", release)

    await bus.publish(session, OrderEnded(order, DIVISION))
    await bus.publish(session, OrderEndedUnpaid(order))

    pay.assert_awaited_once_with(session, order, DIVISION)
    release.assert_awaited_once_with(session, order)


async def test_of_reverted_orders_those_by_mpesa_are_held(bus: EventBus, monkeypatch: pytest.MonkeyPatch) -> None:
    session, hold = Mock(spec=AsyncSession), AsyncMock()
    monkeypatch.setattr(rollback, "hold_what_was_owed", hold)

    await bus.publish(session, OrdersReverted([an_order("dot", 1), an_order("mpesa", 2)]))

    hold.assert_awaited_once_with(session, [2])
