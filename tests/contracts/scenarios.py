"""Scenarios as scripts, with the reason of each expected refusal."""

from dataclasses import replace
from typing import Any

from .environment import Environment
from .script import Call, CloseAccount, OpenAccount, Script, SetCallback, StartAccepting, Wait
from .values import AMOUNT, BY_DOT, BY_MPESA, DAY, MINUTE, SHILLING, Amount, a_digest

TRACKING, EVIDENCE = a_digest("tracking"), a_digest("evidence")
PRICE = AMOUNT[BY_MPESA]


def refused(reason: str, call: Call) -> Call:
    return replace(call, refused=f"escrow: {reason}")


# --- calls: order ids count from 1, in the order of creation ---


def create(
    payment_mode: int = BY_DOT,
    *,
    buyer: str = "buyer",
    seller: str = "seller",
    amount: Amount | None = None,
    terms_id: int = 1,
) -> Call:
    return Call("operator", "create_order", _new_order(payment_mode, seller, amount, terms_id, buyer))


def create_many(*payment_modes: int) -> Call:
    return Call("operator", "create_orders", ([_new_order(mode) for mode in payment_modes],))


def _new_order(
    payment_mode: int,
    seller: str = "seller",
    amount: Amount | None = None,
    terms_id: int = 1,
    buyer: str = "buyer",
) -> tuple[Any, ...]:
    price = AMOUNT[payment_mode] if amount is None else amount
    return buyer, seller, price, terms_id, payment_mode, a_digest("reference"), a_digest("metadata")


def pay(order_id: int, *, by: str = "buyer") -> Call:
    return Call(by, "fund_order_dot", (order_id,), value=AMOUNT[BY_DOT])


def record(order_id: int, receipt: str, *, amount: Amount = PRICE, by: str = "oracle") -> Call:
    return Call(by, "record_offchain_payment", (order_id, amount, a_digest(receipt)))


def record_many(*payments: tuple[int, str], by: str = "oracle") -> Call:
    batch = [(order_id, PRICE, a_digest(receipt)) for order_id, receipt in payments]
    return Call(by, "record_offchain_payments", (batch,))


def ship(order_id: int, *, by: str = "seller") -> Call:
    return Call(by, "mark_shipped", (order_id, TRACKING))


def extend(order_id: int, *, by: str = "buyer") -> Call:
    return Call(by, "extend_transit", (order_id,))


def receive(order_id: int, *, by: str = "buyer") -> Call:
    return Call(by, "confirm_receipt", (order_id,))


def confirm(order_id: int, *, by: str = "buyer") -> Call:
    return Call(by, "confirm_delivery", (order_id,))


def dispute(order_id: int, *, by: str = "buyer") -> Call:
    return Call(by, "raise_dispute", (order_id, EVIDENCE))


def resolve(order_id: int, seller_bps: int, *, by: str = "arbiter") -> Call:
    return Call(by, "resolve_dispute", (order_id, seller_bps))


def refund(order_id: int, *, by: str = "seller") -> Call:
    return Call(by, "refund", (order_id,))


def cancel(order_id: int, *, by: str = "buyer") -> Call:
    return Call(by, "cancel_order", (order_id,))


def offer(order_id: int, seller_bps: int, *, by: str, valid_for_s: int = DAY) -> Call:
    return Call(by, "propose_settlement", (order_id, seller_bps, valid_for_s))


def accept(order_id: int, seller_bps: int, *, by: str) -> Call:
    return Call(by, "accept_settlement", (order_id, seller_bps))


def settle(*order_ids: int) -> Call:
    return Call("stranger", "settle_expired", (list(order_ids),))


def set_caps(*, per_order: Amount, per_day: Amount) -> Call:
    return Call("owner", "set_oracle_caps", (per_order, per_day))


def to_shipped(order_id: int) -> Script:
    return [pay(order_id), ship(order_id)]


def to_disputed(order_id: int) -> Script:
    return [*to_shipped(order_id), dispute(order_id)]


# --- the scenarios ---

