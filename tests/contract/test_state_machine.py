"""Many orders at once, moved at random by honest and hostile people and by time, beside a model that is plain Python.

ESCROW_STEPS sets how many steps are taken in all (1,000 by default; a nightly run takes 200,000).
"""

import os
from dataclasses import dataclass, field
from typing import Any

import boa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, precondition, rule

from .world import (
    BY_DOT,
    CREATED,
    DAY,
    DELIVERED,
    EXPIRED,
    FINAL,
    FUNDED,
    HOLDING,
    MINUTE,
    PLANCK,
    REFUNDED,
    SHIPPED,
    Event,
    Order,
    World,
    a_digest,
    an_address,
    calldata,
    parts_of,
)

STEPS_A_RUN = 50
STEPS = int(os.environ.get("ESCROW_STEPS", "1000"))

FEES = [0, 1, 250, 1_000]
HONEST = [an_address(f"trader {n}") for n in range(3)]
HOSTILE = ["rejecting", "gas_burning", "reentering"]
TRADERS = range(len(HONEST) + len(HOSTILE))
AMOUNTS = st.one_of(st.integers(1, 2_000), st.integers(1, 10**16)).map(lambda planck: planck * PLANCK)


@dataclass(frozen=True)
class Wanted:
    """An order to be made. It may have come some way already, so that a short walk sees its end."""

    buyer: int
    distance: int
    amount: int
    sheet: int
    status: int


WANTED = st.lists(
    st.builds(
        Wanted,
        buyer=st.sampled_from(TRADERS),
        distance=st.integers(1, len(TRADERS) - 1),
        amount=AMOUNTS,
        sheet=st.sampled_from(range(len(FEES))),
        status=st.sampled_from([CREATED, FUNDED, SHIPPED]),
    ),
    min_size=1,
    max_size=6,
)


@dataclass
class Told:
    """What the events have said of an order's money."""

    came_in: int = 0
    went_out: int = 0
    endings: list[str] = field(default_factory=list)


