"""Many orders at once, moved at random by honest and hostile people and by time, beside a model that is plain Python.

ESCROW_STEPS sets how many steps are taken in all: 5,000 by default, 200,000 in a nightly run. How many were really
taken, of which kinds, is printed.
"""

import os
import sys
from collections import Counter
from collections.abc import Collection
from contextlib import ExitStack
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from .model import Model
from .world import (
    BY_DOT,
    BY_MPESA,
    CREATED,
    DAY,
    DISPUTED,
    FINAL,
    FUNDED,
    HOLDING,
    MINUTE,
    MODES,
    NO_OFFER,
    PAID_OUT,
    SHILLING,
    SHIPPED,
    UNIT,
    ZERO,
    Event,
    Order,
    Outcome,
    Roles,
    World,
    a_digest,
    an_address,
)

STEPS = int(os.environ.get("ESCROW_STEPS", "5000"))
STEPS_A_RUN = 100
RUNS_AT_ONCE = 250
"""Hypothesis remembers every run it has made, and varies them: a fresh start saves memory and finds other ways."""
ORDERS_A_RUN = 40
FULL_LOOK_EVERY = 10

HONEST = [an_address(f"trader {n}") for n in range(3)]
REFUSING = ["rejecting", "gas_burning", "return_bomb"]
TRADERS = range(len(HONEST) + len(REFUSING) + 1)
SHEETS = [
    {"fee_bps": fee_bps, "default_seller_bps": default_seller_bps, "fund_window_s": 3 * DAY}
    for fee_bps, default_seller_bps in ((0, 5_000), (1, 0), (250, 3_333), (1_000, 10_000))
]
SHARES = st.sampled_from([0, 1, 3_333, 5_000, 9_999, 10_000])
UNITS = st.one_of(st.integers(1, 2_000), st.integers(1, 10**8))
PICK = st.integers(0, 10**6)
"""Stands for one of the orders there are when it is used."""

ARGS: dict[str, tuple[Any, ...]] = {
    "cancel_order": (),
    "mark_shipped": (a_digest("tracking"),),
    "confirm_delivery": (),
    "refund": (),
    "raise_dispute": (a_digest("evidence"),),
    "add_evidence": (a_digest("evidence"),),
    "resolve_dispute": (5_000,),
    "propose_settlement": (5_000, DAY),
    "withdraw_settlement": (),
    "accept_settlement": (5_000,),
}
HOUSEKEEPING = [
    "set_operator",
    "set_oracle",
    "set_guardian",
    "set_oracle_caps",
    "transfer_ownership",
    "accept_ownership",
    "pause",
    "unpause",
]
SAYINGS = ["mark_shipped", "confirm_delivery", "raise_dispute"]
SENDING = ["confirm_delivery", "refund", "settle_expired", "accept_settlement", "withdraw", "withdraw_for"]

WANTED = st.lists(
    st.tuples(
        st.sampled_from(TRADERS),
        st.integers(1, len(TRADERS) - 1),
        st.sampled_from(MODES),
        UNITS,
        st.sampled_from(range(len(SHEETS))),
        st.sampled_from([CREATED, FUNDED, SHIPPED, SHIPPED, DISPUTED]),
    ),
    min_size=4,
    max_size=8,
)


class Stage:
    """The world in which each run begins, built once: each run undoes what it did."""

    def __init__(self, world: World) -> None:
        self.world = world
        refusing = [self.world.a_payee(kind) for kind in REFUSING]
        self.rejecting, self.reentering = refusing[0], self.world.a_payee("reentering")
        self.never_paid = frozenset(refusing)
        self.traders = [*HONEST, *refusing, self.reentering]
        self.world.people += HONEST
        self.terms = {self.world.publishes_terms(**sheet): self.world.some_terms(**sheet) for sheet in SHEETS}
        self.terms_ids = list(self.terms)
        self.world.does("set_oracle_caps", 10**8 * SHILLING, 10**9 * SHILLING, by=self.world.owner)
        for person in [*self.traders, *self.world.people]:
            self.world.gives(person, 10**30)


taken: Counter[str] = Counter()


