"""Every status × function × caller × payment mode × time, compared with the table in `transitions`."""

from itertools import product
from typing import Any

import pytest

from .abi import artifact
from .environment import Environment, Outcome
from .transitions import CALLERS, NONE, RULES, STATUSES, Cell, expected
from .values import (
    AMOUNT,
    BY_DOT,
    DAY,
    DELIVERED,
    DISPUTED,
    FUNDED,
    HOLDING,
    MODES,
    NO_OFFER,
    PAID_OUT,
    RECEIVED,
    REFUNDED,
    RESOLVED,
    SHIPPED,
    Offer,
    Order,
    a_digest,
    split_amount,
)

OFFERED_BPS, DECIDED_BPS, DEFAULT_BPS, FEE_BPS = 3_333, 6_667, 5_000, 250
TRANSIT = 5 * DAY
WINDOW = {FUNDED: 3 * DAY, SHIPPED: TRANSIT + 7 * DAY, RECEIVED: 7 * DAY, DISPUTED: 14 * DAY}


class TransitionScenario:
    """An order in the status of the cells, with an offer by its seller where possible, and another order."""

    def __init__(self, environment: Environment, status: int, payment_mode: int) -> None:
        self.environment = environment
        self.other_order_id = environment.an_order(FUNDED, buyer=environment.stranger)
        last = int(environment.view("next_order_id"))
        self.order_id = environment.an_order(status, payment_mode=payment_mode) if status != NONE else last
        if status in HOLDING:
            environment.execute("propose_settlement", self.order_id, OFFERED_BPS, 365 * DAY, by=environment.seller)
        self.order = environment.order(self.order_id)

    def call(self, cell: Cell) -> Outcome:
        amount = AMOUNT[cell.payment_mode]
        args_of: dict[str, list[Any]] = {
            "record_offchain_payment": [self.order_id, amount, a_digest("a receipt")],
            "mark_shipped": [self.order_id, a_digest("tracking")],
            "settle_expired": [[self.order_id]],
            "raise_dispute": [self.order_id, a_digest("evidence")],
            "add_evidence": [self.order_id, a_digest("evidence")],
            "resolve_dispute": [self.order_id, DECIDED_BPS],
            "propose_settlement": [self.order_id, DECIDED_BPS, DAY],
            "accept_settlement": [self.order_id, OFFERED_BPS],
        }
        args = args_of.get(cell.function, [self.order_id])
        value = amount if cell.function == "fund_order_dot" else 0
        return self.environment.call(cell.function, *args, by=getattr(self.environment, cell.caller), value=value)


@pytest.mark.parametrize(("function", "status", "payment_mode"), list(product(RULES, STATUSES, MODES)))
def test_every_cell_of_the_table(environment: Environment, function: str, status: int, payment_mode: int) -> None:
    scenario = TransitionScenario(environment, status, payment_mode)

    for caller, is_late in product(CALLERS, [False, True]):
        cell = Cell(function, status, caller, payment_mode, is_late)
        with environment.evm.rolled_back():
            if is_late:
                environment.advance_to(scenario.order.deadline or environment.now + 1)
            match expected(cell):
                case str() as reason:
                    assert scenario.call(cell).refusal == reason, cell
                case int() as next_status:
                    before = environment.state()
                    assert scenario.call(cell).refusal is None, cell
                    assert environment.state() == before | changed_state(scenario, cell, next_status, before), cell


