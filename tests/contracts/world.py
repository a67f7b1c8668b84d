"""A small world for the contract: the compiled artifact deployed, its people, and orders in any state.

Calls go through the artifact's own ABI and bytecode, so what is tested is what is deployed.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

from eth_abi.abi import decode, encode
from eth_hash.auto import keccak

from .evm import Evm, Log, fastest_evm

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted((ROOT / "contracts").glob("*.vy"))
ARTIFACT = ROOT / "src" / "descrow" / "contract" / "artifact.json"
PAYEES = Path(__file__).resolve().parent / "payees" / "bytecode.json"

Address = str
Amount = int
"""Units of 10**-18 DOT, or KES cents in an order paid by M-Pesa."""

PLANCK: Amount = 10**8
DOT: Amount = 10**18
SHILLING: Amount = 100
MINUTE, DAY = 60, 86_400
ZERO = "0x" + "00" * 20

BY_DOT, BY_MPESA = MODES = 0, 1
UNIT = {BY_DOT: PLANCK, BY_MPESA: SHILLING}
AMOUNT = {BY_DOT: 10 * DOT, BY_MPESA: 2_500 * SHILLING}
"""What an order costs unless a test says otherwise."""

CREATED, FUNDED, SHIPPED, DELIVERED, CANCELLED, EXPIRED, REFUNDED, DISPUTED, RESOLVED = range(1, 10)
HOLDING = frozenset({FUNDED, SHIPPED, DISPUTED})
PAID_OUT = frozenset({DELIVERED, REFUNDED, RESOLVED})
FINAL = PAID_OUT | {CANCELLED, EXPIRED}

ACT = keccak(b"act(address,bytes)")[:4]
AIM = keccak(b"aim(address,bytes)")[:4]
OPEN = keccak(b"open()")[:4]
CALLED_BACK = keccak(b"CalledBack(bool,bytes)")
ERROR = keccak(b"Error(string)")[:4]


@dataclass(frozen=True)
class Event:
    name: str
    fields: dict[str, Any]


@dataclass(frozen=True)
class Outcome:
    """What a call came to: refused with a reason (empty when it gave none), or done with a value and events."""

    refusal: str | None
    value: Any = None
    events: tuple[Event, ...] = ()
    callbacks: tuple[tuple[bool, bytes], ...] = ()
    """For each call back by a re-entering payee: whether it went through, and the answer."""
    gas_used: int = 0

    def event(self, name: str) -> dict[str, Any]:
        """The fields of the only event of this name."""
        (found,) = [event.fields for event in self.events if event.name == name]
        return found

    @property
    def event_names(self) -> list[str]:
        return [event.name for event in self.events]


class Order(NamedTuple):
    buyer: Address
    seller: Address
    amount: Amount
    terms_id: int
    payment_mode: int
    status: int
    deadline: int


NO_ORDER = Order(ZERO, ZERO, 0, 0, 0, 0, 0)


class Offer(NamedTuple):
    proposer: Address
    seller_bps: int
    expiry: int


NO_OFFER = Offer(ZERO, 0, 0)


class Roles(NamedTuple):
    owner: Address
    pending_owner: Address
    operator: Address
    oracle: Address
    guardian: Address


class Parts(NamedTuple):
    seller: Amount
    buyer: Amount
    fee: Amount


class Terms(NamedTuple):
    treasury: Address
    arbiter: Address
    fee_bps: int = 250
    default_seller_bps: int = 5_000
    fund_window_s: int = 30 * MINUTE
    ship_window_s: int = 3 * DAY
    inspection_window_s: int = 7 * DAY
    dispute_window_s: int = 14 * DAY


@cache
def artifact() -> dict[str, Any]:
    """What is deployed; whether it is what the source compiles to is test_artifact's question."""
    loaded: dict[str, Any] = json.loads(ARTIFACT.read_text())
    return loaded