class EscrowMachine(RuleBasedStateMachine):
    orders = Bundle("orders")

    @initialize(target=orders, wanted=WANTED)
    def begin(self, wanted: list[Wanted]) -> Any:
        self.undo = boa.env.anchor()  # each run begins on a clean machine
        self.undo.__enter__()
        self.world = World()
        self.traders = HONEST + [self.world.a_payee(kind) for kind in HOSTILE]
        self.world.people += HONEST
        for trader in [*self.traders, self.world.stranger]:  # who calls through the hostile ones
            self.world.gives(trader, 10**30)
        self.terms = [self.world.publishes_terms(fee_bps=fee_bps) for fee_bps in FEES]
        self.expected: dict[int, Order] = {}
        self.credits: dict[str, int] = {}
        self.told: dict[int, Told] = {}
        self.is_paused = False
        self.world.on_event = self._hear
        return multiple(*map(self._create, wanted))

    # --- the life of orders ---

    @precondition(lambda self: not self.is_paused)
    @rule(target=orders, wanted=WANTED)
    def create_some(self, wanted: list[Wanted]) -> Any:
        return multiple(*map(self._create, wanted))

    def _create(self, new: Wanted) -> int:
        parties = self.traders[new.buyer], self.traders[(new.buyer + new.distance) % len(TRADERS)]
        order_id = self.world.an_order(
            new.status, buyer=parties[0], seller=parties[1], amount=new.amount, terms_id=self.terms[new.sheet]
        )
        window = {CREATED: 30 * MINUTE, FUNDED: 3 * DAY, SHIPPED: 7 * DAY}[new.status]
        self.expected[order_id] = Order(
            *parties, new.amount, self.terms[new.sheet], BY_DOT, new.status, self.world.now + window
        )
        return order_id

    @rule(order_id=orders, surplus=st.sampled_from([0, 0, 0, 1, -1]))
    def fund(self, order_id: int, surplus: int) -> None:
        order = self.expected[order_id]
        outcome = self.world.call("fund_order_dot", order_id, by=order.buyer, value=order.amount + surplus)

        is_allowed = not self.is_paused and order.status == CREATED and self.world.now < order.deadline and surplus == 0
        assert (outcome.refusal is None) == is_allowed
        if is_allowed:
            self._moves(order_id, FUNDED, self.world.now + 3 * DAY)

    @rule(order_id=orders)
    def ship(self, order_id: int) -> None:
        order = self.expected[order_id]
        outcome = self.world.call("mark_shipped", order_id, a_digest("tracking"), by=order.seller)

        is_allowed = order.status == FUNDED and self.world.now < order.deadline
        assert (outcome.refusal is None) == is_allowed
        if is_allowed:
            self._moves(order_id, SHIPPED, self.world.now + 7 * DAY)

    @rule(order_id=orders)
    def confirm(self, order_id: int) -> None:
        order = self.expected[order_id]
        outcome = self.world.call("confirm_delivery", order_id, by=order.buyer)

        assert (outcome.refusal is None) == (order.status == SHIPPED)
        if order.status == SHIPPED:
            self._moves(order_id, DELIVERED)

    @rule(order_id=orders)
    def give_back(self, order_id: int) -> None:
        order = self.expected[order_id]
        outcome = self.world.call("refund", order_id, by=order.seller)

        assert (outcome.refusal is None) == (order.status in HOLDING)
        if order.status in HOLDING:
            self._moves(order_id, REFUNDED)

    @rule(order_ids=st.lists(orders, min_size=1, max_size=8))
    def settle(self, order_ids: list[int]) -> None:
        due = {i for i in order_ids if 0 < self.expected[i].deadline <= self.world.now}
        outcome = self.world.call("settle_expired", order_ids, by=self.world.stranger)

        assert outcome.refusal == (None if due else "escrow: nothing is due")
        for order_id in due:
            self._settles(order_id)
        if due:
            assert outcome.value == len(due)

    @rule(order_id=orders, function=st.sampled_from(["fund_order_dot", "mark_shipped", "confirm_delivery", "refund"]))
    def a_stranger_interferes(self, order_id: int, function: str) -> None:
        args = [order_id, a_digest("t")] if function == "mark_shipped" else [order_id]
        value = self.expected[order_id].amount if function == "fund_order_dot" else 0
        assert self.world.call(function, *args, by=self.world.stranger, value=value).refusal

    # --- credits ---

    @rule(trader=st.sampled_from(TRADERS), way=st.sampled_from(["withdraw", "withdraw_for", "withdraw_to"]))
    def withdraw(self, trader: int, way: str) -> None:
        payee = self.traders[trader]
        before = self.credits.get(payee, 0)
        args = {"withdraw": [], "withdraw_for": [payee], "withdraw_to": [HONEST[0]]}[way]
        caller = self.world.stranger if way == "withdraw_for" else payee
        outcome = self.world.call(way, *args, by=caller, gas=300_000)  # a burning payee takes what there is

        if before == 0:
            assert outcome.refusal == "escrow: no credit"
        if way == "withdraw_to" and before:
            assert outcome.refusal is None
        assert self.credits.get(payee, 0) == (before if outcome.refusal is not None else 0)

    @rule()
    def the_treasury_withdraws(self) -> None:
        had = self.credits.get(self.world.treasury, 0)
        outcome = self.world.call("withdraw_for", self.world.treasury, by=self.world.stranger)
        assert (outcome.refusal is None) == (had > 0)

    # --- the world around ---

    @rule(seconds=st.sampled_from([1, MINUTE, 29 * MINUTE, DAY]))
    def time_passes(self, seconds: int) -> None:
        self.world.waits(seconds)

    @rule(order_id=orders, after=st.sampled_from([-1, 0]))
    def time_comes_to_a_deadline(self, order_id: int, after: int) -> None:
        moment = self.expected[order_id].deadline + after
        if moment > self.world.now:
            self.world.waits_until(moment)

    @rule(amount=st.integers(1, 10**20))
    def coin_is_forced_in(self, amount: int) -> None:
        self.world.forces_coin_in(amount)

    @rule()
    def the_rejecting_payee_opens(self) -> None:
        self.world.opens(self.traders[len(HONEST)])

    @rule(order_id=orders, function=st.sampled_from(["confirm_delivery", "refund", "settle_expired", "withdraw"]))
    def the_reentering_payee_aims(self, order_id: int, function: str) -> None:
        own_args: dict[str, list[Any]] = {"settle_expired": [[order_id]], "withdraw": []}
        self.world.aims(self.traders[-1], calldata(function, *own_args.get(function, [order_id])))

    @precondition(lambda self: self.is_paused or len(self.expected) % 5 == 0)
    @rule()
    def pause_or_unpause(self) -> None:
        self.world.does("unpause" if self.is_paused else "pause", by=self.world.owner)
        self.is_paused = not self.is_paused

    # --- what must always hold ---

    @invariant()
    def balance_is_what_is_held_and_credited_and_forced_in(self) -> None:
        held, credited = self.world.totals()
        assert self.world.balance(self.world.escrow) == held + credited + self.world.forced
        assert held == sum(order.amount for order in self.expected.values() if order.status in HOLDING)
        assert credited == sum(self.credits.values())

    @invariant()
    def orders_are_as_expected_and_final_ones_never_change(self) -> None:
        assert self.world.orders(list(self.expected)) == list(self.expected.values())

    @invariant()
    def an_order_pays_out_exactly_what_came_in(self) -> None:
        for order_id, order in self.expected.items():
            told = self.told[order_id]
            was_paid = order.status in HOLDING or order.status in (DELIVERED, REFUNDED)
            assert told.came_in == (order.amount if was_paid else 0)
            assert told.went_out == (order.amount if was_paid and order.status in FINAL else 0)
            assert len(told.endings) == (1 if order.status in FINAL else 0)

    def teardown(self) -> None:
        if hasattr(self, "undo"):
            try:
                self._time_and_anybody_end_every_order()
            finally:
                self.undo.__exit__(None, None, None)

    def _time_and_anybody_end_every_order(self) -> None:
        """Whoever is gone; credits are all that is left."""
        open_orders = [order_id for order_id, order in self.expected.items() if order.status not in FINAL]
        if open_orders:
            self.world.waits_until(max(self.expected[order_id].deadline for order_id in open_orders))
        for start in range(0, len(open_orders), 50):
            self.world.does("settle_expired", open_orders[start : start + 50], by=self.world.stranger)
        for order_id in open_orders:
            self._settles(order_id)

        assert all(order.status in FINAL for order in self.expected.values())
        assert self.world.totals() == (0, sum(self.credits.values()))
        assert {payee: self.world.credit(payee) for payee in self.credits} == self.credits
        self.balance_is_what_is_held_and_credited_and_forced_in()
        self.orders_are_as_expected_and_final_ones_never_change()
        self.an_order_pays_out_exactly_what_came_in()

    # --- the model ---

    def _moves(self, order_id: int, status: int, deadline: int = 0) -> None:
        self.expected[order_id] = self.expected[order_id]._replace(status=status, deadline=deadline)

    def _settles(self, order_id: int) -> None:
        after = {CREATED: EXPIRED, FUNDED: REFUNDED, SHIPPED: DELIVERED}
        self._moves(order_id, after[self.expected[order_id].status])

    def _hear(self, event: Event) -> None:
        match event.name, event.fields:
            case "OrderCreated", new:
                self.told[new["order_id"]] = Told()
            case "OrderFunded", funded:
                self.told[funded["order_id"]].came_in += funded["amount"]
            case ("OrderDelivered" | "OrderRefunded" | "OrderExpired") as name, ended:
                self.told[ended["order_id"]].endings.append(name)
                if name == "OrderDelivered":
                    order = self.expected[ended["order_id"]]
                    assert ended["fee"] == parts_of(order.amount, 10_000, FEES[self.terms.index(order.terms_id)]).fee
            case "PaidOut", paid:
                self.told[paid["order_id"]].went_out += paid["amount"]
            case "Credited", credit:
                self.told[credit["order_id"]].went_out += credit["amount"]
                self.credits[credit["payee"]] = self.credits.get(credit["payee"], 0) + credit["amount"]
            case "Withdrawn", withdrawn:
                self.credits[withdrawn["payee"]] -= withdrawn["amount"]


TestEscrowMachine = EscrowMachine.TestCase
TestEscrowMachine.settings = settings(
    max_examples=max(1, STEPS // STEPS_A_RUN),
    stateful_step_count=STEPS_A_RUN,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
