"""The rules of the random walks: everything that parties, roles, payees and time can do to orders."""

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from .model_comparison import ACCOUNTS, FALLBACK, TERMS, TRADERS, ModelComparison, call_counts
from .values import (
    BY_DOT,
    BY_MPESA,
    CREATED,
    DAY,
    DISPUTED,
    FUNDED,
    HOLDING,
    MINUTE,
    MODES,
    RECEIVED,
    SHIPPED,
    UNIT,
    a_digest,
)

ORDERS_PER_RUN = 40

SHARES = st.sampled_from([0, 1, 3_333, 5_000, 9_999, 10_000])
UNITS = st.one_of(st.integers(1, 2_000), st.integers(1, 10**8))
PICK = st.integers(0, 10**6)
"""Chooses one of the orders that exist when it is used."""

ARGS: dict[str, tuple[Any, ...]] = {
    "cancel_order": (),
    "mark_shipped": (a_digest("tracking"),),
    "extend_transit": (),
    "confirm_receipt": (),
    "confirm_delivery": (),
    "refund": (),
    "raise_dispute": (a_digest("evidence"),),
    "add_evidence": (a_digest("evidence"),),
    "resolve_dispute": (5_000,),
    "propose_settlement": (5_000, DAY),
    "withdraw_settlement": (),
    "accept_settlement": (5_000,),
}
PICKED_FROM = {
    "mark_shipped": {FUNDED},
    "extend_transit": {SHIPPED},
    "confirm_receipt": {SHIPPED},
    "confirm_delivery": {SHIPPED, RECEIVED, DISPUTED},
    "raise_dispute": {SHIPPED, RECEIVED, DISPUTED},
}
"""Functions of one party, which the oracle may relay, with the likely statuses for them."""
ADMIN_FUNCTIONS = [
    "set_operator",
    "set_oracle",
    "set_guardian",
    "set_oracle_caps",
    "transfer_ownership",
    "accept_ownership",
    "pause",
    "unpause",
]
PAYING_FUNCTIONS = ["confirm_delivery", "refund", "settle_expired", "accept_settlement", "withdraw", "withdraw_for"]

NEW_ORDERS = st.lists(
    st.tuples(
        st.sampled_from(TRADERS),
        st.integers(1, len(TRADERS) - 1),
        st.sampled_from(MODES),
        UNITS,
        st.sampled_from(range(len(TERMS))),
        st.sampled_from([CREATED, FUNDED, SHIPPED, SHIPPED, RECEIVED, DISPUTED]),
    ),
    min_size=4,
    max_size=8,
)