class EscrowMachine(RuleBasedStateMachine):
    stage: ClassVar[Stage]

    def __init__(self) -> None:
        super().__init__()
        self.world = self.stage.world
        self.run = ExitStack()
        self.run.enter_context(self.world.evm.rolled_back())
        self.world.forced = 0
        self.world.on_event = self._hears
        self.can_be_paid = False  # the rejecting one
        self.steps = 0
        self.came_in: Counter[int] = Counter()
        self.went_out: Counter[int] = Counter()
        self.endings: Counter[int] = Counter()
        world = self.world
        self.model = Model(
            now=lambda: world.now,
            escrow=world.escrow,
            owner=world.owner,
            operator=world.operator,
            oracle=world.oracle,
            guardian=world.guardian,
            per_order=10**8 * SHILLING,
            per_day=10**9 * SHILLING,
            terms=self.stage.terms,
        )

    # --- both at once ---

    def both(self, function: str, *args: Any, by: str, value: int = 0) -> Outcome:
        """Make a call, and compare with the model: whether it goes through, and what is paid out to whom."""
        order_ids = [args[0]] if args and isinstance(args[0], int) else []
        is_accepted = self.model.call(function, *args, by=by, value=value)
        outcome = self.world.call(function, *args, by=by, value=value)
        assert (outcome.refusal is None) == is_accepted, (function, args, by, outcome, self.model)
        taken[f"{function} {'refused' if outcome.refusal else 'done'}"] += 1
        self._compare_payouts(outcome)
        for order_id in order_ids:
            if order_id in self.model.orders:
                assert self.world.order(order_id) == self.model.orders[order_id]
        return outcome

    def _compare_payouts(self, outcome: Outcome) -> None:
        made = [event for event in outcome.events if event.name in ("PaidOut", "Credited")]
        assert len(made) == len(self.model.payouts)
        for event, payout in zip(made, self.model.payouts, strict=True):
            wanted = {"order_id": payout.order_id, "payee": payout.payee, "amount": payout.amount}
            assert event.fields == wanted
            if payout.is_fee or self._is_refusing(payout.payee):
                assert event.name == "Credited"
            elif payout.payee in HONEST:
                assert event.name == "PaidOut"
            if event.name == "Credited":
                self.model.credits[payout.payee] = self.model.credits.get(payout.payee, 0) + payout.amount

    def _is_refusing(self, payee: str) -> bool:
        return payee in self.stage.never_paid and not (payee == self.stage.rejecting and self.can_be_paid)

    def _picked(self, pick: int, likely: Collection[int]) -> tuple[int, Order]:
        """Nine times in ten an order in a likely status, if there is any."""
        orders = self.model.orders
        fitting = [order_id for order_id, order in orders.items() if order.status in likely]
        chosen = fitting if fitting and pick % 10 else list(orders)
        order_id = chosen[pick // 10 % len(chosen)]
        return order_id, orders[order_id]

    def _hears(self, event: Event) -> None:
        """What the events say of an order's money. A part of an M-Pesa order is paid by whoever reads this."""
        told = event.fields
        match event.name:
            case "OrderFunded":
                self.came_in[told["order_id"]] += told["amount"]
            case "PaidOut" | "Credited":
                self.went_out[told["order_id"]] += told["amount"]
            case "OrderDelivered" | "OrderRefunded" | "OrderResolved" | "OrderExpired" | "OrderCancelled":
                self.endings[told["order_id"]] += 1
                if self.model.orders[told["order_id"]].payment_mode == BY_MPESA:
                    names = ("seller_amount", "buyer_amount", "amount", "fee")
                    self.went_out[told["order_id"]] += sum(told.get(name, 0) for name in names)

    # --- orders are made and paid ---

    @initialize(wanted=WANTED)
    def begin(self, wanted: list[tuple[int, ...]]) -> None:
        self.creates(wanted)

    @precondition(lambda self: len(self.model.orders) < ORDERS_A_RUN)
    @rule(wanted=WANTED)
    def create_some(self, wanted: list[tuple[int, ...]]) -> None:
        self.creates(wanted)

    def creates(self, wanted: list[tuple[int, ...]]) -> None:
        """Orders that have come some way already, so that a short walk sees their end."""
        for buyer, distance, mode, units, sheet, status in wanted:
            parties = self.stage.traders[buyer], self.stage.traders[(buyer + distance) % len(TRADERS)]
            new_order = (*parties, units * UNIT[mode], self.stage.terms_ids[sheet], mode, bytes(32), bytes(32))
            self.both("create_order", *new_order, by=self.model.operator)
            if self.model.is_paused:
                return
            order_id = len(self.model.orders)
            if status in HOLDING:
                self._pays(order_id)
            if status in (SHIPPED, DISPUTED):
                self.both("mark_shipped", order_id, a_digest("tracking"), by=parties[1])
            if status == DISPUTED:
                self.both("raise_dispute", order_id, a_digest("evidence"), by=parties[0])

    def _pays(self, order_id: int, surplus: int = 0) -> None:
        order = self.model.orders[order_id]
        if order.payment_mode == BY_DOT:
            self.both("fund_order_dot", order_id, by=order.buyer, value=order.amount + surplus)
        else:
            amount, receipt = order.amount + surplus, self.world.a_receipt()
            self.both("record_offchain_payment", order_id, amount, receipt, by=self.model.oracle)

    @rule(pick=PICK, surplus=st.sampled_from([0, 0, 0, 1, -1]))
    def pay(self, pick: int, surplus: int) -> None:
        self._pays(self._picked(pick, {CREATED})[0], surplus)

    @rule(picks=st.lists(PICK, min_size=1, max_size=4), trouble=st.sampled_from(["", "", "receipt", "order"]))
    def record_many(self, picks: list[int], trouble: str) -> None:
        """Payments of orders that wait for them; or with a used receipt, or an order that may be any."""
        waiting = [i for i, o in self.model.orders.items() if o.payment_mode == BY_MPESA and o.status == CREATED]
        chosen = list(dict.fromkeys(waiting[pick % len(waiting)] for pick in picks if waiting))
        if trouble == "order" or not chosen:
            chosen.append(self._picked(picks[0], {CREATED})[0])
        receipts = [self.world.a_receipt() for _ in chosen]
        if trouble == "receipt" and self.model.receipts:
            receipts[-1] = min(self.model.receipts)
        amounts = [self.model.orders[order_id].amount for order_id in chosen]
        payments = list(zip(chosen, amounts, receipts, strict=True))
        self.both("record_offchain_payments", payments, by=self.model.oracle)

    # --- orders move ---

    @rule(
        pick=PICK,
        function=st.sampled_from(["mark_shipped", "confirm_delivery", "raise_dispute"]),
        relayed=st.booleans(),
    )
    def a_party_speaks(self, pick: int, function: str, relayed: bool) -> None:
        order_id, order = self._picked(pick, {FUNDED} if function == "mark_shipped" else {SHIPPED, DISPUTED})
        party = order.seller if function == "mark_shipped" else order.buyer
        self.both(function, order_id, *ARGS[function], by=self.model.oracle if relayed else party)

    @rule(pick=PICK)
    def give_back(self, pick: int) -> None:
        order_id, order = self._picked(pick, HOLDING)
        self.both("refund", order_id, by=order.seller)

    @rule(pick=PICK, is_buyer=st.booleans(), is_by_operator=st.booleans())
    def call_off(self, pick: int, is_buyer: bool, is_by_operator: bool) -> None:
        order_id, order = self._picked(pick, {CREATED})
        party = order.buyer if is_buyer else order.seller
        self.both("cancel_order", order_id, by=self.model.operator if is_by_operator else party)

    @rule(pick=PICK, seller_bps=SHARES)
    def decide(self, pick: int, seller_bps: int) -> None:
        order_id, _ = self._picked(pick, {DISPUTED})
        self.both("resolve_dispute", order_id, seller_bps, by=self.world.arbiter)

    @rule(pick=PICK, seller_bps=SHARES, is_buyer=st.booleans(), valid_for_s=st.sampled_from([60, DAY, 30 * DAY]))
    def offer(self, pick: int, seller_bps: int, is_buyer: bool, valid_for_s: int) -> None:
        order_id, order = self._picked(pick, HOLDING)
        by = order.buyer if is_buyer else order.seller
        self.both("propose_settlement", order_id, seller_bps, valid_for_s, by=by)

    @precondition(lambda self: self.model.offers)
    @rule(pick=PICK, answer=st.sampled_from(["accept", "accept", "accept another", "accept one's own", "withdraw"]))
    def answer(self, pick: int, answer: str) -> None:
        order_id = sorted(self.model.offers)[pick % len(self.model.offers)]
        order, offer = self.model.orders[order_id], self.model.offers[order_id]
        other = order.buyer if offer.proposer == order.seller else order.seller
        if answer == "withdraw":
            self.both("withdraw_settlement", order_id, by=offer.proposer)
        else:
            share = offer.seller_bps + (answer == "accept another")
            self.both("accept_settlement", order_id, share, by=offer.proposer if "own" in answer else other)

    @rule(picks=st.lists(PICK, min_size=1, max_size=8))
    def settle(self, picks: list[int]) -> None:
        order_ids = [self._picked(pick, HOLDING | {CREATED})[0] for pick in picks]
        self.both("settle_expired", order_ids, by=self.world.stranger)

    @rule(
        pick=PICK,
        function=st.sampled_from(sorted(ARGS)),
        who=st.sampled_from(["owner", "operator", "oracle", "guardian", "arbiter", "treasury", "stranger", *TRADERS]),
    )
    def anybody_tries_anything(self, pick: int, function: str, who: str | int) -> None:
        by = self.stage.traders[who] if isinstance(who, int) else getattr(self.world, who)
        order_id, _ = self._picked(pick, HOLDING | {CREATED})
        self.both(function, order_id, *ARGS[function], by=by)

    # --- credits ---

    @precondition(lambda self: any(self.model.credits.values()))
    @rule(pick=PICK, way=st.sampled_from(["withdraw", "withdraw_for", "withdraw_to"]))
    def withdraw(self, pick: int, way: str) -> None:
        """By traders and the treasury, whether they are owed something or not."""
        payee = [*self.stage.traders, self.world.treasury][pick % (len(TRADERS) + 1)]
        had = self.model.credits.get(payee, 0)
        args = {"withdraw": [], "withdraw_for": [payee], "withdraw_to": [HONEST[0]]}[way]
        caller = self.world.stranger if way == "withdraw_for" else payee
        outcome = self.world.call(way, *args, by=caller, gas=300_000)  # a burning payee takes what there is
        taken[f"{way} {'refused' if outcome.refusal else 'done'}"] += 1

        is_sent_to_who_refuses = self._is_refusing(payee) and way != "withdraw_to"
        is_owed = self.model.call(way, *args, by=caller)
        assert (outcome.refusal is None) == (is_owed and not is_sent_to_who_refuses)
        if outcome.refusal is None:
            assert outcome.event("Withdrawn")["amount"] == had
            self.model.credits[payee] = 0

    # --- the world around ---

    @rule(seconds=st.sampled_from([1, MINUTE, 29 * MINUTE, DAY]))
    def time_passes(self, seconds: int) -> None:
        self.world.waits(seconds)

    @rule(
        pick=PICK,
        until=st.sampled_from(["a deadline", "a deadline", "an offer's expiry", "midnight"]),
        before=st.integers(0, 1),
    )
    def time_comes_to(self, pick: int, until: str, before: int) -> None:
        moments = {
            "a deadline": [order.deadline for order in self.model.orders.values() if order.deadline],
            "an offer's expiry": [offer.expiry for offer in self.model.offers.values()],
            "midnight": [(self.world.now // DAY + 1) * DAY],
        }[until]
        if moments:
            nearest = sorted(moments)[pick % min(3, len(moments))]
            self.world.waits_until(max(self.world.now, nearest - before))

    @rule(amount=st.integers(0, 10**20), pick=PICK, function=st.sampled_from(SENDING))
    def hostile_people_prepare(self, amount: int, pick: int, function: str) -> None:
        """Coin is forced in, a payee has something to call back, and another changes its mind for good."""
        self.world.forces_coin_in(amount)
        order_id, _ = self._picked(pick, HOLDING)
        own_args: dict[str, list[Any]] = {
            "settle_expired": [[order_id]],
            "accept_settlement": [order_id, 5_000],
            "withdraw": [],
            "withdraw_for": [self.world.treasury],
        }
        self.world.aims(self.stage.reentering, function, *own_args.get(function, [order_id]))
        if amount == 0 and not self.can_be_paid:
            self.world.opens(self.stage.rejecting)
            self.can_be_paid = True

    @rule(
        what=st.sampled_from(HOUSEKEEPING),
        successor=st.sampled_from(HONEST),
        is_wrong=st.sampled_from([False, False, True]),
    )
    def the_house_acts(self, what: str, successor: str, is_wrong: bool) -> None:
        """A role changes hands, caps change, or new money is paused for a while; or somebody else tries to do that."""
        allowed = {"accept_ownership": self.model.pending_owner, "pause": self.model.guardian}.get(
            what, self.model.owner
        )
        caps = [10**2, 10**6, 10**10]
        args: dict[str, list[Any]] = {
            "set_oracle_caps": [caps[HONEST.index(successor)], 3 * caps[HONEST.index(successor)]],
            "accept_ownership": [],
            "pause": [],
            "unpause": [],
        }
        by = self.world.stranger if is_wrong or allowed is None else allowed
        self.both(what, *args.get(what, [successor]), by=by)

    @precondition(lambda self: self.model.is_paused)
    @rule()
    def the_owner_unpauses(self) -> None:
        self.both("unpause", by=self.model.owner)

    # --- what must always hold ---

    @invariant()
    def the_books_are_right(self) -> None:
        self.steps += 1
        held, credited = self.world.totals()
        assert self.world.balance(self.world.escrow) == held + credited + self.world.forced
        assert held == self.model.held
        assert credited == sum(self.model.credits.values())
        if self.steps % FULL_LOOK_EVERY == 0:
            self.everything_is_as_the_model_says()

    def everything_is_as_the_model_says(self) -> None:
        model, world = self.model, self.world
        assert world.orders(list(model.orders)) == list(model.orders.values())
        for order_id in model.offers:
            assert world.offer(order_id) == (model.standing_offer(order_id) or NO_OFFER)
        assert {payee: world.credit(payee) for payee in model.credits} == model.credits
        assert list(world.view("oracle_caps")) == [model.per_order, model.per_day]
        assert world.view("recorded_today") == model.recorded_today
        assert world.view("paused") is model.is_paused
        pending_owner = model.pending_owner or ZERO
        assert world.roles() == Roles(model.owner, pending_owner, model.operator, model.oracle, model.guardian)
        for order_id, order in model.orders.items():
            was_paid = order.status in HOLDING | PAID_OUT
            assert self.came_in[order_id] == (order.amount if was_paid else 0)
            assert self.went_out[order_id] == (order.amount if order.status in PAID_OUT else 0)
            assert self.endings[order_id] == (order.status in FINAL)

    def teardown(self) -> None:
        taken["steps"] += self.steps
        with self.run:
            if sys.exc_info()[0] is None:  # a run that has failed has said why
                self.everything_is_as_the_model_says()
                self.each_order_is_ended_by_one_party_alone()
                self.time_and_a_stranger_end_every_order()

    def each_order_is_ended_by_one_party_alone(self) -> None:
        """The seller can always give back what an order holds, at once."""
        for order_id, order in self.model.orders.items():
            if order.status in HOLDING:
                with self.world.evm.rolled_back():
                    self.world.on_event = lambda _: None
                    self.world.does("refund", order_id, by=order.seller)
                    assert self.world.status(order_id) in FINAL
        self.world.on_event = self._hears

    def time_and_a_stranger_end_every_order(self) -> None:
        """Owner, operator, oracle, guardian and arbiter are gone, new money is paused: each ends at its deadline."""
        if not self.model.is_paused:
            self.both("pause", by=self.model.guardian)
        still_open = [(order.deadline, order_id) for order_id, order in self.model.orders.items() if order.deadline]
        for deadline, order_id in sorted(still_open):
            self.world.waits_until(max(self.world.now, deadline))
            self.both("settle_expired", [order_id], by=self.world.stranger)

        assert all(order.status in FINAL for order in self.model.orders.values())
        assert self.world.totals() == (0, sum(self.model.credits.values()))
        self.everything_is_as_the_model_says()


def test_a_random_walk_agrees_with_the_model_at_every_step(capsys: pytest.CaptureFixture[str]) -> None:
    taken.clear()
    EscrowMachine.stage = Stage(World())
    while taken["steps"] < STEPS:
        run_state_machine_as_test(
            EscrowMachine,
            settings=settings(
                max_examples=min(RUNS_AT_ONCE, 1 + (STEPS - taken["steps"]) // STEPS_A_RUN),
                stateful_step_count=STEPS_A_RUN,
                deadline=None,
                database=None,
                phases=[Phase.generate, Phase.shrink],
                suppress_health_check=list(HealthCheck),
            ),
        )

    with capsys.disabled():
        print(f"\n{taken.pop('steps'):,} steps taken, and calls made in them:")
        for call, count in sorted(taken.items()):
            print(f"{count:>9,} {call}")