@pytest.mark.parametrize("payment_mode", MODES)
@pytest.mark.parametrize("function", RULES)
def test_a_pause_stops_new_payments_and_changes_no_other_transition(
    environment: Environment, function: str, payment_mode: int
) -> None:
    tried = 0
    for status in STATUSES:
        with environment.evm.rolled_back():
            scenario = TransitionScenario(environment, status, payment_mode)
            environment.execute("pause", by=environment.guardian)
            for caller, is_late in product(CALLERS, [False, True]):
                cell = Cell(function, status, caller, payment_mode, is_late, is_paused=True)
                with environment.evm.rolled_back():
                    if is_late:
                        environment.advance_to(scenario.order.deadline or environment.now + 1)
                    outcome = scenario.call(cell)
                    tried += 1

                    match expected(cell):
                        case str() as reason:
                            assert outcome.refusal == reason, cell
                        case int() as next_status:
                            assert outcome.refusal is None, cell
                            assert environment.status(scenario.order_id) == next_status, cell
    assert tried == len(STATUSES) * len(CALLERS) * 2


def changed_state(scenario: TransitionScenario, cell: Cell, next_status: int, before: dict[str, Any]) -> dict[str, Any]:
    """Return the part of the state that a successful call changes."""
    environment, order = scenario.environment, scenario.order
    index = scenario.order_id - 1
    deadline = order.deadline if next_status == cell.status else 0
    if cell.function == "extend_transit":
        deadline += TRANSIT
    if next_status != cell.status and next_status in WINDOW:
        deadline = environment.now + WINDOW[next_status]
    changed = order._replace(status=next_status, deadline=deadline)
    after: dict[str, Any] = {
        "orders": [*before["orders"][:index], changed, *before["orders"][index + 1 :]],
        "offers": [*before["offers"][:index], offer_after(scenario, cell, next_status), *before["offers"][index + 1 :]],
    }
    if cell.function == "record_offchain_payment":
        per_order, per_day, recorded = before["caps"]
        after["caps"] = (per_order, per_day, recorded + order.amount)
    if order.payment_mode == BY_DOT:
        after |= coin_after(environment, order, cell, next_status, before)
    return after


def offer_after(scenario: TransitionScenario, cell: Cell, next_status: int) -> Offer:
    caller = getattr(scenario.environment, cell.caller)
    if cell.function == "propose_settlement":
        return Offer(caller, DECIDED_BPS, scenario.environment.now + DAY)
    stands = next_status == cell.status and cell.function != "withdraw_settlement"
    return scenario.environment.offer(scenario.order_id) if stands else NO_OFFER


def coin_after(
    environment: Environment, order: Order, cell: Cell, next_status: int, before: dict[str, Any]
) -> dict[str, Any]:
    """Return balances, credits and totals after an order in DOT was paid or has ended."""
    balances, credits_of = dict(before["balances"]), dict(before["credits"])
    held, credited = before["totals"]
    if cell.function == "fund_order_dot":
        balances[order.buyer] -= order.amount
        balances[environment.escrow] += order.amount
        held += order.amount
    if next_status in PAID_OUT:
        decided = {"settle_expired": DEFAULT_BPS, "resolve_dispute": DECIDED_BPS, "accept_settlement": OFFERED_BPS}
        share = {DELIVERED: 10_000, REFUNDED: 0}.get(next_status, decided.get(cell.function, 0))
        parts = split_amount(order.amount, share, FEE_BPS)
        balances[order.seller] += parts.seller
        balances[order.buyer] += parts.buyer
        balances[environment.escrow] -= parts.seller + parts.buyer
        credits_of[environment.treasury] += parts.fee
        held -= order.amount
        credited += parts.fee
    return {"balances": balances, "credits": credits_of, "totals": (held, credited)}


def test_the_table_has_every_function_that_takes_an_order() -> None:
    about_orders = {
        entry["name"]
        for entry in artifact()["abi"]
        if entry["type"] == "function"
        and entry["stateMutability"] != "view"
        and entry["inputs"]
        and entry["inputs"][0]["name"] in ("order_id", "order_ids")
    }

    assert about_orders == set(RULES)


def test_anybody_can_end_every_overdue_order_that_holds_money() -> None:
    for status, payment_mode in product(HOLDING, MODES):
        ended = expected(Cell("settle_expired", status, "stranger", payment_mode, is_late=True, is_paused=True))

        assert ended in (DELIVERED, REFUNDED, RESOLVED)
