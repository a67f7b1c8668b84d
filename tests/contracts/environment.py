"""An escrow on an EVM of its own, with its people, and orders in any state.

Calls go through the artifact's ABI and bytecode, so what is tested is what is deployed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

from eth_abi.abi import decode, encode

from .abi import Event, bytecode, calldata, event_in, functions, reason_in
from .evm import Evm, Log, fastest_evm
from .payees import START_ACCEPTING, call_through_payee, callback_setting, callbacks_in, payee_bytecode
from .values import (
    AMOUNT,
    BY_DOT,
    CANCELLED,
    CREATED,
    DAY,
    DELIVERED,
    DISPUTED,
    DOT,
    EXPIRED,
    FUNDED,
    HOLDING,
    LARGEST_AMOUNT,
    MAX_BATCH,
    PAID_OUT,
    RECEIVED,
    REFUNDED,
    RESOLVED,
    SHILLING,
    SHIPPED,
    SYSTEM,
    Address,
    Amount,
    Offer,
    Order,
    Roles,
    Terms,
    a_digest,
    an_address,
)


@dataclass(frozen=True)
class Outcome:
    """The outcome of a call: a reason if it was refused (empty if it gave none), or a value and events."""

    refusal: str | None
    value: Any = None
    events: tuple[Event, ...] = ()
    callbacks: tuple[tuple[bool, bytes], ...] = ()
    """Success and output of each callback of a re-entering payee."""

    gas_used: int = 0

    def event(self, name: str) -> dict[str, Any]:
        """Return the fields of the only event of this name."""
        (found,) = [event.fields for event in self.events if event.name == name]
        return found

    @property
    def event_names(self) -> list[str]:
        return [event.name for event in self.events]


class Environment:
    owner = an_address("owner")
    operator = an_address("operator")
    oracle = an_address("oracle")
    guardian = an_address("guardian")
    treasury = an_address("treasury")
    arbiter = an_address("arbiter")
    buyer = an_address("buyer")
    seller = an_address("seller")
    stranger = an_address("stranger")

    per_order = 150_000 * SHILLING
    per_day = 1_000_000 * SHILLING

    def __init__(
        self,
        evm: Evm | None = None,
        *,
        sets_caps: bool = True,
        system: str | None = "system",
        on_event: Callable[[Event], object] = lambda _: None,
    ) -> None:
        self.evm = evm or fastest_evm()
        self.on_event = on_event
        self.receipt_numbers = count(1)
        self.contracts: set[Address] = set()
        self.people: list[Address] = [
            self.owner, self.operator, self.oracle, self.guardian, self.treasury, self.arbiter,
            self.buyer, self.seller, self.stranger,
        ]  # fmt: skip
        self.forced: Amount = 0
        for person in self.people:
            self.set_balance(person, 1_000_000 * DOT)
        if system is not None:
            stand_in, _ = self.evm.deploy(payee_bytecode(system), by=self.stranger)
            self.evm.place(self.evm.code(stand_in), at=SYSTEM)
        roles = encode(["address"] * 3, [self.operator, self.oracle, self.guardian])
        self.escrow: Address
        self.escrow, logs = self.evm.deploy(bytecode() + roles, by=self.owner)
        self._publish_events(logs)
        self.terms_id: int = self.publish_terms()
        if sets_caps:
            self.execute("set_oracle_caps", self.per_order, self.per_day, by=self.owner)

    # --- calls ---

    def call(
        self, name: str, *args: Any, by: Address, value: Amount = 0, gas: int | None = None, to: Address | None = None
    ) -> Outcome:
        """Call the escrow as a person, or through the contract if the caller is one."""
        data = calldata(name, *args)
        target = to or self.escrow
        if by in self.contracts:
            data = call_through_payee(target, data)
            target, by = by, self.stranger
        return self.send(target, data, by=by, value=value, gas=gas, returns=functions()[name].outputs)

    def send(
        self,
        target: Address,
        data: bytes,
        *,
        by: Address,
        value: Amount = 0,
        gas: int | None = None,
        returns: Sequence[str] = (),
    ) -> Outcome:
        """Call any address with any data."""
        done = self.evm.execute(target, data, by=by, value=value, gas=gas)
        if not done.is_success:
            return Outcome(reason_in(done.output), gas_used=done.gas_used)
        events = self._publish_events(done.logs)
        values = decode(returns, done.output) if returns and done.output else ()
        return Outcome(
            None,
            value=values[0] if len(values) == 1 else values,
            events=events,
            callbacks=callbacks_in(_logs_of(self.contracts, done.logs)),
            gas_used=done.gas_used,
        )

    def _publish_events(self, logs: tuple[Log, ...]) -> tuple[Event, ...]:
        events = tuple(event_in(topics, data) for topics, data in _logs_of({self.escrow}, logs))
        for event in events:
            self.on_event(event)
        return events

    def execute(self, name: str, *args: Any, by: Address, value: Amount = 0, gas: int | None = None) -> Outcome:
        """Make a call that must succeed."""
        outcome = self.call(name, *args, by=by, value=value, gas=gas)
        assert outcome.refusal is None, f"{name}{args} by {by} was refused: {outcome.refusal!r}"
        return outcome

    def assert_refused(
        self, reason: str, name: str, *args: Any, by: Address, value: Amount = 0, gas: int | None = None
    ) -> None:
        """Make a call that must be refused for this reason and must change nothing."""
        before = self.state()
        outcome = self.call(name, *args, by=by, value=value, gas=gas)
        assert outcome.refusal == reason, f"{name}{args} by {by}: {outcome}"
        assert self.state() == before

    def view(self, name: str, *args: Any) -> Any:
        outcome = self.call(name, *args, by=self.stranger)
        assert outcome.refusal is None, outcome
        return outcome.value

    # --- state ---

    def order(self, order_id: int) -> Order:
        return Order(*self.view("order", order_id))

    def orders(self, order_ids: list[int]) -> list[Order]:
        batches = [order_ids[start : start + MAX_BATCH] for start in range(0, len(order_ids), MAX_BATCH)]
        return [Order(*order) for batch in batches for order in self.view("orders", batch)]

    def status(self, order_id: int) -> int:
        return self.order(order_id).status

    def offer(self, order_id: int) -> Offer:
        return Offer(*self.view("offer", order_id))

    def roles(self) -> Roles:
        return Roles(*self.view("roles"))

    def terms(self, terms_id: int) -> Terms:
        return Terms(*self.view("terms", terms_id))

    def credit(self, payee: Address) -> Amount:
        return int(self.view("credit_of", payee))

    def totals(self) -> tuple[Amount, Amount]:
        held, credited = self.view("totals")
        return held, credited

    def balance(self, address: Address) -> Amount:
        return self.evm.balance(address)

    def state(self) -> dict[str, Any]:
        """Return everything that a call can change."""
        next_order_id = self.view("next_order_id")
        everybody = [*self.people, *sorted(self.contracts), self.escrow]
        return {
            "orders": self.orders(list(range(1, next_order_id))),
            "offers": [self.offer(order_id) for order_id in range(1, next_order_id)],
            "next ids": (next_order_id, self.view("next_terms_id")),
            "totals": self.totals(),
            "credits": {address: self.credit(address) for address in everybody},
            "balances": {address: self.balance(address) for address in everybody},
            "roles": self.roles(),
            "paused": self.view("paused"),
            "caps": (*self.view("oracle_caps"), self.view("recorded_today")),
        }

    def is_balanced(self) -> bool:
        """Return true if the escrow's balance is the sum of what is held, credited and forced in."""
        return self.balance(self.escrow) == sum(self.totals()) + self.forced

    # --- time and coin ---

    @property
    def now(self) -> int:
        return self.evm.timestamp

    def advance(self, seconds: int) -> None:
        self.evm.timestamp += seconds

    def advance_to(self, moment: int) -> None:
        self.evm.timestamp = moment

    def force_coin_in(self, amount: Amount) -> None:
        """Add to the escrow's balance without a call, as a self-destructing contract can."""
        self.set_balance(self.escrow, self.balance(self.escrow) + amount)
        self.forced += amount

    def set_balance(self, person: Address, balance: Amount) -> None:
        self.evm.set_balance(person, balance)

    # --- builders ---

    def terms_with(self, **changes: Any) -> Terms:
        return Terms(self.treasury, self.arbiter)._replace(**changes)

    def publish_terms(self, **changes: Any) -> int:
        return int(self.execute("publish_terms", *self.terms_with(**changes), by=self.owner).value)

    def an_order(
        self,
        status: int = CREATED,
        *,
        payment_mode: int = BY_DOT,
        buyer: Address | None = None,
        seller: Address | None = None,
        amount: Amount | None = None,
        terms_id: int | None = None,
    ) -> int:
        """Create an order and bring it to this status by calls of its parties. Return its id."""
        new_order = self.a_new_order(
            payment_mode=payment_mode, buyer=buyer, seller=seller, amount=amount, terms_id=terms_id
        )
        order_id = int(self.execute("create_order", *new_order, by=self.operator).value)
        buyer, seller = new_order[:2]
        if status == CANCELLED:
            self.execute("cancel_order", order_id, by=buyer)
        if status == EXPIRED:
            self.advance_to(self.order(order_id).deadline)
            self.execute("settle_expired", [order_id], by=self.stranger)
        if status in HOLDING | PAID_OUT:
            self.pay_for(order_id)
        if status in (SHIPPED, RECEIVED, DELIVERED, DISPUTED, RESOLVED):
            self.execute("mark_shipped", order_id, a_digest("tracking"), by=seller)
        if status == RECEIVED:
            self.execute("confirm_receipt", order_id, by=buyer)
        if status in (DISPUTED, RESOLVED):
            self.execute("raise_dispute", order_id, a_digest("evidence"), by=buyer)
        if status == DELIVERED:
            self.execute("confirm_delivery", order_id, by=buyer)
        if status == REFUNDED:
            self.execute("refund", order_id, by=seller)
        if status == RESOLVED:
            arbiter = self.terms(self.order(order_id).terms_id).arbiter
            self.execute("resolve_dispute", order_id, 5_000, by=arbiter)
        assert self.status(order_id) == status
        return order_id

    def a_new_order(
        self,
        *,
        payment_mode: int = BY_DOT,
        buyer: Address | None = None,
        seller: Address | None = None,
        amount: Amount | None = None,
        terms_id: int | None = None,
        reference: bytes = a_digest("reference"),
        metadata: bytes = a_digest("metadata"),
    ) -> tuple[Any, ...]:
        """Return the arguments of `create_order`."""
        return (
            buyer or self.buyer,
            seller or self.seller,
            AMOUNT[payment_mode] if amount is None else amount,
            terms_id or self.terms_id,
            payment_mode,
            reference,
            metadata,
        )

    def a_receipt(self) -> bytes:
        """Return the digest of a receipt that was not used before."""
        return a_digest(f"receipt {next(self.receipt_numbers)}")

    def pay_for(self, order_id: int) -> Outcome:
        """Pay for an order by its own payment mode."""
        order = self.order(order_id)
        if order.payment_mode == BY_DOT:
            return self.execute("fund_order_dot", order_id, by=order.buyer, value=order.amount)
        return self.execute("record_offchain_payment", order_id, order.amount, self.a_receipt(), by=self.oracle)

    def an_offer(
        self, status: int = FUNDED, *, by: str = "seller", seller_bps: int = 4_000, valid_for_s: int = DAY
    ) -> int:
        """Create an order in this status with an offer to settle by one of its parties. Return its id."""
        order_id = self.an_order(status)
        self.execute("propose_settlement", order_id, seller_bps, valid_for_s, by=getattr(self, by))
        return order_id

    def a_credit_of(self, payee: Address) -> Amount:
        """Give a payee a credit: make it the treasury of an order that is delivered."""
        self.an_order(DELIVERED, terms_id=self.publish_terms(treasury=payee))
        credit = self.credit(payee)
        assert credit > 0
        return credit

    def fill_totals(self) -> int:
        """Fund orders until the totals are at their limit. Return one more order, of `LARGEST_AMOUNT`."""
        self.set_balance(self.buyer, 2**105)
        for _ in range(256):
            self.an_order(FUNDED, amount=LARGEST_AMOUNT)
        return self.an_order(amount=LARGEST_AMOUNT)

    # --- payees that are contracts ---

    def a_payee(self, kind: str) -> Address:
        """Deploy a contract from `payees/` that can be a buyer or a seller."""
        address, _ = self.evm.deploy(payee_bytecode(kind), by=self.stranger)
        self.contracts.add(address)
        return address

    def start_accepting(self, payee: Address) -> None:
        """Let a rejecting payee accept coin from now on."""
        assert self.send(payee, START_ACCEPTING, by=self.stranger).refusal is None

    def set_callback(self, payee: Address, function: str, *args: Any) -> None:
        """Let a re-entering payee make this call to the escrow when it is paid."""
        assert self.send(payee, callback_setting(self.escrow, function, *args), by=self.stranger).refusal is None


def _logs_of(addresses: set[Address], logs: tuple[Log, ...]) -> list[tuple[list[bytes], bytes]]:
    return [(topics, data) for address, topics, data in logs if address in addresses]