RECEIPTS_COUNT_ONCE: Script = [
    create_many(*[BY_MPESA] * 5),
    record(1, "RCA1"),
    refused("receipt was used before", record(2, "RCA1")),
    refused("receipt is empty", Call("oracle", "record_offchain_payment", (2, PRICE, bytes(32)))),
    refused("amount is not exact", record(2, "RCA2", amount=PRICE - SHILLING)),
    refused("order is not awaiting payment", record(1, "RCA2")),
    refused("caller is not the oracle", record(2, "RCA2", by="operator")),
    refused("no such order", record(6, "RCA2")),
    record_many((2, "RCA2"), (3, "RCA3")),
    # one refused payment reverts the batch: order 4 can be paid with the same receipt afterwards
    refused("receipt was used before", record_many((4, "RCA4"), (5, "RCA3"))),
    refused("receipt was used before", record_many((4, "RCA4"), (5, "RCA4"))),
    refused("order is not awaiting payment", record_many((4, "RCA4"), (4, "RCA5"))),
    refused("caller is not the oracle", record_many((4, "RCA4"), by="stranger")),
    record_many((4, "RCA4")),
    create(BY_DOT),
    refused("order is not paid by M-Pesa", record(6, "RCA6")),
    refused("order is not paid in DOT", Call("buyer", "fund_order_dot", (5,), value=AMOUNT[BY_DOT])),
    Wait(30 * MINUTE),
    refused("time to pay is over", record(5, "RCA7")),
]

CAPS_BOUND_THE_ORACLE: Script = [
    create(BY_MPESA, amount=Environment.per_order),
    create(BY_MPESA, amount=Environment.per_order + SHILLING),
    create_many(*[BY_MPESA] * 4),
    record(1, "RCB1", amount=Environment.per_order),
    refused("payment is above the cap of an order", record(2, "RCB2", amount=Environment.per_order + SHILLING)),
    # amounts recorded today count under the new caps, and so do other payments of a batch
    set_caps(per_order=PRICE, per_day=Environment.per_order + 2 * PRICE),
    record(3, "RCB3"),
    refused("payment is above the cap of the day", record_many((4, "RCB4"), (5, "RCB5"))),
    record(4, "RCB4"),
    refused("payment is above the cap of the day", record(5, "RCB5")),
    refused("caller is not the owner", replace(set_caps(per_order=0, per_day=0), by="oracle")),
    refused("cap is too large", set_caps(per_order=0, per_day=2**72)),
    Wait(DAY),
    create(BY_MPESA),
    record(7, "RCB7"),
    set_caps(per_order=0, per_day=0),
    create(BY_MPESA),
    refused("payment is above the cap of an order", record(8, "RCB8")),
]

THE_ORACLE_RELAYS: Script = [
    create_many(BY_MPESA, BY_MPESA, BY_MPESA, BY_DOT),
    record_many((1, "RCC1"), (2, "RCC2"), (3, "RCC3")),
    pay(4),
    ship(1, by="oracle"),
    confirm(1, by="oracle"),
    ship(2, by="oracle"),
    dispute(2, by="oracle"),
    # a relayed call never ends a dispute, and the oracle decides none
    refused("order is not shipped", confirm(2, by="oracle")),
    refused("caller is not the arbiter", resolve(2, 5_000, by="oracle")),
    refused("caller is not the seller", refund(2, by="oracle")),
    refused("caller is not a party", offer(2, 5_000, by="oracle")),
    refused("caller is neither party nor arbiter", Call("oracle", "add_evidence", (2, EVIDENCE))),
    confirm(2),
    # the parties may always call in person
    ship(3),
    dispute(3),
    Call("seller", "add_evidence", (3, EVIDENCE)),
    resolve(3, 3_333),
    # the oracle relays nothing for an order in DOT
    refused("caller is not the seller", ship(4, by="oracle")),
    ship(4),
    refused("caller is not the buyer", confirm(4, by="oracle")),
    refused("caller is not the buyer", dispute(4, by="oracle")),
]

