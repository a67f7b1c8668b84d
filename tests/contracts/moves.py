"""The contract as a table: who may call what, when, and what becomes of the order; and why not otherwise.

This is written from the design, not from the source, and `test_moves` walks every cell of it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from .world import (
    BY_DOT,
    BY_MPESA,
    CANCELLED,
    CREATED,
    DELIVERED,
    DISPUTED,
    EXPIRED,
    FUNDED,
    HOLDING,
    REFUNDED,
    RESOLVED,
    SHIPPED,
)

NONE = 0
"""The status of an order that does not exist."""

STATUSES = range(10)
CALLERS = ("buyer", "seller", "owner", "operator", "oracle", "guardian", "arbiter", "treasury", "stranger")
ANYBODY = CALLERS
PARTIES = ("buyer", "seller")


@dataclass(frozen=True)
class Cell:
    """One question to the table. An offer by the seller stands wherever an order holds a payment."""

    function: str
    status: int
    caller: str
    payment_mode: int
    is_late: bool = False
    is_paused: bool = False


class Trouble(StrEnum):
    """What can be wrong with a call."""

    PAUSE = "new money is paused"
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
    moves: dict[int, int]
    """The next status, by the present one; the same one when the order stays where it is."""

    refusals: dict[Trouble, str]
    """The reason given for each trouble that can stop the call; the first that applies is the one given."""

    payment_mode: int | None = None
    is_relayed: bool = False
    """Whether the oracle may say it for the party, when the order is paid by M-Pesa."""

    only_in_person: frozenset[int] = field(default=frozenset())
    """Statuses in which it is not relayed."""


NO_ORDER = {Trouble.ORDER: "escrow: no such order"}
NOT_PAUSED = {Trouble.PAUSE: "escrow: new orders and payments are paused"}
NOT_BUYER = {Trouble.CALLER: "escrow: caller is not the buyer"}
NOT_SELLER = {Trouble.CALLER: "escrow: caller is not the seller"}
NO_OFFER = {Trouble.STATUS: "escrow: no open offer"}
HOLDS_NOTHING = {Trouble.STATUS: "escrow: order holds no payment"}
NOT_DUE = "escrow: nothing is due"
UNPAID_IN_TIME = {
    Trouble.STATUS: "escrow: order is not awaiting payment",
    Trouble.LATE: "escrow: time to pay is over",
}

RULES = {
    "fund_order_dot": Rule(
        callers=("buyer",),
        payment_mode=BY_DOT,
        moves={CREATED: FUNDED},
        refusals=NOT_PAUSED
        | NO_ORDER
        | NOT_BUYER
        | {Trouble.MODE: "escrow: order is not paid in DOT"}
        | UNPAID_IN_TIME,
    ),
    "record_offchain_payment": Rule(
        callers=("oracle",),
        payment_mode=BY_MPESA,
        moves={CREATED: FUNDED},
        refusals={Trouble.CALLER: "escrow: caller is not the oracle"}
        | NOT_PAUSED
        | NO_ORDER
        | {Trouble.MODE: "escrow: order is not paid by M-Pesa"}
        | UNPAID_IN_TIME,
    ),
    "cancel_order": Rule(
        callers=(*PARTIES, "operator"),
        moves={CREATED: CANCELLED},
        refusals=NO_ORDER
        | {
            Trouble.CALLER: "escrow: caller is neither party nor operator",
            Trouble.STATUS: "escrow: order is not awaiting payment",
        },
    ),
    "mark_shipped": Rule(
        callers=("seller",),
        is_relayed=True,
        moves={FUNDED: SHIPPED},
        refusals=NO_ORDER
        | NOT_SELLER
        | {Trouble.STATUS: "escrow: order is not funded", Trouble.LATE: "escrow: time to ship is over"},
    ),
    "confirm_delivery": Rule(
        callers=("buyer",),
        is_relayed=True,
        only_in_person=frozenset({DISPUTED}),
        moves={SHIPPED: DELIVERED, DISPUTED: DELIVERED},
        refusals=NO_ORDER | NOT_BUYER | {Trouble.STATUS: "escrow: order is not shipped"},
    ),
    "refund": Rule(
        callers=("seller",),
        moves=dict.fromkeys(HOLDING, REFUNDED),
        refusals=NO_ORDER | NOT_SELLER | HOLDS_NOTHING,
    ),
    "settle_expired": Rule(
        callers=ANYBODY,
        moves={CREATED: EXPIRED, FUNDED: REFUNDED, SHIPPED: DELIVERED, DISPUTED: RESOLVED},
        refusals={Trouble.STATUS: NOT_DUE, Trouble.EARLY: NOT_DUE},
    ),
    "raise_dispute": Rule(
        callers=("buyer",),
        is_relayed=True,
        moves={SHIPPED: DISPUTED},
        refusals=NO_ORDER
        | NOT_BUYER
        | {Trouble.STATUS: "escrow: order is not shipped", Trouble.LATE: "escrow: time to dispute is over"},
    ),
    "add_evidence": Rule(
        callers=(*PARTIES, "arbiter"),
        moves={DISPUTED: DISPUTED},
        refusals=NO_ORDER
        | {
            Trouble.CALLER: "escrow: caller is neither party nor arbiter",
            Trouble.STATUS: "escrow: order is not disputed",
        },
    ),
    "resolve_dispute": Rule(
        callers=("arbiter",),
        moves={DISPUTED: RESOLVED},
        refusals=NO_ORDER
        | {
            Trouble.CALLER: "escrow: caller is not the arbiter",
            Trouble.STATUS: "escrow: order is not disputed",
            Trouble.LATE: "escrow: time to decide is over",
        },
    ),
    "propose_settlement": Rule(
        callers=PARTIES,
        moves={status: status for status in HOLDING},
        refusals=NO_ORDER | {Trouble.CALLER: "escrow: caller is not a party"} | HOLDS_NOTHING,
    ),
    "withdraw_settlement": Rule(
        callers=("seller",),
        moves={status: status for status in HOLDING},
        refusals=NO_ORDER | NO_OFFER | {Trouble.CALLER: "escrow: caller is not the proposer"},
    ),
    "accept_settlement": Rule(
        callers=("buyer",),
        moves=dict.fromkeys(HOLDING, RESOLVED),
        refusals=NO_ORDER
        | {Trouble.OUTSIDER: "escrow: caller is not a party"}
        | NO_OFFER
        | {Trouble.CALLER: "escrow: caller is the proposer"},
    ),
}


def _is_relay(cell: Cell) -> bool:
    return RULES[cell.function].is_relayed and cell.caller == "oracle" and cell.payment_mode == BY_MPESA


APPLIES: dict[Trouble, Callable[[Cell, Rule], bool]] = {
    Trouble.PAUSE: lambda cell, _: cell.is_paused,
    Trouble.ORDER: lambda cell, _: cell.status == NONE,
    Trouble.CALLER: lambda cell, rule: cell.caller not in rule.callers and not _is_relay(cell),
    Trouble.OUTSIDER: lambda cell, _: cell.caller not in PARTIES,
    Trouble.MODE: lambda cell, rule: cell.payment_mode != rule.payment_mode,
    Trouble.STATUS: lambda cell, rule: (
        cell.status not in rule.moves or (_is_relay(cell) and cell.status in rule.only_in_person)
    ),
    Trouble.EARLY: lambda cell, _: not cell.is_late,
    Trouble.LATE: lambda cell, _: cell.is_late,
}


def expected(cell: Cell) -> int | str:
    """The next status, or the reason why there is none."""
    rule = RULES[cell.function]
    for trouble, reason in rule.refusals.items():
        if APPLIES[trouble](cell, rule):
            return reason
    return rule.moves[cell.status]
