"""The life of an order: the one table of who may do what in each status. Everything asks this table.

The contract holds the same table; `tests/orders/test_transitions.py` compares the two, cell by cell.
"""

from dataclasses import dataclass
from enum import StrEnum

from descrow.contract.order_status import OrderStatus, PaymentMode


class Party(StrEnum):
    """Describe who may make a move."""

    BUYER = "buyer"
    SELLER = "seller"
    OPERATOR = "operator"
    ORACLE = "oracle"
    ARBITER = "arbiter"
    ANYONE = "anyone"


class Action(StrEnum):
    """Describe what a party does; the value is the contract's function."""

    FUND = "fund_order_dot"
    RECORD = "record_offchain_payment"
    CANCEL = "cancel_order"
    SHIP = "mark_shipped"
    EXTEND_TRANSIT = "extend_transit"
    CONFIRM_RECEIPT = "confirm_receipt"
    CONFIRM = "confirm_delivery"
    REFUND = "refund"
    DISPUTE = "raise_dispute"
    ADD_EVIDENCE = "add_evidence"
    RESOLVE = "resolve_dispute"
    PROPOSE = "propose_settlement"
    WITHDRAW = "withdraw_settlement"
    ACCEPT = "accept_settlement"
    SETTLE = "settle_expired"

    @property
    def word(self) -> str:
        """Return what the API calls it: `ship`, `confirm`, …"""
        return self.name.lower()


class When(StrEnum):
    """On which side of the order's deadline a move is possible."""

    IN_TIME = "in time"
    OVERDUE = "overdue"
    ALWAYS = "always"


@dataclass(frozen=True)
class Transition:
    """`action` by `party` leads from `before` to `after`.

    Accepting needs an offer of the other party's, and withdrawing one's own.
    """

    action: Action
    party: Party
    before: OrderStatus
    after: OrderStatus
    when: When = When.ALWAYS
    modes: frozenset[PaymentMode] = frozenset(PaymentMode)


_A, _P, _S = Action, Party, OrderStatus
_DOT = frozenset({PaymentMode.COIN})
_MPESA = frozenset({PaymentMode.RECORD})
HOLDING_STATUSES = (OrderStatus.FUNDED, OrderStatus.SHIPPED, OrderStatus.RECEIVED, OrderStatus.DISPUTED)
"""While an order is here, its money is held."""
SHIPPED_STATUSES = (OrderStatus.SHIPPED, OrderStatus.RECEIVED)
"""While an order is here, its buyer can confirm it or dispute it, and silence pays its seller."""

TRANSITIONS: tuple[Transition, ...] = (
    Transition(_A.FUND, _P.BUYER, _S.CREATED, _S.FUNDED, When.IN_TIME, _DOT),
    Transition(_A.RECORD, _P.ORACLE, _S.CREATED, _S.FUNDED, When.IN_TIME, _MPESA),
    *(Transition(_A.CANCEL, party, _S.CREATED, _S.CANCELLED) for party in (_P.BUYER, _P.SELLER, _P.OPERATOR)),
    Transition(_A.SHIP, _P.SELLER, _S.FUNDED, _S.SHIPPED, When.IN_TIME),
    Transition(_A.CONFIRM_RECEIPT, _P.BUYER, _S.SHIPPED, _S.RECEIVED, When.IN_TIME),
    *(Transition(_A.CONFIRM, _P.BUYER, status, _S.DELIVERED) for status in SHIPPED_STATUSES),
    Transition(_A.CONFIRM, _P.BUYER, _S.DISPUTED, _S.DELIVERED),
    *(Transition(_A.REFUND, _P.SELLER, status, _S.REFUNDED) for status in HOLDING_STATUSES),
    *(Transition(_A.DISPUTE, _P.BUYER, status, _S.DISPUTED, When.IN_TIME) for status in SHIPPED_STATUSES),
    Transition(_A.RESOLVE, _P.ARBITER, _S.DISPUTED, _S.RESOLVED, When.IN_TIME),
    *(
        Transition(_A.ACCEPT, party, status, _S.RESOLVED)
        for party in (_P.BUYER, _P.SELLER)
        for status in HOLDING_STATUSES
    ),
    # The oracle passes on what parties without DOT say, never what would end a dispute.
    Transition(_A.SHIP, _P.ORACLE, _S.FUNDED, _S.SHIPPED, When.IN_TIME, _MPESA),
    Transition(_A.CONFIRM_RECEIPT, _P.ORACLE, _S.SHIPPED, _S.RECEIVED, When.IN_TIME, _MPESA),
    *(Transition(_A.CONFIRM, _P.ORACLE, status, _S.DELIVERED, When.ALWAYS, _MPESA) for status in SHIPPED_STATUSES),
    *(Transition(_A.DISPUTE, _P.ORACLE, status, _S.DISPUTED, When.IN_TIME, _MPESA) for status in SHIPPED_STATUSES),
    Transition(_A.SETTLE, _P.ANYONE, _S.CREATED, _S.EXPIRED, When.OVERDUE),
    Transition(_A.SETTLE, _P.ANYONE, _S.FUNDED, _S.REFUNDED, When.OVERDUE),
    *(Transition(_A.SETTLE, _P.ANYONE, status, _S.DELIVERED, When.OVERDUE) for status in SHIPPED_STATUSES),
    Transition(_A.SETTLE, _P.ANYONE, _S.DISPUTED, _S.RESOLVED, When.OVERDUE),
)