PARTIES_SETTLE: Script = [
    create_many(BY_DOT, BY_DOT, BY_DOT, BY_MPESA, BY_DOT),
    refused("order holds no payment", offer(1, 5_000, by="seller")),
    pay(1),
    refused("no open offer", accept(1, 3_333, by="buyer")),
    offer(1, 9_000, by="seller"),
    refused("caller is the proposer", accept(1, 9_000, by="seller")),
    refused("caller is not a party", accept(1, 9_000, by="stranger")),
    refused("share is not the one offered", accept(1, 8_999, by="buyer")),
    # the buyer's offer replaces the seller's
    offer(1, 3_333, by="buyer"),
    refused("caller is the proposer", accept(1, 9_000, by="buyer")),
    refused("share is not the one offered", accept(1, 9_000, by="seller")),
    accept(1, 3_333, by="seller"),
    refused("order holds no payment", offer(1, 0, by="buyer")),
    # an expired offer, a withdrawn one, and one for an earlier status
    *to_shipped(2),
    offer(2, 7_000, by="buyer", valid_for_s=MINUTE),
    Wait(MINUTE),
    refused("offer has expired", accept(2, 7_000, by="seller")),
    offer(2, 7_001, by="buyer"),
    refused("caller is not the proposer", Call("seller", "withdraw_settlement", (2,))),
    Call("buyer", "withdraw_settlement", (2,)),
    refused("no open offer", accept(2, 7_001, by="seller")),
    offer(2, 7_002, by="seller"),
    dispute(2),
    refused("no open offer", accept(2, 7_002, by="buyer")),
    offer(2, 1, by="buyer"),
    accept(2, 1, by="seller"),
    # everything to one party; and by M-Pesa, where only the events state the parts
    *to_shipped(3),
    offer(3, 10_000, by="buyer"),
    accept(3, 10_000, by="seller"),
    record(4, "RCD4"),
    offer(4, 5_555, by="seller"),
    accept(4, 5_555, by="buyer"),
    pay(5),
    refused("share is above 100 percent", offer(5, 10_001, by="buyer")),
    refused("window is too short", offer(5, 5_000, by="buyer", valid_for_s=59)),
]

DEADLINES_END_MANY_AT_ONCE: Script = [
    create_many(BY_DOT, BY_DOT, BY_DOT, BY_DOT, BY_MPESA, BY_MPESA),
    pay(2),
    *to_shipped(3),
    *to_disputed(4),
    record_many((5, "RCE5"), (6, "RCE6")),
    ship(6),
    dispute(6, by="oracle"),
    refused("nothing is due", settle(1, 2, 3, 4, 5, 6, 99)),
    Wait(14 * DAY),
    refused("time to pay is over", pay(1)),
    refused("time to ship is over", ship(5)),
    refused("time to dispute is over", dispute(3)),
    refused("time to decide is over", resolve(4, 0)),
    create(BY_DOT),
    # expired, refunded, delivered, split by the terms, and the same by M-Pesa; order 7 is not due yet
    settle(1, 2, 7, 3, 99, 4, 5, 6, 3),
    refused("nothing is due", settle(1, 2, 3, 4, 5, 6, 7)),
    Wait(29 * MINUTE),
    pay(7),
]

PAYEES_THAT_ACCEPT_NO_COIN: Script = [
    create(seller="rejecting"),
    create(seller="rejecting"),
    create(seller="return_bomb"),
    create(seller="gas_burning"),
    create(seller="accepting"),
    *[pay(order_id) for order_id in range(1, 6)],
    ship(1, by="rejecting"),
    ship(2, by="rejecting"),
    ship(3, by="return_bomb"),
    ship(4, by="gas_burning"),
    ship(5, by="accepting"),
    # each order has ended; payees that rejected have a credit, and the other party to a split has its part
    confirm(1),
    dispute(2),
    resolve(2, 5_000),
    confirm(3),
    confirm(4),
    confirm(5),
    refused("no credit", Call("accepting", "withdraw")),
    # a credit stays until its payee withdraws it to another address or accepts it
    refused("recipient refused the coin", Call("rejecting", "withdraw")),
    refused("recipient refused the coin", Call("stranger", "withdraw_for", ("rejecting",))),
    refused("recipient refused the coin", Call("rejecting", "withdraw_to", ("return_bomb",))),
    refused("address is the escrow itself", Call("rejecting", "withdraw_to", ("escrow",))),
    refused("address is zero", Call("rejecting", "withdraw_to", ("nobody",))),
    Call("return_bomb", "withdraw_to", ("accepting",)),
    Call("gas_burning", "withdraw_to", ("stranger",)),
    StartAccepting("rejecting"),
    Call("stranger", "withdraw_for", ("rejecting",)),
    refused("no credit", Call("rejecting", "withdraw")),
    # such a seller can refund, too
    create(seller="accepting"),
    pay(6),
    Call("accepting", "refund", (6,)),
    Call("treasury", "withdraw"),
    # several of them at once, with earlier credits
    *[create(seller=payee) for payee in ("gas_burning", "gas_burning", "return_bomb", "rejecting")],
    *[pay(order_id) for order_id in range(7, 11)],
    *[ship(order_id, by=by) for order_id, by in enumerate(("gas_burning", "gas_burning", "return_bomb"), start=7)],
    Wait(12 * DAY),
    settle(7, 8, 9, 10),
]