class EscrowMachine(ModelComparison):
    # --- creation and payment ---

    @initialize(new_orders=NEW_ORDERS)
    def create_first_orders(self, new_orders: list[tuple[int, ...]]) -> None:
        self._create_orders(new_orders)

    @precondition(lambda self: len(self.model.orders) < ORDERS_PER_RUN)
    @rule(new_orders=NEW_ORDERS)
    def create_orders(self, new_orders: list[tuple[int, ...]]) -> None:
        self._create_orders(new_orders)

    def _create_orders(self, new_orders: list[tuple[int, ...]]) -> None:
        """Create orders and bring them to later statuses, so that a short walk reaches their end."""
        for buyer, distance, mode, units, sheet, status in new_orders:
            parties = self.start.traders[buyer], self.start.traders[(buyer + distance) % len(TRADERS)]
            new_order = (*parties, units * UNIT[mode], self.start.terms_ids[sheet], mode, bytes(32), bytes(32))
            self.call_both("create_order", *new_order, by=self.model.operator)
            if self.model.is_paused:
                return
            order_id = len(self.model.orders)
            if status in HOLDING:
                self._pay(order_id)
            if status in (SHIPPED, RECEIVED, DISPUTED):
                self.call_both("mark_shipped", order_id, a_digest("tracking"), by=parties[1])
            if status == RECEIVED:
                self.call_both("confirm_receipt", order_id, by=parties[0])
            if status == DISPUTED:
                self.call_both("raise_dispute", order_id, a_digest("evidence"), by=parties[0])

    def _pay(self, order_id: int, surplus: int = 0) -> None:
        order = self.model.orders[order_id]
        if order.payment_mode == BY_DOT:
            self.call_both("fund_order_dot", order_id, by=order.buyer, value=order.amount + surplus)
        else:
            amount, receipt = order.amount + surplus, self.environment.a_receipt()
            self.call_both("record_offchain_payment", order_id, amount, receipt, by=self.model.oracle)

    @rule(pick=PICK, surplus=st.sampled_from([0, 0, 0, 1, -1]))
    def pay(self, pick: int, surplus: int) -> None:
        self._pay(self._picked(pick, {CREATED})[0], surplus)

    @rule(picks=st.lists(PICK, min_size=1, max_size=4), fault=st.sampled_from(["", "", "receipt", "order"]))
    def record_many(self, picks: list[int], fault: str) -> None:
        """Record payments of unpaid orders, sometimes with a used receipt or another order."""
        waiting = [i for i, o in self.model.orders.items() if o.payment_mode == BY_MPESA and o.status == CREATED]
        chosen = list(dict.fromkeys(waiting[pick % len(waiting)] for pick in picks if waiting))
        if fault == "order" or not chosen:
            chosen.append(self._picked(picks[0], {CREATED})[0])
        receipts = [self.environment.a_receipt() for _ in chosen]
        if fault == "receipt" and self.model.receipts:
            receipts[-1] = min(self.model.receipts)
        amounts = [self.model.orders[order_id].amount for order_id in chosen]
        payments = list(zip(chosen, amounts, receipts, strict=True))
        self.call_both("record_offchain_payments", payments, by=self.model.oracle)

    # --- transitions ---

    @rule(
        pick=PICK,
        function=st.sampled_from([*PICKED_FROM]),
        relayed=st.booleans(),
    )
    def call_as_party(self, pick: int, function: str, relayed: bool) -> None:
        order_id, order = self._picked(pick, PICKED_FROM[function])
        party = order.seller if function == "mark_shipped" else order.buyer
        self.call_both(function, order_id, *ARGS[function], by=self.model.oracle if relayed else party)

    @rule(pick=PICK)
    def refund_buyer(self, pick: int) -> None:
        order_id, order = self._picked(pick, HOLDING)
        self.call_both("refund", order_id, by=order.seller)

    @rule(pick=PICK, is_buyer=st.booleans(), is_operator=st.booleans())
    def cancel(self, pick: int, is_buyer: bool, is_operator: bool) -> None:
        order_id, order = self._picked(pick, {CREATED})
        party = order.buyer if is_buyer else order.seller
        self.call_both("cancel_order", order_id, by=self.model.operator if is_operator else party)

    @rule(pick=PICK, seller_bps=SHARES)
    def resolve(self, pick: int, seller_bps: int) -> None:
        order_id, _ = self._picked(pick, {DISPUTED})
        self.call_both("resolve_dispute", order_id, seller_bps, by=self.environment.arbiter)

    @rule(pick=PICK, seller_bps=SHARES, is_buyer=st.booleans(), valid_for_s=st.sampled_from([60, DAY, 30 * DAY]))
    def offer(self, pick: int, seller_bps: int, is_buyer: bool, valid_for_s: int) -> None:
        order_id, order = self._picked(pick, HOLDING)
        by = order.buyer if is_buyer else order.seller
        self.call_both("propose_settlement", order_id, seller_bps, valid_for_s, by=by)

    @precondition(lambda self: self.model.offers)
    @rule(pick=PICK, answer=st.sampled_from(["accept", "accept", "accept another", "accept own", "withdraw"]))
    def answer(self, pick: int, answer: str) -> None:
        order_id = sorted(self.model.offers)[pick % len(self.model.offers)]
        order, offer = self.model.orders[order_id], self.model.offers[order_id]
        other = order.buyer if offer.proposer == order.seller else order.seller
        if answer == "withdraw":
            self.call_both("withdraw_settlement", order_id, by=offer.proposer)
        else:
            share = offer.seller_bps + (answer == "accept another")
            self.call_both("accept_settlement", order_id, share, by=offer.proposer if "own" in answer else other)

    @rule(picks=st.lists(PICK, min_size=1, max_size=8))
    def settle(self, picks: list[int]) -> None:
        order_ids = [self._picked(pick, HOLDING | {CREATED})[0] for pick in picks]
        self.call_both("settle_expired", order_ids, by=self.environment.stranger)

    @rule(
        pick=PICK,
        function=st.sampled_from(sorted(ARGS)),
        who=st.sampled_from(["owner", "operator", "oracle", "guardian", "arbiter", "treasury", "stranger", *TRADERS]),
    )
    def call_as_anybody(self, pick: int, function: str, who: str | int) -> None:
        by = self.start.traders[who] if isinstance(who, int) else getattr(self.environment, who)
        order_id, _ = self._picked(pick, HOLDING | {CREATED})
        self.call_both(function, order_id, *ARGS[function], by=by)

    # --- credits ---

    @precondition(lambda self: any(self.model.credits.values()))
    @rule(pick=PICK, way=st.sampled_from(["withdraw", "withdraw_for", "withdraw_to"]))
    def withdraw(self, pick: int, way: str) -> None:
        """Withdraw for a trader or the treasury, with or without a credit."""
        payee = [*self.start.traders, self.environment.treasury][pick % (len(TRADERS) + 1)]
        had = self.model.credits.get(payee, 0)
        args = {"withdraw": [], "withdraw_for": [payee], "withdraw_to": [ACCOUNTS[0]]}[way]
        caller = self.environment.stranger if way == "withdraw_for" else payee
        outcome = self.environment.call(way, *args, by=caller, gas=300_000)  # a gas-burning payee uses all of it
        call_counts[f"{way} {'done' if outcome.refusal is None else 'refused'}"] += 1

        refused_ways = ("withdraw_for",) if payee == FALLBACK else ("withdraw", "withdraw_for")
        is_sent_to_who_refuses = self._is_refusing(payee) and way in refused_ways
        is_owed = self.model.call(way, *args, by=caller)
        assert (outcome.refusal is None) == (is_owed and not is_sent_to_who_refuses)
        if outcome.refusal is None:
            assert outcome.event("Withdrawn")["amount"] == had
            self.model.credits[payee] = 0

    # --- time, attacks and administration ---

    @rule(seconds=st.sampled_from([1, MINUTE, 29 * MINUTE, DAY]))
    def advance_time(self, seconds: int) -> None:
        self.environment.advance(seconds)

    @rule(
        pick=PICK,
        until=st.sampled_from(["a deadline", "a deadline", "an offer's expiry", "midnight"]),
        before=st.integers(0, 1),
    )
    def advance_time_to_limit(self, pick: int, until: str, before: int) -> None:
        moments = {
            "a deadline": [order.deadline for order in self.model.orders.values() if order.deadline],
            "an offer's expiry": [offer.expiry for offer in self.model.offers.values()],
            "midnight": [(self.environment.now // DAY + 1) * DAY],
        }[until]
        if moments:
            nearest = sorted(moments)[pick % min(3, len(moments))]
            self.environment.advance_to(max(self.environment.now, nearest - before))

    @rule(amount=st.integers(0, 10**20), pick=PICK, function=st.sampled_from(PAYING_FUNCTIONS))
    def prepare_attack(self, amount: int, pick: int, function: str) -> None:
        """Force coin in, set a callback, and sometimes let the rejecting payee accept coin from then on."""
        self.environment.force_coin_in(amount)
        order_id, _ = self._picked(pick, HOLDING)
        own_args: dict[str, list[Any]] = {
            "settle_expired": [[order_id]],
            "accept_settlement": [order_id, 5_000],
            "withdraw": [],
            "withdraw_for": [self.environment.treasury],
        }
        self.environment.set_callback(self.start.reentering, function, *own_args.get(function, [order_id]))
        if amount == 0 and not self.is_accepting:
            self.environment.start_accepting(self.start.rejecting)
            self.is_accepting = True

    @rule(
        what=st.sampled_from(ADMIN_FUNCTIONS),
        successor=st.sampled_from(ACCOUNTS),
        is_unauthorized=st.sampled_from([False, False, True]),
    )
    def administer(self, what: str, successor: str, is_unauthorized: bool) -> None:
        """Change a role or the caps, or pause or unpause; sometimes without the right to do it."""
        allowed = {"accept_ownership": self.model.pending_owner, "pause": self.model.guardian}.get(
            what, self.model.owner
        )
        caps = [10**2, 10**6, 10**10]
        args: dict[str, list[Any]] = {
            "set_oracle_caps": [caps[ACCOUNTS.index(successor)], 3 * caps[ACCOUNTS.index(successor)]],
            "accept_ownership": [],
            "pause": [],
            "unpause": [],
        }
        by = self.environment.stranger if is_unauthorized or allowed is None else allowed
        self.call_both(what, *args.get(what, [successor]), by=by)

    @precondition(lambda self: self.model.is_paused)
    @rule()
    def unpause(self) -> None:
        self.call_both("unpause", by=self.model.owner)
