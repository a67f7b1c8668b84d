"""The base of the random walks: the contract beside the model, compared after each call and as a whole."""

import sys
from collections import Counter
from collections.abc import Collection
from contextlib import ExitStack
from typing import Any, ClassVar

from hypothesis.stateful import RuleBasedStateMachine, invariant

from .abi import Event
from .environment import Environment, Outcome
from .model import Model
from .payees import REFUSING_PAYEES
from .values import (
    BY_MPESA,
    DAY,
    FINAL,
    HOLDING,
    NO_OFFER,
    PAID_OUT,
    SHILLING,
    ZERO,
    Address,
    Order,
    Roles,
    a_fallback_address,
    an_address,
)

FULL_CHECK_EVERY = 10
ACCOUNTS = [an_address(f"trader {n}") for n in range(3)]
FALLBACK = a_fallback_address("trader")
"""The trader whose account is a fallback account: it is credited, and withdraws in person."""
TRADERS = range(len(ACCOUNTS) + len(REFUSING_PAYEES) + 2)
TERMS = [
    {"fee_bps": fee_bps, "default_seller_bps": default_seller_bps, "fund_window_s": 3 * DAY}
    for fee_bps, default_seller_bps in ((0, 5_000), (1, 0), (250, 3_333), (1_000, 10_000))
]


class StartingPoint:
    """The state in which each run begins. It is built once, and each run rolls back its changes."""

    def __init__(self, environment: Environment, *, last_trader: Address = FALLBACK) -> None:
        self.environment = environment
        refusing = [self.environment.a_payee(kind) for kind in REFUSING_PAYEES]
        self.rejecting, self.reentering = refusing[0], self.environment.a_payee("reentering")
        self.never_paid = frozenset([*refusing, FALLBACK])
        self.traders = [*ACCOUNTS, *refusing, self.reentering, last_trader]
        self.environment.people += [*ACCOUNTS, last_trader]
        self.terms = {self.environment.publish_terms(**sheet): self.environment.terms_with(**sheet) for sheet in TERMS}
        self.terms_ids = list(self.terms)
        self.environment.execute("set_oracle_caps", 10**8 * SHILLING, 10**9 * SHILLING, by=self.environment.owner)
        for person in [*self.traders, *self.environment.people]:
            self.environment.set_balance(person, 10**30)


call_counts: Counter[str] = Counter()
"""Of the walks since they were last cleared: steps, and calls by function and result."""