def _type(entry: dict[str, Any]) -> str:
    if entry["type"].startswith("tuple"):
        inner = ",".join(_type(component) for component in entry["components"])
        return f"({inner}){entry['type'].removeprefix('tuple')}"
    return str(entry["type"])


@dataclass(frozen=True)
class Function:
    selector: bytes
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


@dataclass(frozen=True)
class EventShape:
    name: str
    indexed: dict[str, str]
    plain: dict[str, str]


def _signature(entry: dict[str, Any]) -> bytes:
    return keccak(f"{entry['name']}({','.join(map(_type, entry['inputs']))})".encode())


@cache
def functions() -> dict[str, Function]:
    return {
        entry["name"]: Function(
            _signature(entry)[:4], tuple(map(_type, entry["inputs"])), tuple(map(_type, entry["outputs"]))
        )
        for entry in artifact()["abi"]
        if entry["type"] == "function"
    }


@cache
def events() -> dict[bytes, EventShape]:
    return {
        _signature(entry): EventShape(
            entry["name"],
            indexed={i["name"]: _type(i) for i in entry["inputs"] if i["indexed"]},
            plain={i["name"]: _type(i) for i in entry["inputs"] if not i["indexed"]},
        )
        for entry in artifact()["abi"]
        if entry["type"] == "event"
    }


def calldata(name: str, *args: Any) -> bytes:
    function = functions()[name]
    return function.selector + encode(function.inputs, args)


def callbacks_in(logs: list[tuple[list[bytes], bytes]]) -> tuple[tuple[bool, bytes], ...]:
    """What re-entering payees tell of their calls."""
    return tuple(decode(["bool", "bytes"], data) for topics, data in logs if topics[0] == CALLED_BACK)


def act_on(target: Address, data: bytes) -> bytes:
    """What a payee's contract is told, to make a call itself."""
    return ACT + encode(["address", "bytes"], [target, data])


def aim_at(target: Address, function: str, *args: Any) -> bytes:
    """What a re-entering payee is told, to make a call whenever it is paid."""
    return AIM + encode(["address", "bytes"], [target, calldata(function, *args)])


def event_in(topics: list[bytes], data: bytes) -> Event:
    shape = events()[topics[0]]
    indexed = [decode([kind], topic)[0] for kind, topic in zip(shape.indexed.values(), topics[1:], strict=True)]
    plain = decode(list(shape.plain.values()), data)
    return Event(
        shape.name, dict(zip(shape.indexed, indexed, strict=True)) | dict(zip(shape.plain, plain, strict=True))
    )


def reason_in(output: bytes) -> str:
    if output[:4] != ERROR:
        return ""
    return str(decode(["string"], output[4:])[0])


def a_digest(of: str) -> bytes:
    return sha256(of.encode()).digest()


def an_address(of: str) -> Address:
    return "0x" + a_digest(of)[:20].hex()


def parts_of(amount: Amount, seller_bps: int, fee_bps: int, payment_mode: int = BY_DOT) -> Parts:
    """How an order is split, counted in whole units: written the long way round, to compare with."""
    unit = UNIT[payment_mode]
    units = amount // unit
    for_seller = units * seller_bps // 10_000
    fee = for_seller * fee_bps // 10_000
    return Parts(seller=(for_seller - fee) * unit, buyer=(units - for_seller) * unit, fee=fee * unit)


