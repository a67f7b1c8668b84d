"""A model of the contract in plain Python.

Methods have the names and arguments of the contract's functions, and return true if the call succeeds. Nothing is
packed, and nothing is shared with the contract or with the table in `transitions`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from .values import (
    BY_DOT,
    BY_MPESA,
    CANCELLED,
    CREATED,
    DAY,
    DELIVERED,
    DISPUTED,
    EXPIRED,
    FINAL,
    FUNDED,
    HOLDING,
    OPEN_TO_BUYER,
    RECEIVED,
    REFUNDED,
    RESOLVED,
    SHIPPED,
    Address,
    Amount,
    Offer,
    Order,
    Terms,
    split_amount,
)


class Payout(NamedTuple):
    order_id: int
    payee: Address
    amount: Amount
    is_fee: bool


@dataclass
class Model:
    now: Callable[[], int]
    escrow: Address
    owner: Address
    operator: Address
    oracle: Address
    guardian: Address
    pending_owner: Address | None = None
    per_order: Amount = 0
    per_day: Amount = 0
    is_paused: bool = False
    terms: dict[int, Terms] = field(default_factory=dict)
    orders: dict[int, Order] = field(default_factory=dict)
    offers: dict[int, Offer] = field(default_factory=dict)
    extended: set[int] = field(default_factory=set)
    """The orders whose transit was extended."""
    receipts: set[bytes] = field(default_factory=set)
    recorded: dict[int, Amount] = field(default_factory=dict)
    """The recorded amount, by day."""
    credits: dict[Address, Amount] = field(default_factory=dict)
    payouts: list[Payout] = field(default_factory=list)
    """The payouts of the last call, in this order: sent, or credited if the payee does not accept."""

    def call(self, function: str, *args: Any, by: Address, value: Amount = 0) -> bool:
        self.payouts = []
        accepts = getattr(self, function)
        return bool(accepts(*args, by=by, value=value) if function == "fund_order_dot" else accepts(*args, by=by))

    # --- state ---

    @property
    def held(self) -> Amount:
        return sum(o.amount for o in self.orders.values() if o.status in HOLDING and o.payment_mode == BY_DOT)

    @property
    def recorded_today(self) -> Amount:
        return self.recorded.get(self.now() // DAY, 0)

    def open_offer(self, order_id: int) -> Offer | None:
        offer = self.offers.get(order_id)
        return offer if offer and self.now() < offer.expiry else None

    # --- creation and payment ---

    def create_order(
        self,
        buyer: Address,
        seller: Address,
        amount: Amount,
        terms_id: int,
        payment_mode: int,
        reference: bytes,  # noqa: ARG002 only logged
        metadata: bytes,  # noqa: ARG002 only logged
        *,
        by: Address,
    ) -> bool:
        if by != self.operator or self.is_paused or amount == 0 or buyer == seller:
            return False
        deadline = self.now() + self.terms[terms_id].fund_window_s
        self.orders[len(self.orders) + 1] = Order(buyer, seller, amount, terms_id, payment_mode, CREATED, deadline)
        return True

    def fund_order_dot(self, order_id: int, *, by: Address, value: Amount) -> bool:
        order = self.orders[order_id]
        if by != order.buyer or value != order.amount or not self._awaits_payment(order, BY_DOT):
            return False
        self._set_status(order_id, FUNDED, self.terms[order.terms_id].ship_window_s)
        return True

    def record_offchain_payment(self, order_id: int, amount: Amount, receipt: bytes, *, by: Address) -> bool:
        return self.record_offchain_payments([(order_id, amount, receipt)], by=by)

    def record_offchain_payments(self, payments: list[tuple[int, Amount, bytes]], *, by: Address) -> bool:
        order_ids, amounts, receipts = (set(column) for column in zip(*payments, strict=True))
        total = sum(amount for _, amount, _ in payments)
        if by != self.oracle or len(order_ids) < len(payments) or len(receipts) < len(payments):
            return False
        if receipts & self.receipts or bytes(32) in receipts:
            return False
        if max(amounts) > self.per_order or self.recorded_today + total > self.per_day:
            return False
        for order_id, amount, _ in payments:
            order = self.orders[order_id]
            if amount != order.amount or not self._awaits_payment(order, BY_MPESA):
                return False

        for order_id in order_ids:
            self._set_status(order_id, FUNDED, self.terms[self.orders[order_id].terms_id].ship_window_s)
        self.receipts |= receipts
        self.recorded[self.now() // DAY] = self.recorded_today + total
        return True

    def _awaits_payment(self, order: Order, payment_mode: int) -> bool:
        is_open = order.status == CREATED and self.now() < order.deadline
        return is_open and order.payment_mode == payment_mode and not self.is_paused

    # --- transitions ---

    def cancel_order(self, order_id: int, *, by: Address) -> bool:
        order = self.orders[order_id]
        if order.status != CREATED or by not in (order.buyer, order.seller, self.operator):
            return False
        self._set_status(order_id, CANCELLED)
        return True

    def mark_shipped(self, order_id: int, tracking: bytes, *, by: Address) -> bool:  # noqa: ARG002 only logged
        order = self.orders[order_id]
        if order.status != FUNDED or self.now() >= order.deadline or not self._may_act_for(order.seller, by, order):
            return False
        terms = self.terms[order.terms_id]
        self._set_status(order_id, SHIPPED, terms.transit_window_s + terms.inspection_window_s)
        return True

    def extend_transit(self, order_id: int, *, by: Address) -> bool:
        order = self.orders[order_id]
        if not self._is_in_transit(order, by) or order_id in self.extended:
            return False
        deadline = order.deadline + self.terms[order.terms_id].transit_window_s
        self.orders[order_id] = order._replace(deadline=deadline)
        self.extended.add(order_id)
        return True

    def confirm_receipt(self, order_id: int, *, by: Address) -> bool:
        order = self.orders[order_id]
        if not self._is_in_transit(order, by):
            return False
        self._set_status(order_id, RECEIVED, self.terms[order.terms_id].inspection_window_s)
        return True

    def _is_in_transit(self, order: Order, by: Address) -> bool:
        return order.status == SHIPPED and self.now() < order.deadline and self._may_act_for(order.buyer, by, order)

    def raise_dispute(self, order_id: int, evidence: bytes, *, by: Address) -> bool:  # noqa: ARG002 only logged
        order = self.orders[order_id]
        is_in_time = order.status in OPEN_TO_BUYER and self.now() < order.deadline
        if not is_in_time or not self._may_act_for(order.buyer, by, order):
            return False
        self._set_status(order_id, DISPUTED, self.terms[order.terms_id].dispute_window_s)
        return True

    def add_evidence(self, order_id: int, evidence: bytes, *, by: Address) -> bool:  # noqa: ARG002 only logged
        order = self.orders[order_id]
        return order.status == DISPUTED and by in (order.buyer, order.seller, self.terms[order.terms_id].arbiter)

    def propose_settlement(self, order_id: int, seller_bps: int, valid_for_s: int, *, by: Address) -> bool:
        order = self.orders[order_id]
        if order.status not in HOLDING or by not in (order.buyer, order.seller):
            return False
        self.offers[order_id] = Offer(by, seller_bps, self.now() + valid_for_s)
        return True

    def withdraw_settlement(self, order_id: int, *, by: Address) -> bool:
        offer = self.offers.get(order_id)
        if offer is None or offer.proposer != by:
            return False
        del self.offers[order_id]
        return True

    def _may_act_for(self, party: Address, by: Address, order: Order) -> bool:
        return by == party or (by == self.oracle and order.payment_mode == BY_MPESA)

    # --- endings ---

    def confirm_delivery(self, order_id: int, *, by: Address) -> bool:
        order = self.orders[order_id]
        is_relayed = order.status in OPEN_TO_BUYER and self._may_act_for(order.buyer, by, order)
        in_person = order.status == DISPUTED and by == order.buyer
        if not (is_relayed or in_person):
            return False
        self._end_order(order_id, DELIVERED, 10_000)
        return True

    def refund(self, order_id: int, *, by: Address) -> bool:
        order = self.orders[order_id]
        if order.status not in HOLDING or by != order.seller:
            return False
        self._end_order(order_id, REFUNDED, 0)
        return True

    def resolve_dispute(self, order_id: int, seller_bps: int, *, by: Address) -> bool:
        order = self.orders[order_id]
        if order.status != DISPUTED or self.now() >= order.deadline or by != self.terms[order.terms_id].arbiter:
            return False
        self._end_order(order_id, RESOLVED, seller_bps)
        return True

    def accept_settlement(self, order_id: int, seller_bps: int, *, by: Address) -> bool:
        order, offer = self.orders[order_id], self.open_offer(order_id)
        if offer is None or offer.seller_bps != seller_bps:
            return False
        if by != (order.buyer if offer.proposer == order.seller else order.seller):
            return False
        self._end_order(order_id, RESOLVED, seller_bps)
        return True

    def settle_expired(self, order_ids: list[int], *, by: Address) -> bool:  # noqa: ARG002 anybody may
        due = [i for i in dict.fromkeys(order_ids) if 0 < self.orders[i].deadline <= self.now()]
        for order_id in due:
            order = self.orders[order_id]
            if order.status == CREATED:
                self._set_status(order_id, EXPIRED)
            elif order.status == FUNDED:
                self._end_order(order_id, REFUNDED, 0)
            elif order.status in OPEN_TO_BUYER:
                self._end_order(order_id, DELIVERED, 10_000)
            else:
                self._end_order(order_id, RESOLVED, self.terms[order.terms_id].default_seller_bps)
        return bool(due)

    # --- credits: true if there is one; the model does not know whether the payee accepts ---

    def withdraw(self, *, by: Address) -> bool:
        return self.credits.get(by, 0) > 0

    def withdraw_for(self, payee: Address, *, by: Address) -> bool:  # noqa: ARG002 anybody may
        return self.credits.get(payee, 0) > 0

    def withdraw_to(self, to: Address, *, by: Address) -> bool:
        return self.credits.get(by, 0) > 0 and to != self.escrow

    # --- roles ---

    def set_operator(self, operator: Address, *, by: Address) -> bool:
        self.operator = operator if by == self.owner else self.operator
        return by == self.owner

    def set_oracle(self, oracle: Address, *, by: Address) -> bool:
        self.oracle = oracle if by == self.owner else self.oracle
        return by == self.owner

    def set_guardian(self, guardian: Address, *, by: Address) -> bool:
        self.guardian = guardian if by == self.owner else self.guardian
        return by == self.owner

    def set_oracle_caps(self, per_order: Amount, per_day: Amount, *, by: Address) -> bool:
        if by == self.owner:
            self.per_order, self.per_day = per_order, per_day
        return by == self.owner

    def transfer_ownership(self, new_owner: Address, *, by: Address) -> bool:
        self.pending_owner = new_owner if by == self.owner else self.pending_owner
        return by == self.owner

    def accept_ownership(self, *, by: Address) -> bool:
        if by != self.pending_owner:
            return False
        self.owner, self.pending_owner = by, None
        return True

    def pause(self, *, by: Address) -> bool:
        is_allowed = by in (self.owner, self.guardian) and not self.is_paused
        self.is_paused = self.is_paused or is_allowed
        return is_allowed

    def unpause(self, *, by: Address) -> bool:
        is_allowed = by == self.owner and self.is_paused
        self.is_paused = self.is_paused and not is_allowed
        return is_allowed

    # --- effects of a transition ---

    def _set_status(self, order_id: int, status: int, window_s: int | None = None) -> None:
        """Change the status, and drop the offer. An order in a final status has no deadline."""
        order = self.orders[order_id]
        assert order.status not in FINAL
        deadline = 0 if window_s is None else self.now() + window_s
        self.orders[order_id] = order._replace(status=status, deadline=deadline)
        self.offers.pop(order_id, None)

    def _end_order(self, order_id: int, status: int, seller_bps: int) -> None:
        order = self.orders[order_id]
        self._set_status(order_id, status)
        if order.payment_mode == BY_MPESA:
            return
        terms = self.terms[order.terms_id]
        split = split_amount(order.amount, seller_bps, terms.fee_bps)
        self.payouts += [
            payout
            for payout in (
                Payout(order_id, terms.treasury, split.fee, True),
                Payout(order_id, order.seller, split.seller, False),
                Payout(order_id, order.buyer, split.buyer, False),
            )
            if payout.amount > 0
        ]
