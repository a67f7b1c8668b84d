"""Domain events reach every subscriber, in order, in the publisher's transaction."""

from dataclasses import dataclass
from unittest.mock import Mock

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.kernel.events import EventBus, NothingSubscribed


@dataclass(frozen=True)
class Ended:
    order_id: int


@dataclass(frozen=True)
class Began:
    order_id: int


SESSION = Mock(spec=AsyncSession)


async def test_every_handler_of_the_class_is_called_in_order_with_the_session() -> None:
    bus, calls = EventBus(), []

    async def first(session: AsyncSession, event: Ended) -> None:
        calls.append(("first", session, event))

    async def second(session: AsyncSession, event: Ended) -> None:
        calls.append(("second", session, event))

    bus.subscribe(Ended, first)
    bus.subscribe(Ended, second)
    bus.subscribe(Ended, first)

    await bus.publish(SESSION, Ended(1))

    assert calls == [("first", SESSION, Ended(1)), ("second", SESSION, Ended(1))]


async def test_an_event_that_nothing_subscribes_to_is_an_error() -> None:
    bus = EventBus()

    async def handler(_session: AsyncSession, _event: Began) -> None: ...

    bus.subscribe(Began, handler)

    with pytest.raises(NothingSubscribed, match="Ended"):
        await bus.publish(SESSION, Ended(1))


async def test_what_a_handler_raises_reaches_the_publisher() -> None:
    bus = EventBus()

    async def handler(_session: AsyncSession, event: Ended) -> None:
        raise ValueError(event.order_id)

    bus.subscribe(Ended, handler)

    with pytest.raises(ValueError, match="7"):
        await bus.publish(SESSION, Ended(7))