class ModelComparison(RuleBasedStateMachine):
    """Make each call on the contract and on the model, and compare the results."""

    start: ClassVar[StartingPoint]

    def __init__(self) -> None:
        super().__init__()
        self.environment = self.start.environment
        self.rollback = ExitStack()
        self.rollback.enter_context(self.environment.evm.rolled_back())
        self.environment.forced = 0
        self.environment.on_event = self._record_event
        self.is_accepting = False  # of the rejecting payee
        self.steps = 0
        self.paid_in: Counter[int] = Counter()
        self.paid_out: Counter[int] = Counter()
        self.endings: Counter[int] = Counter()
        environment = self.environment
        self.model = Model(
            now=lambda: environment.now,
            escrow=environment.escrow,
            owner=environment.owner,
            operator=environment.operator,
            oracle=environment.oracle,
            guardian=environment.guardian,
            per_order=10**8 * SHILLING,
            per_day=10**9 * SHILLING,
            terms=self.start.terms,
        )

    # --- contract and model ---

    def call_both(self, function: str, *args: Any, by: str, value: int = 0) -> Outcome:
        """Make a call on both, and compare success and payouts."""
        order_ids = [args[0]] if args and isinstance(args[0], int) else []
        is_accepted = self.model.call(function, *args, by=by, value=value)
        outcome = self.environment.call(function, *args, by=by, value=value)
        assert (outcome.refusal is None) == is_accepted, (function, args, by, outcome, self.model)
        call_counts[f"{function} {'done' if outcome.refusal is None else 'refused'}"] += 1
        self._compare_payouts(outcome)
        for order_id in order_ids:
            if order_id in self.model.orders:
                assert self.environment.order(order_id) == self.model.orders[order_id]
        return outcome

    def _compare_payouts(self, outcome: Outcome) -> None:
        made = [event for event in outcome.events if event.name in ("PaidOut", "Credited")]
        assert len(made) == len(self.model.payouts)
        for event, payout in zip(made, self.model.payouts, strict=True):
            expected = {"order_id": payout.order_id, "payee": payout.payee, "amount": payout.amount}
            assert event.fields == expected
            if payout.is_fee or self._is_refusing(payout.payee):
                assert event.name == "Credited"
            elif payout.payee in ACCOUNTS:
                assert event.name == "PaidOut"
            if event.name == "Credited":
                self.model.credits[payout.payee] = self.model.credits.get(payout.payee, 0) + payout.amount

    def _is_refusing(self, payee: str) -> bool:
        return payee in self.start.never_paid and not (payee == self.start.rejecting and self.is_accepting)

    def _picked(self, pick: int, likely: Collection[int]) -> tuple[int, Order]:
        """Choose an order, nine times in ten one in a likely status."""
        orders = self.model.orders
        fitting = [order_id for order_id, order in orders.items() if order.status in likely]
        chosen = fitting if fitting and pick % 10 else list(orders)
        order_id = chosen[pick // 10 % len(chosen)]
        return order_id, orders[order_id]

    def _record_event(self, event: Event) -> None:
        """Add up what the events say about an order's money. The platform pays the parts of an order by M-Pesa."""
        fields = event.fields
        match event.name:
            case "OrderFunded":
                self.paid_in[fields["order_id"]] += fields["amount"]
            case "PaidOut" | "Credited":
                self.paid_out[fields["order_id"]] += fields["amount"]
            case "OrderDelivered" | "OrderRefunded" | "OrderResolved" | "OrderExpired" | "OrderCancelled":
                self.endings[fields["order_id"]] += 1
                if self.model.orders[fields["order_id"]].payment_mode == BY_MPESA:
                    names = ("seller_amount", "buyer_amount", "amount", "fee")
                    self.paid_out[fields["order_id"]] += sum(fields.get(name, 0) for name in names)

    # --- invariants ---

    @invariant()
    def totals_match_the_model(self) -> None:
        self.steps += 1
        held, credited = self.environment.totals()
        assert self.environment.balance(self.environment.escrow) == held + credited + self.environment.forced
        assert held == self.model.held
        assert credited == sum(self.model.credits.values())
        if self.steps % FULL_CHECK_EVERY == 0:
            self.assert_state_matches_model()

    def assert_state_matches_model(self) -> None:
        model, environment = self.model, self.environment
        assert environment.orders(list(model.orders)) == list(model.orders.values())
        for order_id in model.offers:
            assert environment.offer(order_id) == (model.open_offer(order_id) or NO_OFFER)
        assert {payee: environment.credit(payee) for payee in model.credits} == model.credits
        assert list(environment.view("oracle_caps")) == [model.per_order, model.per_day]
        assert environment.view("recorded_today") == model.recorded_today
        assert environment.view("paused") is model.is_paused
        pending_owner = model.pending_owner or ZERO
        assert environment.roles() == Roles(model.owner, pending_owner, model.operator, model.oracle, model.guardian)
        for order_id, order in model.orders.items():
            was_paid = order.status in HOLDING | PAID_OUT
            assert self.paid_in[order_id] == (order.amount if was_paid else 0)
            assert self.paid_out[order_id] == (order.amount if order.status in PAID_OUT else 0)
            assert self.endings[order_id] == (order.status in FINAL)

    def teardown(self) -> None:
        call_counts["steps"] += self.steps
        with self.rollback:
            if sys.exc_info()[0] is None:  # a failed run has reported its reason
                self.assert_state_matches_model()
                self.assert_seller_can_end_each_order()
                self.end_every_order_by_time()

    def assert_seller_can_end_each_order(self) -> None:
        """Check that the seller can refund each order that holds money."""
        for order_id, order in self.model.orders.items():
            if order.status in HOLDING:
                with self.environment.evm.rolled_back():
                    self.environment.on_event = lambda _: None
                    self.environment.execute("refund", order_id, by=order.seller)
                    assert self.environment.status(order_id) in FINAL
        self.environment.on_event = self._record_event

    def end_every_order_by_time(self) -> None:
        """Check that each order ends at its deadline without any role, and during a pause."""
        if not self.model.is_paused:
            self.call_both("pause", by=self.model.guardian)
        still_open = [(order.deadline, order_id) for order_id, order in self.model.orders.items() if order.deadline]
        for deadline, order_id in sorted(still_open):
            self.environment.advance_to(max(self.environment.now, deadline))
            self.call_both("settle_expired", [order_id], by=self.environment.stranger)

        assert all(order.status in FINAL for order in self.model.orders.values())
        assert self.environment.totals() == (0, sum(self.model.credits.values()))
        self.assert_state_matches_model()
