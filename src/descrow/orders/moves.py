"""The life of an order: its statuses and the one table of moves between them. Everything asks this table.

The contract holds the same table; `tests/orders/test_moves.py` compares the two.
"""

from dataclasses import dataclass
from enum import StrEnum


class OrderStatus(StrEnum):
    """The same words in contract, database, API and screen."""

    CREATED = "created"
    FUNDED = "funded"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    EXPIRED = "expired"
    REFUNDED = "refunded"


class Party(StrEnum):
    """Who may make a move."""

    BUYER = "buyer"
    SELLER = "seller"
    OPERATOR = "operator"
    ANYONE = "anyone"


class Action(StrEnum):
    """What a party does; the value is the contract's function."""

    FUND = "fund_order_dot"
    SHIP = "mark_shipped"
    CONFIRM = "confirm_delivery"
    REFUND = "refund"
    SETTLE = "settle_expired"

    @property
    def word(self) -> str:
        """What the API calls it: `ship`, `confirm`, …"""
        return self.name.lower()


@dataclass(frozen=True)
class Move:
    """`action` by `party` leads from `before` to `after`; `SETTLE` only when the order's deadline has passed."""

    action: Action
    party: Party
    before: OrderStatus
    after: OrderStatus


MOVES: tuple[Move, ...] = (
    Move(Action.FUND, Party.BUYER, OrderStatus.CREATED, OrderStatus.FUNDED),
    Move(Action.SHIP, Party.SELLER, OrderStatus.FUNDED, OrderStatus.SHIPPED),
    Move(Action.CONFIRM, Party.BUYER, OrderStatus.SHIPPED, OrderStatus.DELIVERED),
    Move(Action.REFUND, Party.SELLER, OrderStatus.FUNDED, OrderStatus.REFUNDED),
    Move(Action.REFUND, Party.SELLER, OrderStatus.SHIPPED, OrderStatus.REFUNDED),
    Move(Action.SETTLE, Party.ANYONE, OrderStatus.CREATED, OrderStatus.EXPIRED),
    Move(Action.SETTLE, Party.ANYONE, OrderStatus.FUNDED, OrderStatus.REFUNDED),
    Move(Action.SETTLE, Party.ANYONE, OrderStatus.SHIPPED, OrderStatus.DELIVERED),
)

FINAL_STATUSES = frozenset(OrderStatus) - {move.before for move in MOVES}
HOLDING_STATUSES = frozenset({OrderStatus.FUNDED, OrderStatus.SHIPPED})
"""While an order is here, the contract holds its money."""
ENDS_WITHOUT_SALE = frozenset({OrderStatus.REFUNDED, OrderStatus.EXPIRED})
"""The piece that was kept for such an order is for sale again."""


def find_move(action: Action, before: OrderStatus) -> Move | None:
    """The move that `action` makes from `before`, if there is one."""
    return next((move for move in MOVES if move.action is action and move.before is before), None)


def actions_open_to(party: Party, status: OrderStatus) -> list[Action]:
    """What this party can do now, deadlines apart."""
    return [move.action for move in MOVES if move.before is status and move.party is party]