PAYEES_WITHOUT_AN_ACCOUNT: Script = [
    *[create(seller="passer-by") for _ in range(4)],
    *[create(buyer="passer-by") for _ in range(2)],
    *[pay(order_id) for order_id in range(1, 5)],
    *[pay(order_id, by="passer-by") for order_id in (5, 6)],
    *[ship(order_id, by="passer-by") for order_id in range(1, 5)],
    dispute(2),
    offer(3, 6_000, by="passer-by", valid_for_s=30 * DAY),
    ship(6),
    offer(6, 10, by="seller"),
    receive(6, by="passer-by"),
    CloseAccount("passer-by"),
    # every ending works, and credits who is gone
    confirm(1),
    resolve(2, 4_000),
    accept(3, 6_000, by="buyer"),
    refund(5),
    Wait(12 * DAY),
    settle(4, 6),
    # nobody can send the credit to where its owner would not find it
    refused("recipient has no account", Call("stranger", "withdraw_for", ("passer-by",))),
    refused("recipient has no account", Call("treasury", "withdraw_to", ("passer-by",))),
    OpenAccount("passer-by"),
    Call("passer-by", "withdraw"),
    refused("no credit", Call("stranger", "withdraw_for", ("passer-by",))),
    # who is back is paid as before
    create(seller="passer-by"),
    pay(7),
    ship(7, by="passer-by"),
    confirm(7),
    create(seller="passer-by"),
    pay(8),
    ship(8, by="passer-by"),
    CloseAccount("passer-by"),
    confirm(8),
    OpenAccount("passer-by"),
    Call("stranger", "withdraw_for", ("passer-by",)),
]

GOODS_ARE_ON_THEIR_WAY: Script = [
    create_many(BY_DOT, BY_DOT, BY_DOT, BY_DOT, BY_MPESA, BY_MPESA),
    refused("order is not shipped", receive(1)),
    *[step for order_id in range(1, 5) for step in to_shipped(order_id)],
    record_many((5, "RCI5"), (6, "RCI6")),
    ship(5, by="oracle"),
    ship(6),
    refused("caller is not the buyer", receive(1, by="seller")),
    refused("caller is not the buyer", extend(1, by="oracle")),
    extend(1),
    refused("transit was extended before", extend(1)),
    extend(5, by="oracle"),
    receive(5, by="oracle"),
    refused("transit was extended before", extend(1)),
    receive(2),
    refused("order is not shipped", extend(2)),
    refused("order is not shipped", receive(2)),
    Wait(7 * DAY),
    # received on the first day, and inspected for seven
    refused("time to dispute is over", dispute(2)),
    settle(1, 2, 3, 4, 5, 6),
    receive(3),
    dispute(3),
    receive(6),
    confirm(6, by="oracle"),
    Wait(5 * DAY),
    # silence through transit and inspection pays the seller, but for who asked for more time
    refused("order is overdue", receive(4)),
    refused("order is overdue", extend(4)),
    refused("time to dispute is over", dispute(4)),
    settle(1, 4),
    receive(1),
    refund(1),
]

A_PAYEE_CALLS_BACK: Script = [
    Call("owner", "publish_terms", ("reentering", "arbiter", 1_000, 5_000, *[MINUTE] * 5)),
    create(terms_id=2),
    create(),
    *to_shipped(1),
    *to_shipped(2),
    confirm(1),
    confirm(2),
    # the lock is held during a payout: a callback gains nothing
    SetCallback("reentering", "withdraw_for", ("treasury",)),
    Call("stranger", "withdraw_for", ("reentering",)),
    refused("no credit", Call("reentering", "withdraw")),
    Call("treasury", "withdraw"),
]

