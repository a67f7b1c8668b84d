"""Reminders of deadlines: in time, once, by the chosen channels, and to nobody who has acted."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from descrow.contract.calls import queue_call
from descrow.contract.order_status import OrderStatus
from descrow.notifications.models import Channel
from descrow.orders import reminders
from descrow.orders.models import Order
from descrow.orders.reminders import send_due_reminders
from descrow.orders.transitions import Action
from tests.notifications.people import Person, Trade

DEADLINE = datetime(2026, 12, 20, 12, tzinfo=UTC)
REMINDED = {
    OrderStatus.FUNDED: ("seller", "reminder_to_ship"),
    OrderStatus.SHIPPED: ("buyer", "reminder_of_receipt"),
    OrderStatus.RECEIVED: ("buyer", "reminder_to_inspect"),
    OrderStatus.DISPUTED: ("seller", "reminder_of_dispute"),
}


class Deadline:
    """The order's deadline, and the clock by which reminders are sent."""

    def __init__(self, trade: Trade, monkeypatch: pytest.MonkeyPatch) -> None:
        self.trade = trade
        self.monkeypatch = monkeypatch

    async def is_set(self, status: OrderStatus, *, window: timedelta = timedelta(days=14)) -> None:
        began = dict.fromkeys(("funded_at", "shipped_at", "received_at", "disputed_at"), DEADLINE - window)
        async with self.trade.sessions.begin() as session:
            await session.execute(update(Order).values(status=status, deadline_at=DEADLINE, **began))

    async def sent(self, *, hours_before: float) -> int:
        """Return of how many deadlines people are reminded so long before."""
        now = DEADLINE - timedelta(hours=hours_before)
        self.monkeypatch.setattr(reminders, "utc_now", lambda: now)
        return await send_due_reminders(self.trade.sessions)


@pytest.fixture
def deadline(trade: Trade, monkeypatch: pytest.MonkeyPatch) -> Deadline:
    return Deadline(trade, monkeypatch)


async def kinds_of(person: Person) -> list[str]:
    return [item["kind"] for item in (await person.does("GET", "/notifications"))["items"]]


@pytest.mark.parametrize("status", REMINDED)
async def test_who_loses_by_silence_is_reminded_twice_and_once_each(
    trade: Trade, deadline: Deadline, status: OrderStatus
) -> None:
    await deadline.is_set(status)

    sent = [await deadline.sent(hours_before=hours) for hours in (49, 47.9, 47, 6.1, 5.9, 1, -1)]

    who, kind = REMINDED[status]
    assert sent == [0, 1, 0, 0, 1, 0, 0]
    assert {name: await kinds_of(getattr(trade, name)) for name in ("buyer", "seller", "stranger")} == {
        "buyer": [],
        "seller": [],
        "stranger": [],
        who: [kind, kind],
    }


@pytest.mark.parametrize("status", sorted(set(OrderStatus) - REMINDED.keys()))
async def test_nobody_is_reminded_of_what_costs_nothing(deadline: Deadline, status: OrderStatus) -> None:
    await deadline.is_set(status)

    assert [await deadline.sent(hours_before=hours) for hours in (47, 5)] == [0, 0]


async def test_a_worker_that_was_away_sends_one_reminder(deadline: Deadline) -> None:
    await deadline.is_set(OrderStatus.SHIPPED)

    assert [await deadline.sent(hours_before=hours) for hours in (5, 4)] == [1, 0]


async def test_a_short_window_is_not_reminded_of_as_soon_as_it_opens(deadline: Deadline) -> None:
    await deadline.is_set(OrderStatus.RECEIVED, window=timedelta(days=1))

    assert [await deadline.sent(hours_before=hours) for hours in (24, 23, 5)] == [0, 0, 1]


async def test_a_new_deadline_has_reminders_of_its_own(trade: Trade, deadline: Deadline) -> None:
    await deadline.is_set(OrderStatus.SHIPPED)
    assert await deadline.sent(hours_before=47) == 1
    async with trade.sessions.begin() as session:
        await session.execute(update(Order).values(deadline_at=DEADLINE + timedelta(days=14)))

    assert [await deadline.sent(hours_before=hours) for hours in (5, 47 - 14 * 24)] == [0, 1]


@pytest.mark.parametrize("function", [Action.SHIP, Action.CONFIRM, Action.DISPUTE, Action.EXTEND_TRANSIT])
async def test_who_has_acted_is_not_reminded_while_the_act_waits(
    trade: Trade, deadline: Deadline, function: Action
) -> None:
    await deadline.is_set(OrderStatus.SHIPPED)
    async with trade.sessions.begin() as session:
        await queue_call(
            session, idempotency_key="an act", order_id=trade.order_id, function=function, arguments=[1, bytes(32)]
        )

    assert await deadline.sent(hours_before=47) == 0


async def test_a_reminder_goes_by_the_channels_that_its_reader_chose(trade: Trade, deadline: Deadline) -> None:
    await trade.confirmed(trade.buyer, email="buyer@example.com", phone="+254712345678")
    await deadline.is_set(OrderStatus.SHIPPED)

    await deadline.sent(hours_before=47)

    assert {delivery.channel for delivery in await trade.deliveries()} == {Channel.EMAIL, Channel.SMS}
