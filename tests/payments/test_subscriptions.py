"""M-Pesa acts on its own orders' ends, and leaves those that are paid in DOT alone."""

from unittest.mock import AsyncMock, Mock

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.contract.order_status import PaymentMode
from descrow.orders.division import Division
from descrow.orders.events import OrderClosedUnpaid, OrderEnded, OrdersReverted
from descrow.orders.models import Order
from descrow.payments.mpesa import payables, reversals, service, subscriptions

DIVISION = Division(seller=900, fee=100)


def an_order(mode: PaymentMode, order_id: int = 1) -> Order:
    return Order(id=order_id, payment_mode=mode)


async def test_an_order_in_dot_costs_no_statement() -> None:
    session, order = Mock(spec=AsyncSession), an_order(PaymentMode.DOT)

    await subscriptions.pay_parties(session, OrderEnded(order, DIVISION))
    await subscriptions.return_late_payment(session, OrderClosedUnpaid(order))
    await subscriptions.hold_payouts(session, OrdersReverted([order]))

    assert session.mock_calls == []


async def test_the_ends_of_an_mpesa_order_are_acted_on(monkeypatch: pytest.MonkeyPatch) -> None:
    session, order = Mock(spec=AsyncSession), an_order(PaymentMode.MPESA)
    pay, release = AsyncMock(), AsyncMock()
    monkeypatch.setattr(payables, "pay_parties", pay)
    monkeypatch.setattr(service, "release_after_expiry", release)

    await subscriptions.pay_parties(session, OrderEnded(order, DIVISION))
    await subscriptions.return_late_payment(session, OrderClosedUnpaid(order))

    pay.assert_awaited_once_with(session, order, DIVISION)
    release.assert_awaited_once_with(session, order)


async def test_of_reverted_orders_those_by_mpesa_are_held(monkeypatch: pytest.MonkeyPatch) -> None:
    session, hold = Mock(spec=AsyncSession), AsyncMock()
    monkeypatch.setattr(reversals, "hold_what_was_owed", hold)

    await subscriptions.hold_payouts(
        session, OrdersReverted([an_order(PaymentMode.DOT, 1), an_order(PaymentMode.MPESA, 2)])
    )

    hold.assert_awaited_once_with(session, [2])