A_PAUSE_STOPS_NO_ENDING: Script = [
    create_many(*[BY_DOT] * 8, BY_MPESA, BY_MPESA),
    *[pay(order_id) for order_id in range(3, 9)],
    *[ship(order_id) for order_id in range(4, 8)],
    dispute(5),
    confirm(6),
    record(9, "RCG9"),
    refused("caller is not guardian or owner", Call("operator", "pause")),
    Call("guardian", "pause"),
    refused("already paused", Call("owner", "pause")),
    # no new orders, no new money
    refused("new orders and payments are paused", create()),
    refused("new orders and payments are paused", create_many(BY_DOT, BY_MPESA)),
    refused("new orders and payments are paused", pay(1)),
    refused("new orders and payments are paused", record(10, "RCG10")),
    refused("new orders and payments are paused", record_many((10, "RCG10"))),
    # every other transition
    cancel(2),
    ship(3),
    confirm(4),
    resolve(5, 4_000),
    offer(7, 2_500, by="buyer"),
    accept(7, 2_500, by="seller"),
    refund(8),
    ship(9, by="oracle"),
    Call("treasury", "withdraw"),
    refused("caller is not the owner", Call("guardian", "unpause")),
    Wait(12 * DAY),
    settle(1, 3, 9, 10),
    Call("owner", "unpause"),
    refused("not paused", Call("owner", "unpause")),
    create(),
    pay(11),
]

OWNERSHIP_TRANSFERS_IN_TWO_STEPS: Script = [
    refused("caller is not the owner", Call("stranger", "transfer_ownership", ("stranger",))),
    Call("owner", "transfer_ownership", ("stranger",)),
    # an offer of ownership gives no rights
    refused("caller is not the owner", Call("stranger", "set_operator", ("stranger",))),
    refused("caller is not the pending owner", Call("guardian", "accept_ownership")),
    Call("owner", "set_guardian", ("arbiter",)),
    # withdrawn, and offered again
    Call("owner", "transfer_ownership", ("nobody",)),
    refused("caller is not the pending owner", Call("stranger", "accept_ownership")),
    Call("owner", "transfer_ownership", ("stranger",)),
    Call("stranger", "accept_ownership"),
    refused("caller is not the pending owner", Call("stranger", "accept_ownership")),
    refused("caller is not the owner", Call("owner", "set_operator", ("owner",))),
    refused("caller is not the owner", set_caps(per_order=0, per_day=0)),
    # the new owner has the rights
    Call("stranger", "set_oracle", ("trader 0",)),
    Call("stranger", "set_operator", ("trader 1",)),
    Call("stranger", "publish_terms", ("treasury", "trader 2", 0, 10_000, *[MINUTE] * 5)),
    refused("caller is not the operator", create(terms_id=2)),
    replace(create(BY_MPESA, terms_id=2), by="trader 1"),
    refused("caller is not the oracle", record(1, "RCH1")),
    record(1, "RCH1", by="trader 0"),
    refused("caller is not guardian or owner", Call("guardian", "pause")),
    Call("arbiter", "pause"),
    Call("stranger", "unpause"),
]

SCENARIOS: dict[str, Script] = {
    "receipts count once": RECEIPTS_COUNT_ONCE,
    "caps bound the oracle": CAPS_BOUND_THE_ORACLE,
    "the oracle relays": THE_ORACLE_RELAYS,
    "parties settle": PARTIES_SETTLE,
    "deadlines end many at once": DEADLINES_END_MANY_AT_ONCE,
    "payees that accept no coin": PAYEES_THAT_ACCEPT_NO_COIN,
    "payees without an account": PAYEES_WITHOUT_AN_ACCOUNT,
    "goods are on their way": GOODS_ARE_ON_THEIR_WAY,
    "a payee calls back": A_PAYEE_CALLS_BACK,
    "a pause stops no ending": A_PAUSE_STOPS_NO_ENDING,
    "ownership transfers in two steps": OWNERSHIP_TRANSFERS_IN_TWO_STEPS,
}
