"""The contract as a table: the callers, the time and the next status of each function, and the reasons for refusals.

It was written from the design, not from the source. `test_transitions` tries every cell of it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from .values import (
    BY_DOT,
    BY_MPESA,
    CANCELLED,
    CREATED,
    DELIVERED,
    DISPUTED,
    EXPIRED,
    FUNDED,
    HOLDING,
    OPEN_TO_BUYER,
    RECEIVED,
    REFUNDED,
    RESOLVED,
    SHIPPED,
)

NONE = 0
"""The status of an order that does not exist."""

STATUSES = range(11)
CALLERS = ("buyer", "seller", "owner", "operator", "oracle", "guardian", "arbiter", "treasury", "stranger")
ANYBODY = CALLERS
PARTIES = ("buyer", "seller")


@dataclass(frozen=True)
class Cell:
    """One question to the table. The seller has made an offer wherever an order holds a payment."""

    function: str
    status: int
    caller: str
    payment_mode: int
    is_late: bool = False
    is_paused: bool = False


class Obstacle(StrEnum):
    """One thing that can be wrong with a call."""

    PAUSE = "new payments are paused"
    ORDER = "there is no such order"
    CALLER = "the caller may not"
    OUTSIDER = "the caller is no party to the order"
    MODE = "the order is paid in the other way"
    STATUS = "the order is not in the status for it"
    EARLY = "it is not yet time"
    LATE = "time is over"


@dataclass(frozen=True)
class Rule:
    callers: tuple[str, ...]
    next_statuses: dict[int, int]
    """The next status, by the present one; the same one when the order stays where it is."""

    refusals: dict[Obstacle, str]
    """The reason given for each obstacle. The first one that applies decides."""

    payment_mode: int | None = None
    is_relayed: bool = False
    """True if the oracle may call for the party to an order paid by M-Pesa."""

    only_in_person: frozenset[int] = field(default=frozenset())
    """Statuses in which the oracle may not call for the party."""


NO_ORDER = {Obstacle.ORDER: "escrow: no such order"}
NOT_PAUSED = {Obstacle.PAUSE: "escrow: new orders and payments are paused"}
NOT_BUYER = {Obstacle.CALLER: "escrow: caller is not the buyer"}
NOT_SELLER = {Obstacle.CALLER: "escrow: caller is not the seller"}
NO_OFFER = {Obstacle.STATUS: "escrow: no open offer"}
HOLDS_NOTHING = {Obstacle.STATUS: "escrow: order holds no payment"}
NOT_DUE = "escrow: nothing is due"
UNPAID_IN_TIME = {
    Obstacle.STATUS: "escrow: order is not awaiting payment",
    Obstacle.LATE: "escrow: time to pay is over",
}

IN_TRANSIT = {
    Obstacle.STATUS: "escrow: order is not shipped",
    Obstacle.LATE: "escrow: order is overdue",
}

RULES = {
    "fund_order_dot": Rule(
        callers=("buyer",),
        payment_mode=BY_DOT,
        next_statuses={CREATED: FUNDED},
        refusals=NOT_PAUSED
        | NO_ORDER
        | NOT_BUYER
        | {Obstacle.MODE: "escrow: order is not paid in DOT"}
        | UNPAID_IN_TIME,
    ),
    "record_offchain_payment": Rule(
        callers=("oracle",),
        payment_mode=BY_MPESA,
        next_statuses={CREATED: FUNDED},
        refusals={Obstacle.CALLER: "escrow: caller is not the oracle"}
        | NOT_PAUSED
        | NO_ORDER
        | {Obstacle.MODE: "escrow: order is not paid by M-Pesa"}
        | UNPAID_IN_TIME,
    ),
    "cancel_order": Rule(
        callers=(*PARTIES, "operator"),
        next_statuses={CREATED: CANCELLED},
        refusals=NO_ORDER
        | {
            Obstacle.CALLER: "escrow: caller is neither party nor operator",
            Obstacle.STATUS: "escrow: order is not awaiting payment",
        },
    ),
    "mark_shipped": Rule(
        callers=("seller",),
        is_relayed=True,
        next_statuses={FUNDED: SHIPPED},
        refusals=NO_ORDER
        | NOT_SELLER
        | {Obstacle.STATUS: "escrow: order is not funded", Obstacle.LATE: "escrow: time to ship is over"},
    ),
    "extend_transit": Rule(
        callers=("buyer",),
        is_relayed=True,
        next_statuses={SHIPPED: SHIPPED},
        refusals=NO_ORDER | NOT_BUYER | IN_TRANSIT,
    ),
    "confirm_receipt": Rule(
        callers=("buyer",),
        is_relayed=True,
        next_statuses={SHIPPED: RECEIVED},
        refusals=NO_ORDER | NOT_BUYER | IN_TRANSIT,
    ),
    "confirm_delivery": Rule(
        callers=("buyer",),
        is_relayed=True,
        only_in_person=frozenset({DISPUTED}),
        next_statuses=dict.fromkeys({*OPEN_TO_BUYER, DISPUTED}, DELIVERED),
        refusals=NO_ORDER | NOT_BUYER | {Obstacle.STATUS: "escrow: order is not shipped"},
    ),
    "refund": Rule(
        callers=("seller",),
        next_statuses=dict.fromkeys(HOLDING, REFUNDED),
        refusals=NO_ORDER | NOT_SELLER | HOLDS_NOTHING,
    ),
    "settle_expired": Rule(
        callers=ANYBODY,
        next_statuses={CREATED: EXPIRED, FUNDED: REFUNDED, DISPUTED: RESOLVED}
        | dict.fromkeys(OPEN_TO_BUYER, DELIVERED),
        refusals={Obstacle.STATUS: NOT_DUE, Obstacle.EARLY: NOT_DUE},
    ),
    "raise_dispute": Rule(
        callers=("buyer",),
        is_relayed=True,
        next_statuses=dict.fromkeys(OPEN_TO_BUYER, DISPUTED),
        refusals=NO_ORDER
        | NOT_BUYER
        | {Obstacle.STATUS: "escrow: order is not shipped", Obstacle.LATE: "escrow: time to dispute is over"},
    ),
    "add_evidence": Rule(
        callers=(*PARTIES, "arbiter"),
        next_statuses={DISPUTED: DISPUTED},
        refusals=NO_ORDER
        | {
            Obstacle.CALLER: "escrow: caller is neither party nor arbiter",
            Obstacle.STATUS: "escrow: order is not disputed",
        },
    ),
    "resolve_dispute": Rule(
        callers=("arbiter",),
        next_statuses={DISPUTED: RESOLVED},
        refusals=NO_ORDER
        | {
            Obstacle.CALLER: "escrow: caller is not the arbiter",
            Obstacle.STATUS: "escrow: order is not disputed",
            Obstacle.LATE: "escrow: time to decide is over",
        },
    ),
    "propose_settlement": Rule(
        callers=PARTIES,
        next_statuses={status: status for status in HOLDING},
        refusals=NO_ORDER | {Obstacle.CALLER: "escrow: caller is not a party"} | HOLDS_NOTHING,
    ),
    "withdraw_settlement": Rule(
        callers=("seller",),
        next_statuses={status: status for status in HOLDING},
        refusals=NO_ORDER | NO_OFFER | {Obstacle.CALLER: "escrow: caller is not the proposer"},
    ),
    "accept_settlement": Rule(
        callers=("buyer",),
        next_statuses=dict.fromkeys(HOLDING, RESOLVED),
        refusals=NO_ORDER
        | {Obstacle.OUTSIDER: "escrow: caller is not a party"}
        | NO_OFFER
        | {Obstacle.CALLER: "escrow: caller is the proposer"},
    ),
}


def _is_relay(cell: Cell) -> bool:
    return RULES[cell.function].is_relayed and cell.caller == "oracle" and cell.payment_mode == BY_MPESA


APPLIES: dict[Obstacle, Callable[[Cell, Rule], bool]] = {
    Obstacle.PAUSE: lambda cell, _: cell.is_paused,
    Obstacle.ORDER: lambda cell, _: cell.status == NONE,
    Obstacle.CALLER: lambda cell, rule: cell.caller not in rule.callers and not _is_relay(cell),
    Obstacle.OUTSIDER: lambda cell, _: cell.caller not in PARTIES,
    Obstacle.MODE: lambda cell, rule: cell.payment_mode != rule.payment_mode,
    Obstacle.STATUS: lambda cell, rule: (
        cell.status not in rule.next_statuses or (_is_relay(cell) and cell.status in rule.only_in_person)
    ),
    Obstacle.EARLY: lambda cell, _: not cell.is_late,
    Obstacle.LATE: lambda cell, _: cell.is_late,
}


def expected(cell: Cell) -> int | str:
    """Return the next status, or the reason of the refusal."""
    rule = RULES[cell.function]
    for obstacle, reason in rule.refusals.items():
        if APPLIES[obstacle](cell, rule):
            return reason
    return rule.next_statuses[cell.status]
