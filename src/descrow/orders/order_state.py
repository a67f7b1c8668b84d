"""Define what the chain says of an order: the sum of its final events, and nothing else.

A pure fold. The projection takes one step of it for each event; a re-organisation and a rebuild (`orders.rebuild`) take
all steps again.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from typing import Any

from descrow.contract.models import ChainEvent
from descrow.contract.order_status import OrderStatus
from descrow.orders.models import Order
from descrow.orders.transitions import FINAL_STATUSES, STATUS_AFTER_EVENT, TRANSITIONS

_TRANSITIONS = frozenset((transition.before, transition.after) for transition in TRANSITIONS)


class EventDoesNotFit(Exception):
    """The log says something that our rows contradict. Rows are never bent to fit: the event waits for a person."""


@dataclass(frozen=True)
class OrderState:
    """The columns of `orders` that only the chain may change, by their names."""

    contract_order_id: int | None = None
    status: OrderStatus = OrderStatus.CREATED
    deadline_at: datetime | None = None
    tracking: str | None = None
    funded_at: datetime | None = None
    shipped_at: datetime | None = None
    transit_extended_at: datetime | None = None
    received_at: datetime | None = None
    delivered_at: datetime | None = None
    disputed_at: datetime | None = None
    ended_at: datetime | None = None

    @classmethod
    def of_row(cls, order: Order) -> "OrderState":
        return cls(**{field.name: getattr(order, field.name) for field in fields(cls)})

    def write_to(self, order: Order) -> None:
        for field in fields(self):
            setattr(order, field.name, getattr(self, field.name))

    def after(self, event: ChainEvent) -> "OrderState":
        """One step on. Raises EventDoesNotFit for a move that the table of moves does not know."""
        if event.name == "TransitExtended":
            return self._extended(event)
        if event.name not in STATUS_AFTER_EVENT:
            return self
        status = STATUS_AFTER_EVENT[event.name]
        deadline_at = _deadline_in(event)
        if event.name == "OrderCreated":
            if self.contract_order_id is not None:
                raise EventDoesNotFit(f"the order is number {self.contract_order_id} on the contract already")
            return replace(self, contract_order_id=event.contract_order_id, deadline_at=deadline_at)
        if (self.status, status) not in _TRANSITIONS:
            raise EventDoesNotFit(f"the order is {self.status}, which cannot become {status}")
        return replace(self, status=status, deadline_at=deadline_at, **_noted(event, status))

    def _extended(self, event: ChainEvent) -> "OrderState":
        if self.status is not OrderStatus.SHIPPED or self.transit_extended_at is not None:
            raise EventDoesNotFit(f"the order is {self.status}, and its transit cannot be extended")
        return replace(self, deadline_at=_deadline_in(event), transit_extended_at=event.happened_at)

    def differences(self, other: "OrderState") -> dict[str, tuple[Any, Any]]:
        """Field by field: what is here and what is there, where the two differ."""
        pairs = ((field.name, getattr(self, field.name), getattr(other, field.name)) for field in fields(self))
        return {name: (here, there) for name, here, there in pairs if here != there}


def order_state_from(events: Iterable[ChainEvent]) -> OrderState:
    """All of an order's final events, oldest first, from the beginning. Raises EventDoesNotFit."""
    state = OrderState()
    for event in events:
        state = state.after(event)
    return state


def _deadline_in(event: ChainEvent) -> datetime | None:
    deadline = event.arguments.get("deadline")
    return None if deadline is None else datetime.fromtimestamp(int(str(deadline)), UTC)


def _noted(event: ChainEvent, status: OrderStatus) -> dict[str, Any]:
    """Return what an order remembers of a move besides its status."""
    match status:
        case OrderStatus.FUNDED:
            return {"funded_at": event.happened_at}
        case OrderStatus.SHIPPED:
            return {"shipped_at": event.happened_at, "tracking": str(event.arguments["tracking"])}
        case OrderStatus.RECEIVED:
            return {"received_at": event.happened_at}
        case OrderStatus.DISPUTED:
            return {"disputed_at": event.happened_at}
        case OrderStatus.DELIVERED:
            return {"delivered_at": event.happened_at, "ended_at": event.happened_at}
    return {"ended_at": event.happened_at} if status in FINAL_STATUSES else {}