SELF_TRANSITIONS: tuple[Transition, ...] = (
    *(
        Transition(action, party, status, status)
        for action in (_A.PROPOSE, _A.WITHDRAW)
        for party in (_P.BUYER, _P.SELLER)
        for status in HOLDING_STATUSES
    ),
    *(Transition(_A.ADD_EVIDENCE, party, _S.DISPUTED, _S.DISPUTED) for party in (_P.BUYER, _P.SELLER, _P.ARBITER)),
    Transition(_A.EXTEND_TRANSIT, _P.BUYER, _S.SHIPPED, _S.SHIPPED, When.IN_TIME),
    Transition(_A.EXTEND_TRANSIT, _P.ORACLE, _S.SHIPPED, _S.SHIPPED, When.IN_TIME, _MPESA),
)
"""Actions on the chain that leave an order's status as it is. Transit is extended once."""

STATUS_AFTER_EVENT = {
    "OrderCreated": OrderStatus.CREATED,
    "OrderFunded": OrderStatus.FUNDED,
    "OrderShipped": OrderStatus.SHIPPED,
    "OrderReceived": OrderStatus.RECEIVED,
    "OrderDelivered": OrderStatus.DELIVERED,
    "OrderRefunded": OrderStatus.REFUNDED,
    "OrderCancelled": OrderStatus.CANCELLED,
    "OrderExpired": OrderStatus.EXPIRED,
    "OrderDisputed": OrderStatus.DISPUTED,
    "OrderResolved": OrderStatus.RESOLVED,
}
"""Events that begin an order or move it on; no other changes its status."""

REMARKS = ("SettlementProposed", "SettlementWithdrawn", "EvidenceAdded", "TransitExtended")
"""Events by which somebody says something of an order, and which leave its status as it is."""

FINAL_STATUSES = frozenset(OrderStatus) - {transition.before for transition in TRANSITIONS}
ENDS_WITHOUT_SALE = frozenset({OrderStatus.CANCELLED, OrderStatus.REFUNDED, OrderStatus.EXPIRED})
"""The reserved stock of such an order is for sale again."""


def find_transition(
    action: Action, before: OrderStatus, party: Party, mode: PaymentMode = PaymentMode.COIN, *, is_overdue: bool = False
) -> Transition | None:
    """The move that this party's `action` makes from `before`, if there is one."""
    not_now = When.IN_TIME if is_overdue else When.OVERDUE
    for transition in (*TRANSITIONS, *SELF_TRANSITIONS):
        is_theirs = transition.party in (party, Party.ANYONE)
        if transition.action is action and transition.before is before and is_theirs and mode in transition.modes:
            return None if transition.when is not_now else transition
    return None


def actions_open_to(
    party: Party,
    status: OrderStatus,
    mode: PaymentMode,
    *,
    offer_by: Party | None = None,
    is_transit_extended: bool = False,
) -> list[Action]:
    """Return what this party can do by itself now, deadlines apart; `offer_by` made the offer that stands."""
    return [
        transition.action
        for transition in (*TRANSITIONS, *SELF_TRANSITIONS)
        if transition.before is status
        and transition.party is party
        and mode in transition.modes
        and _fits_offer(transition, offer_by)
        and not (is_transit_extended and transition.action is Action.EXTEND_TRANSIT)
    ]


def words_of_actions(
    party: Party, status: OrderStatus, mode: PaymentMode, *, is_transit_extended: bool = False
) -> tuple[str, ...]:
    """The same as the API names them, while no offer stands."""
    actions = actions_open_to(party, status, mode, is_transit_extended=is_transit_extended)
    return tuple(action.word for action in actions)


def _fits_offer(transition: Transition, offer_by: Party | None) -> bool:
    match transition.action:
        case Action.ACCEPT:
            return offer_by is not None and offer_by is not transition.party
        case Action.WITHDRAW:
            return offer_by is transition.party
    return True
