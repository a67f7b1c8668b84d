"""Every status × function × caller × time: the table says what must happen, the walk tries each cell."""

from dataclasses import dataclass
from itertools import product
from typing import Any

import boa
import pytest

from .world import (
    CREATED,
    DELIVERED,
    DOT,
    EXPIRED,
    FUNDED,
    HOLDING,
    REFUNDED,
    SHIPPED,
    World,
    a_digest,
)

NO_ORDER = 0
STATUSES = [NO_ORDER, CREATED, FUNDED, SHIPPED, DELIVERED, EXPIRED, REFUNDED]
CALLERS = ["buyer", "seller", "owner", "operator", "oracle", "guardian", "arbiter", "treasury", "stranger"]
ANYONE = "anyone"
AMOUNT, FEE = 10 * DOT, DOT // 4


@dataclass(frozen=True)
class Rule:
    """Who may call; the next status by present status; the reason everywhere else."""

    caller: str
    in_time: dict[int, int]
    late: dict[int, int]
    wrong_caller: str
    wrong_status: str
    too_late: str


RULES = {
    "fund_order_dot": Rule(
        caller="buyer",
        in_time={CREATED: FUNDED},
        late={},
        wrong_caller="escrow: caller is not the buyer",
        wrong_status="escrow: order is not awaiting payment",
        too_late="escrow: time to pay is over",
    ),
    "mark_shipped": Rule(
        caller="seller",
        in_time={FUNDED: SHIPPED},
        late={},
        wrong_caller="escrow: caller is not the seller",
        wrong_status="escrow: order is not funded",
        too_late="escrow: time to ship is over",
    ),
    "confirm_delivery": Rule(
        caller="buyer",
        in_time={SHIPPED: DELIVERED},
        late={SHIPPED: DELIVERED},
        wrong_caller="escrow: caller is not the buyer",
        wrong_status="escrow: order is not shipped",
        too_late="",
    ),
    "refund": Rule(
        caller="seller",
        in_time={FUNDED: REFUNDED, SHIPPED: REFUNDED},
        late={FUNDED: REFUNDED, SHIPPED: REFUNDED},
        wrong_caller="escrow: caller is not the seller",
        wrong_status="escrow: order holds no payment",
        too_late="",
    ),
    "settle_expired": Rule(
        caller=ANYONE,
        in_time={},
        late={CREATED: EXPIRED, FUNDED: REFUNDED, SHIPPED: DELIVERED},
        wrong_caller="",
        wrong_status="escrow: nothing is due",
        too_late="",
    ),
}

# What a move does to balances and credits; what is not named must stay.
MONEY: dict[tuple[int, int], dict[str, int]] = {
    (CREATED, FUNDED): {"buyer": -AMOUNT, "escrow": AMOUNT, "held": AMOUNT},
    (FUNDED, SHIPPED): {},
    (CREATED, EXPIRED): {},
    (SHIPPED, DELIVERED): {
        "seller": AMOUNT - FEE,
        "escrow": FEE - AMOUNT,
        "held": -AMOUNT,
        "credited": FEE,
        "treasury's credit": FEE,
    },
    (FUNDED, REFUNDED): {"buyer": AMOUNT, "escrow": -AMOUNT, "held": -AMOUNT},
    (SHIPPED, REFUNDED): {"buyer": AMOUNT, "escrow": -AMOUNT, "held": -AMOUNT},
}


def expected(function: str, status: int, caller: str, is_late: bool) -> int | str:
    """The next status, or the reason why there is none."""
    rule = RULES[function]
    moves = rule.late if is_late else rule.in_time
    if function == "settle_expired":
        return moves.get(status, rule.wrong_status)
    if status == NO_ORDER:
        return "escrow: no such order"
    if caller != rule.caller:
        return rule.wrong_caller
    if status in rule.in_time and is_late and status not in rule.late:
        return rule.too_late
    return moves.get(status, rule.wrong_status)


def money_of(world: World) -> dict[str, int]:
    held, credited = world.totals()
    return {
        **{name: world.balance(getattr(world, name)) for name in [*CALLERS, "escrow"]},
        **{f"{name}'s credit": world.credit(getattr(world, name)) for name in ("buyer", "seller", "treasury")},
        "held": held,
        "credited": credited,
    }


@pytest.mark.parametrize(("function", "status"), list(product(RULES, STATUSES)))
def test_every_cell_of_the_table(world: World, function: str, status: int) -> None:
    bystander = world.an_order(FUNDED, buyer=world.stranger)
    order_id = world.an_order(status, amount=AMOUNT) if status else world.view("next_order_id")
    orders, money = world.orders([order_id, bystander]), money_of(world)
    own_args: dict[str, list[Any]] = {"mark_shipped": [order_id, a_digest("t")], "settle_expired": [[order_id]]}
    args = own_args.get(function, [order_id])
    value = AMOUNT if function == "fund_order_dot" else 0

    for caller, is_late in product(CALLERS, [False, True]):
        with boa.env.anchor():
            if is_late:
                world.waits_until(orders[0].deadline or world.now + 1)
            outcome = world.call(function, *args, by=getattr(world, caller), value=value)

            cell = (function, status, caller, "late" if is_late else "in time")
            after = money_of(world)
            changes = {name: after[name] - money[name] for name in after if after[name] != money[name]}
            order, untouched = world.orders([order_id, bystander])
            match expected(function, status, caller, is_late):
                case str() as reason:
                    assert outcome.refusal == reason, cell
                    assert order == orders[0], cell
                    assert changes == {}, cell
                case int() as next_status:
                    assert outcome.refusal is None, cell
                    assert order == orders[0]._replace(status=next_status, deadline=order.deadline), cell
                    assert (order.deadline > world.now) == (next_status in HOLDING), cell
                    assert changes == MONEY[status, next_status], cell
            assert untouched == orders[1], cell
            assert world.books_agree(), cell
