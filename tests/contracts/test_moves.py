"""Every status × function × caller × way of paying × time: `moves` says what must happen, the walk tries each cell."""

from itertools import product
from typing import Any

import pytest

from .moves import CALLERS, NONE, RULES, STATUSES, Cell, expected
from .world import (
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
    REFUNDED,
    RESOLVED,
    SHIPPED,
    Offer,
    Order,
    Outcome,
    World,
    a_digest,
    artifact,
    parts_of,
)

OFFERED_BPS, DECIDED_BPS, DEFAULT_BPS, FEE_BPS = 3_333, 6_667, 5_000, 250
WINDOW = {FUNDED: 3 * DAY, SHIPPED: 7 * DAY, DISPUTED: 14 * DAY}


class Scene:
    """An order in the status of the cells, with an offer by its seller where one can stand, and a bystander's order."""

    def __init__(self, world: World, status: int, payment_mode: int) -> None:
        self.world = world
        self.bystander = world.an_order(FUNDED, buyer=world.stranger)
        last = int(world.view("next_order_id"))
        self.order_id = world.an_order(status, payment_mode=payment_mode) if status != NONE else last
        if status in HOLDING:
            world.does("propose_settlement", self.order_id, OFFERED_BPS, 365 * DAY, by=world.seller)
        self.order = world.order(self.order_id)

    def plays(self, cell: Cell) -> Outcome:
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
        return self.world.call(cell.function, *args, by=getattr(self.world, cell.caller), value=value)


@pytest.mark.parametrize(("function", "status", "payment_mode"), list(product(RULES, STATUSES, MODES)))
def test_every_cell_of_the_table(world: World, function: str, status: int, payment_mode: int) -> None:
    scene = Scene(world, status, payment_mode)

    for caller, is_late in product(CALLERS, [False, True]):
        cell = Cell(function, status, caller, payment_mode, is_late)
        with world.evm.rolled_back():
            if is_late:
                world.waits_until(scene.order.deadline or world.now + 1)
            match expected(cell):
                case str() as reason:
                    assert scene.plays(cell).refusal == reason, cell
                case int() as next_status:
                    before = world.picture()
                    assert scene.plays(cell).refusal is None, cell
                    assert world.picture() == before | changes(scene, cell, next_status, before), cell


@pytest.mark.parametrize("payment_mode", MODES)
@pytest.mark.parametrize("function", RULES)
def test_a_pause_stops_new_money_and_leaves_every_other_move_as_it_was(
    world: World, function: str, payment_mode: int
) -> None:
    tried = 0
    for status in STATUSES:
        with world.evm.rolled_back():
            scene = Scene(world, status, payment_mode)
            world.does("pause", by=world.guardian)
            for caller, is_late in product(CALLERS, [False, True]):
                cell = Cell(function, status, caller, payment_mode, is_late, is_paused=True)
                with world.evm.rolled_back():
                    if is_late:
                        world.waits_until(scene.order.deadline or world.now + 1)
                    outcome = scene.plays(cell)
                    tried += 1

                    match expected(cell):
                        case str() as reason:
                            assert outcome.refusal == reason, cell
                        case int() as next_status:
                            assert outcome.refusal is None, cell
                            assert world.status(scene.order_id) == next_status, cell
    assert tried == len(STATUSES) * len(CALLERS) * 2


def changes(scene: Scene, cell: Cell, next_status: int, before: dict[str, Any]) -> dict[str, Any]:
    """What a move that goes through changes in the picture of the world: all of it, and nothing else."""
    world, order = scene.world, scene.order
    place = scene.order_id - 1
    deadline = order.deadline if next_status == cell.status else 0
    if next_status != cell.status and next_status in WINDOW:
        deadline = world.now + WINDOW[next_status]
    moved = order._replace(status=next_status, deadline=deadline)
    after: dict[str, Any] = {
        "orders": [*before["orders"][:place], moved, *before["orders"][place + 1 :]],
        "offers": [*before["offers"][:place], offer_after(scene, cell, next_status), *before["offers"][place + 1 :]],
    }
    if cell.function == "record_offchain_payment":
        per_order, per_day, recorded = before["caps"]
        after["caps"] = (per_order, per_day, recorded + order.amount)
    if order.payment_mode == BY_DOT:
        after |= coin_after(world, order, cell, next_status, before)
    return after


def offer_after(scene: Scene, cell: Cell, next_status: int) -> Offer:
    caller = getattr(scene.world, cell.caller)
    if cell.function == "propose_settlement":
        return Offer(caller, DECIDED_BPS, scene.world.now + DAY)
    stands = next_status == cell.status and cell.function != "withdraw_settlement"
    return scene.world.offer(scene.order_id) if stands else NO_OFFER


def coin_after(world: World, order: Order, cell: Cell, next_status: int, before: dict[str, Any]) -> dict[str, Any]:
    """Where the coin of an order in DOT is after it was paid, or after it has ended."""
    balances, credits_of = dict(before["balances"]), dict(before["credits"])
    held, credited = before["totals"]
    if cell.function == "fund_order_dot":
        balances[order.buyer] -= order.amount
        balances[world.escrow] += order.amount
        held += order.amount
    if next_status in PAID_OUT:
        decided = {"settle_expired": DEFAULT_BPS, "resolve_dispute": DECIDED_BPS, "accept_settlement": OFFERED_BPS}
        share = {DELIVERED: 10_000, REFUNDED: 0}.get(next_status, decided.get(cell.function, 0))
        parts = parts_of(order.amount, share, FEE_BPS)
        balances[order.seller] += parts.seller
        balances[order.buyer] += parts.buyer
        balances[world.escrow] -= parts.seller + parts.buyer
        credits_of[world.treasury] += parts.fee
        held -= order.amount
        credited += parts.fee
    return {"balances": balances, "credits": credits_of, "totals": (held, credited)}


def test_the_table_knows_every_function_that_takes_one_order() -> None:
    about_orders = {
        entry["name"]
        for entry in artifact()["abi"]
        if entry["type"] == "function"
        and entry["stateMutability"] != "view"
        and entry["inputs"]
        and entry["inputs"][0]["name"] in ("order_id", "order_ids")
    }

    assert about_orders == set(RULES)


def test_from_every_state_that_holds_money_time_and_anybody_reach_an_end() -> None:
    for status, payment_mode in product(HOLDING, MODES):
        ended = expected(Cell("settle_expired", status, "stranger", payment_mode, is_late=True, is_paused=True))

        assert ended in (DELIVERED, REFUNDED, RESOLVED)