class World:
    """One escrow with its people. Money and time are the machine's own; every test starts from the same."""

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
        on_event: Callable[[Event], object] = lambda _: None,
    ) -> None:
        self.receipts = count(1)
        self.contracts: set[Address] = set()
        self.people: list[Address] = [
            self.owner, self.operator, self.oracle, self.guardian, self.treasury, self.arbiter,
            self.buyer, self.seller, self.stranger,
        ]  # fmt: skip
        self.forced: Amount = 0
        self.on_event = on_event
        self.evm = evm or fastest_evm()
        for person in self.people:
            self.evm.set_balance(person, 1_000_000 * DOT)
        code = bytes.fromhex(artifact()["bytecode"].removeprefix("0x"))
        roles = encode(["address"] * 3, [self.operator, self.oracle, self.guardian])
        self.escrow: Address
        self.escrow, logs = self.evm.deploy(code + roles, by=self.owner)
        self._events(logs)
        self.terms_id: int = self.publishes_terms()
        if sets_caps:
            self.does("set_oracle_caps", self.per_order, self.per_day, by=self.owner)

    # --- calling ---

    def call(
        self, name: str, *args: Any, by: Address, value: Amount = 0, gas: int | None = None, to: Address | None = None
    ) -> Outcome:
        """Call the escrow as a person, or through the contract when the caller is one."""
        data = calldata(name, *args)
        target = to or self.escrow
        if by in self.contracts:
            data = act_on(target, data)
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
        done = self.evm.execute(target, data, by=by, value=value, gas=gas)
        if not done.is_success:
            return Outcome(reason_in(done.output), gas_used=done.gas_used)
        events = self._events(done.logs)
        values = decode(returns, done.output) if returns and done.output else ()
        return Outcome(
            None,
            value=values[0] if len(values) == 1 else values,
            events=events,
            callbacks=callbacks_in(_logs_of(self.contracts, done.logs)),
            gas_used=done.gas_used,
        )

    def _events(self, logs: tuple[Log, ...]) -> tuple[Event, ...]:
        """What the escrow has said in a call, for the caller and for whoever listens."""
        events = tuple(event_in(topics, data) for topics, data in _logs_of({self.escrow}, logs))
        for event in events:
            self.on_event(event)
        return events

    def does(self, name: str, *args: Any, by: Address, value: Amount = 0, gas: int | None = None) -> Outcome:
        """A call that must go through."""
        outcome = self.call(name, *args, by=by, value=value, gas=gas)
        assert outcome.refusal is None, f"{name}{args} by {by} was refused: {outcome.refusal!r}"
        return outcome

    def refuses(
        self, reason: str, name: str, *args: Any, by: Address, value: Amount = 0, gas: int | None = None
    ) -> None:
        """A call that must be refused for this reason, and must leave everything as it was."""
        before = self.picture()
        outcome = self.call(name, *args, by=by, value=value, gas=gas)
        assert outcome.refusal == reason, f"{name}{args} by {by}: {outcome}"
        assert self.picture() == before

    def view(self, name: str, *args: Any) -> Any:
        outcome = self.call(name, *args, by=self.stranger)
        assert outcome.refusal is None, outcome
        return outcome.value

    # --- looking ---

    def order(self, order_id: int) -> Order:
        return Order(*self.view("order", order_id))

    def orders(self, order_ids: list[int]) -> list[Order]:
        fifties = [order_ids[start : start + 50] for start in range(0, len(order_ids), 50)]
        return [Order(*order) for fifty in fifties for order in self.view("orders", fifty)]

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

    def picture(self) -> dict[str, Any]:
        """Everything that a call can change."""
        last = self.view("next_order_id")
        everybody = [*self.people, *sorted(self.contracts), self.escrow]
        return {
            "orders": self.orders(list(range(1, last))),
            "offers": [self.offer(order_id) for order_id in range(1, last)],
            "next ids": (last, self.view("next_terms_id")),
            "totals": self.totals(),
            "credits": {address: self.credit(address) for address in everybody},
            "balances": {address: self.balance(address) for address in everybody},
            "roles": self.roles(),
            "paused": self.view("paused"),
            "caps": (*self.view("oracle_caps"), self.view("recorded_today")),
        }

    def books_agree(self) -> bool:
        """The balance is what orders hold and payees may withdraw, and what was forced in."""
        return self.balance(self.escrow) == sum(self.totals()) + self.forced

    # --- time and coin ---

    @property
    def now(self) -> int:
        return self.evm.timestamp

    def waits(self, seconds: int) -> None:
        self.evm.timestamp += seconds

    def waits_until(self, moment: int) -> None:
        self.evm.timestamp = moment

    def forces_coin_in(self, amount: Amount) -> None:
        """As a contract that destroys itself can: no function of the escrow is asked."""
        self.evm.set_balance(self.escrow, self.balance(self.escrow) + amount)
        self.forced += amount

    def gives(self, person: Address, balance: Amount) -> None:
        self.evm.set_balance(person, balance)

    # --- building ---

    def some_terms(self, **changes: Any) -> Terms:
        return Terms(self.treasury, self.arbiter)._replace(**changes)

    def publishes_terms(self, **changes: Any) -> int:
        return int(self.does("publish_terms", *self.some_terms(**changes), by=self.owner).value)

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
        """An order brought to this status by the people who can; final ones by the shortest way."""
        new_order = self.a_new_order(
            payment_mode=payment_mode, buyer=buyer, seller=seller, amount=amount, terms_id=terms_id
        )
        order_id = int(self.does("create_order", *new_order, by=self.operator).value)
        buyer, seller = new_order[:2]
        if status == CANCELLED:
            self.does("cancel_order", order_id, by=buyer)
        if status == EXPIRED:
            self.waits_until(self.order(order_id).deadline)
            self.does("settle_expired", [order_id], by=self.stranger)
        if status in HOLDING | PAID_OUT:
            self.is_paid_for(order_id)
        if status in (SHIPPED, DELIVERED, DISPUTED, RESOLVED):
            self.does("mark_shipped", order_id, a_digest("tracking"), by=seller)
        if status in (DISPUTED, RESOLVED):
            self.does("raise_dispute", order_id, a_digest("evidence"), by=buyer)
        if status == DELIVERED:
            self.does("confirm_delivery", order_id, by=buyer)
        if status == REFUNDED:
            self.does("refund", order_id, by=seller)
        if status == RESOLVED:
            arbiter = self.terms(self.order(order_id).terms_id).arbiter
            self.does("resolve_dispute", order_id, 5_000, by=arbiter)
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
        """What `create_order` is asked for."""
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
        """The digest of a receipt that nobody has seen yet."""
        return a_digest(f"receipt {next(self.receipts)}")

    def is_paid_for(self, order_id: int) -> Outcome:
        """The buyer pays in the order's own way."""
        order = self.order(order_id)
        if order.payment_mode == BY_DOT:
            return self.does("fund_order_dot", order_id, by=order.buyer, value=order.amount)
        return self.does("record_offchain_payment", order_id, order.amount, self.a_receipt(), by=self.oracle)

    def a_payee(self, kind: str) -> Address:
        """A contract from `payees/` that can be a buyer or a seller."""
        address, _ = self.evm.deploy(payee_bytecode(kind), by=self.stranger)
        self.contracts.add(address)
        return address

    def opens(self, payee: Address) -> None:
        """From now on a rejecting payee takes coin."""
        assert self.send(payee, OPEN, by=self.stranger).refusal is None

    def aims(self, payee: Address, function: str, *args: Any) -> None:
        """From now on a re-entering payee makes this call to the escrow when it is paid."""
        assert self.send(payee, aim_at(self.escrow, function, *args), by=self.stranger).refusal is None


def _logs_of(addresses: set[Address], logs: tuple[Log, ...]) -> list[tuple[list[bytes], bytes]]:
    return [(topics, data) for address, topics, data in logs if address in addresses]


@cache
def _payees() -> dict[str, str]:
    bytecode: dict[str, str] = json.loads(PAYEES.read_text())
    return bytecode


def payee_bytecode(kind: str) -> bytes:
    """One of the contracts in `payees/`, compiled by `contracts/build.py`."""
    return bytes.fromhex(_payees()[kind].removeprefix("0x"))
