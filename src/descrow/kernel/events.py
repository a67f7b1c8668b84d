"""Domain events: a feature publishes what has happened, and others act on it in the same transaction.

A package may import only packages on its left (see `docs/architecture.md`). What has to happen further right, such as a
payout when an order has ended, subscribes to the event at start-up; `descrow.app.wiring` is the one place that does so.
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

Event = TypeVar("Event")
Handler = Callable[[AsyncSession, Event], Awaitable[None]]


class NothingSubscribed(RuntimeError):
    """A process publishes an event before it was wired. Money may depend on the event, so the transaction fails."""

    def __init__(self, kind: type) -> None:
        super().__init__(f"nothing subscribes to {kind.__name__}; the process must call descrow.app.wiring first")


class EventBus:
    """Handlers by the class of the event, called in the order in which they subscribed."""

    def __init__(self) -> None:
        self._handlers: defaultdict[type, list[Handler[Any]]] = defaultdict(list)

    def subscribe(self, kind: type[Event], handler: Handler[Event]) -> None:
        """Call `handler` for each event of this class. A repeat changes nothing."""
        if handler not in self._handlers[kind]:
            self._handlers[kind].append(handler)

    def unsubscribe_all(self) -> None:
        """Forget every handler."""
        self._handlers.clear()

    def has_subscriber(self, kind: type) -> bool:
        """Say if an event of this class has a subscriber."""
        return bool(self._handlers.get(kind))

    async def publish(self, session: AsyncSession, event: object) -> None:
        """Hand the event to every handler, in the publisher's transaction: what one raises undoes them all.

        Raises NothingSubscribed.
        """
        handlers = self._handlers.get(type(event))
        if not handlers:
            raise NothingSubscribed(type(event))
        for handler in handlers:
            await handler(session, event)


bus = EventBus()
"""The process's own bus."""
