"""What the escrow is for besides an order in DOT that goes well, told as scripts, with the reason of each refusal."""

from dataclasses import replace
from typing import Any

from .script import Aims, Call, Opens, Script, Wait
from .world import AMOUNT, BY_DOT, BY_MPESA, DAY, MINUTE, SHILLING, Amount, World, a_digest

TRACKING, EVIDENCE = a_digest("tracking"), a_digest("evidence")
PRICE = AMOUNT[BY_MPESA]


def refused(reason: str, call: Call) -> Call:
    return replace(call, refused=f"escrow: {reason}")


# --- what people say: orders are numbered from 1, in the order of their creation ---


def creates(
    payment_mode: int = BY_DOT,
    *,
    seller: str = "seller",
    amount: Amount | None = None,
    terms_id: int = 1,
) -> Call:
    return Call("operator", "create_order", _new_order(payment_mode, seller, amount, terms_id))


def creates_many(*payment_modes: int) -> Call:
    return Call("operator", "create_orders", ([_new_order(mode) for mode in payment_modes],))


def _new_order(
    payment_mode: int, seller: str = "seller", amount: Amount | None = None, terms_id: int = 1
) -> tuple[Any, ...]:
    price = AMOUNT[payment_mode] if amount is None else amount
    return "buyer", seller, price, terms_id, payment_mode, a_digest("reference"), a_digest("metadata")


def pays(order_id: int) -> Call:
    return Call("buyer", "fund_order_dot", (order_id,), value=AMOUNT[BY_DOT])


def records(order_id: int, receipt: str, *, amount: Amount = PRICE, by: str = "oracle") -> Call:
    return Call(by, "record_offchain_payment", (order_id, amount, a_digest(receipt)))


def records_many(*payments: tuple[int, str], by: str = "oracle") -> Call:
    batch = [(order_id, PRICE, a_digest(receipt)) for order_id, receipt in payments]
    return Call(by, "record_offchain_payments", (batch,))


def ships(order_id: int, *, by: str = "seller") -> Call:
    return Call(by, "mark_shipped", (order_id, TRACKING))


def confirms(order_id: int, *, by: str = "buyer") -> Call:
    return Call(by, "confirm_delivery", (order_id,))


def disputes(order_id: int, *, by: str = "buyer") -> Call:
    return Call(by, "raise_dispute", (order_id, EVIDENCE))


def resolves(order_id: int, seller_bps: int, *, by: str = "arbiter") -> Call:
    return Call(by, "resolve_dispute", (order_id, seller_bps))


def refunds(order_id: int, *, by: str = "seller") -> Call:
    return Call(by, "refund", (order_id,))


def cancels(order_id: int, *, by: str = "buyer") -> Call:
    return Call(by, "cancel_order", (order_id,))


def offers(order_id: int, seller_bps: int, *, by: str, valid_for_s: int = DAY) -> Call:
    return Call(by, "propose_settlement", (order_id, seller_bps, valid_for_s))


def accepts(order_id: int, seller_bps: int, *, by: str) -> Call:
    return Call(by, "accept_settlement", (order_id, seller_bps))


def settles(*order_ids: int) -> Call:
    return Call("stranger", "settle_expired", (list(order_ids),))


def sets_caps(*, per_order: Amount, per_day: Amount) -> Call:
    return Call("owner", "set_oracle_caps", (per_order, per_day))


def to_shipped(order_id: int) -> Script:
    return [pays(order_id), ships(order_id)]


def to_disputed(order_id: int) -> Script:
    return [*to_shipped(order_id), disputes(order_id)]


# --- the scenarios ---

RECEIPTS_COUNT_ONCE: Script = [
    creates_many(*[BY_MPESA] * 5),
    records(1, "RCA1"),
    refused("receipt was used before", records(2, "RCA1")),
    refused("receipt is empty", Call("oracle", "record_offchain_payment", (2, PRICE, bytes(32)))),
    refused("amount is not exact", records(2, "RCA2", amount=PRICE - SHILLING)),
    refused("order is not awaiting payment", records(1, "RCA2")),
    refused("caller is not the oracle", records(2, "RCA2", by="operator")),
    refused("no such order", records(6, "RCA2")),
    records_many((2, "RCA2"), (3, "RCA3")),
    # one that is refused takes the whole batch with it: order 4 can be paid with the same receipt afterwards
    refused("receipt was used before", records_many((4, "RCA4"), (5, "RCA3"))),
    refused("receipt was used before", records_many((4, "RCA4"), (5, "RCA4"))),
    refused("order is not awaiting payment", records_many((4, "RCA4"), (4, "RCA5"))),
    refused("caller is not the oracle", records_many((4, "RCA4"), by="stranger")),
    records_many((4, "RCA4")),
    creates(BY_DOT),
    refused("order is not paid by M-Pesa", records(6, "RCA6")),
    refused("order is not paid in DOT", Call("buyer", "fund_order_dot", (5,), value=AMOUNT[BY_DOT])),
    Wait(30 * MINUTE),
    refused("time to pay is over", records(5, "RCA7")),
]

CAPS_BOUND_THE_ORACLE: Script = [
    creates(BY_MPESA, amount=World.per_order),
    creates(BY_MPESA, amount=World.per_order + SHILLING),
    creates_many(*[BY_MPESA] * 4),
    records(1, "RCB1", amount=World.per_order),
    refused("payment is above the cap of an order", records(2, "RCB2", amount=World.per_order + SHILLING)),
    # what was recorded today still counts under the new caps, and so do the others in a batch
    sets_caps(per_order=PRICE, per_day=World.per_order + 2 * PRICE),
    records(3, "RCB3"),
    refused("payment is above the cap of the day", records_many((4, "RCB4"), (5, "RCB5"))),
    records(4, "RCB4"),
    refused("payment is above the cap of the day", records(5, "RCB5")),
    refused("caller is not the owner", replace(sets_caps(per_order=0, per_day=0), by="oracle")),
    refused("cap is too large", sets_caps(per_order=0, per_day=2**72)),
    Wait(DAY),
    creates(BY_MPESA),
    records(7, "RCB7"),
    sets_caps(per_order=0, per_day=0),
    creates(BY_MPESA),
    refused("payment is above the cap of an order", records(8, "RCB8")),
]

THE_ORACLE_RELAYS: Script = [
    creates_many(BY_MPESA, BY_MPESA, BY_MPESA, BY_DOT),
    records_many((1, "RCC1"), (2, "RCC2"), (3, "RCC3")),
    pays(4),
    ships(1, by="oracle"),
    confirms(1, by="oracle"),
    ships(2, by="oracle"),
    disputes(2, by="oracle"),
    # what it relays never ends a dispute, and it judges nothing
    refused("order is not shipped", confirms(2, by="oracle")),
    refused("caller is not the arbiter", resolves(2, 5_000, by="oracle")),
    refused("caller is not the seller", refunds(2, by="oracle")),
    refused("caller is not a party", offers(2, 5_000, by="oracle")),
    refused("caller is neither party nor arbiter", Call("oracle", "add_evidence", (2, EVIDENCE))),
    confirms(2),
    # the parties may always speak for themselves
    ships(3),
    disputes(3),
    Call("seller", "add_evidence", (3, EVIDENCE)),
    resolves(3, 3_333),
    # for an order in DOT it relays nothing
    refused("caller is not the seller", ships(4, by="oracle")),
    ships(4),
    refused("caller is not the buyer", confirms(4, by="oracle")),
    refused("caller is not the buyer", disputes(4, by="oracle")),
]

PARTIES_SETTLE: Script = [
    creates_many(BY_DOT, BY_DOT, BY_DOT, BY_MPESA, BY_DOT),
    refused("order holds no payment", offers(1, 5_000, by="seller")),
    pays(1),
    refused("no open offer", accepts(1, 3_333, by="buyer")),
    offers(1, 9_000, by="seller"),
    refused("caller is the proposer", accepts(1, 9_000, by="seller")),
    refused("caller is not a party", accepts(1, 9_000, by="stranger")),
    refused("share is not the one offered", accepts(1, 8_999, by="buyer")),
    # the buyer's own offer takes the place of the seller's
    offers(1, 3_333, by="buyer"),
    refused("caller is the proposer", accepts(1, 9_000, by="buyer")),
    refused("share is not the one offered", accepts(1, 9_000, by="seller")),
    accepts(1, 3_333, by="seller"),
    refused("order holds no payment", offers(1, 0, by="buyer")),
    # an offer that has expired, one taken back, one that the order has left behind
    *to_shipped(2),
    offers(2, 7_000, by="buyer", valid_for_s=MINUTE),
    Wait(MINUTE),
    refused("offer has expired", accepts(2, 7_000, by="seller")),
    offers(2, 7_001, by="buyer"),
    refused("caller is not the proposer", Call("seller", "withdraw_settlement", (2,))),
    Call("buyer", "withdraw_settlement", (2,)),
    refused("no open offer", accepts(2, 7_001, by="seller")),
    offers(2, 7_002, by="seller"),
    disputes(2),
    refused("no open offer", accepts(2, 7_002, by="buyer")),
    offers(2, 1, by="buyer"),
    accepts(2, 1, by="seller"),
    # all to one side; and by M-Pesa, where only the events say who gets what
    *to_shipped(3),
    offers(3, 10_000, by="buyer"),
    accepts(3, 10_000, by="seller"),
    records(4, "RCD4"),
    offers(4, 5_555, by="seller"),
    accepts(4, 5_555, by="buyer"),
    pays(5),
    refused("share is above 100 percent", offers(5, 10_001, by="buyer")),
    refused("window is too short", offers(5, 5_000, by="buyer", valid_for_s=59)),
]

TIME_ENDS_MANY_AT_ONCE: Script = [
    creates_many(BY_DOT, BY_DOT, BY_DOT, BY_DOT, BY_MPESA, BY_MPESA),
    pays(2),
    *to_shipped(3),
    *to_disputed(4),
    records_many((5, "RCE5"), (6, "RCE6")),
    ships(6),
    disputes(6, by="oracle"),
    refused("nothing is due", settles(1, 2, 3, 4, 5, 6, 99)),
    Wait(14 * DAY),
    refused("time to pay is over", pays(1)),
    refused("time to ship is over", ships(5)),
    refused("time to dispute is over", disputes(3)),
    refused("time to decide is over", resolves(4, 0)),
    creates(BY_DOT),
    # expired, refunded, delivered, split as the terms say, and the same by M-Pesa; the seventh is not due yet
    settles(1, 2, 7, 3, 99, 4, 5, 6, 3),
    refused("nothing is due", settles(1, 2, 3, 4, 5, 6, 7)),
    Wait(29 * MINUTE),
    pays(7),
]

PAYEES_THAT_TAKE_NO_COIN: Script = [
    creates(seller="rejecting"),
    creates(seller="rejecting"),
    creates(seller="return_bomb"),
    creates(seller="gas_burning"),
    creates(seller="taking"),
    *[pays(order_id) for order_id in range(1, 6)],
    ships(1, by="rejecting"),
    ships(2, by="rejecting"),
    ships(3, by="return_bomb"),
    ships(4, by="gas_burning"),
    ships(5, by="taking"),
    # each order is over; those who took nothing have a credit, and the other party to a split has its part
    confirms(1),
    disputes(2),
    resolves(2, 5_000),
    confirms(3),
    confirms(4),
    confirms(5),
    refused("no credit", Call("taking", "withdraw")),
    # a credit stays until its owner says where else it should go, or takes it
    refused("recipient refused the coin", Call("rejecting", "withdraw")),
    refused("recipient refused the coin", Call("stranger", "withdraw_for", ("rejecting",))),
    refused("recipient refused the coin", Call("rejecting", "withdraw_to", ("return_bomb",))),
    refused("address is the escrow itself", Call("rejecting", "withdraw_to", ("escrow",))),
    refused("address is zero", Call("rejecting", "withdraw_to", ("nobody",))),
    Call("return_bomb", "withdraw_to", ("taking",)),
    Call("gas_burning", "withdraw_to", ("stranger",)),
    Opens("rejecting"),
    Call("stranger", "withdraw_for", ("rejecting",)),
    refused("no credit", Call("rejecting", "withdraw")),
    # such a seller may give back, too
    creates(seller="taking"),
    pays(6),
    Call("taking", "refund", (6,)),
    Call("treasury", "withdraw"),
    # several of them at once, who have credits already
    *[creates(seller=payee) for payee in ("gas_burning", "gas_burning", "return_bomb", "rejecting")],
    *[pays(order_id) for order_id in range(7, 11)],
    *[ships(order_id, by=by) for order_id, by in enumerate(("gas_burning", "gas_burning", "return_bomb"), start=7)],
    Wait(7 * DAY),
    settles(7, 8, 9, 10),
]

A_PAYEE_CALLS_BACK: Script = [
    Call("owner", "publish_terms", ("reentering", "arbiter", 1_000, 5_000, MINUTE, MINUTE, MINUTE, MINUTE)),
    creates(terms_id=2),
    creates(),
    *to_shipped(1),
    *to_shipped(2),
    confirms(1),
    confirms(2),
    # the lock is on while it is paid: there is nothing to be had by calling back
    Aims("reentering", "withdraw_for", ("treasury",)),
    Call("stranger", "withdraw_for", ("reentering",)),
    refused("no credit", Call("reentering", "withdraw")),
    Call("treasury", "withdraw"),
]

A_PAUSE_LEAVES_THE_WAYS_OUT_OPEN: Script = [
    creates_many(*[BY_DOT] * 8, BY_MPESA, BY_MPESA),
    *[pays(order_id) for order_id in range(3, 9)],
    *[ships(order_id) for order_id in range(4, 8)],
    disputes(5),
    confirms(6),
    records(9, "RCG9"),
    refused("caller is not guardian or owner", Call("operator", "pause")),
    Call("guardian", "pause"),
    refused("already paused", Call("owner", "pause")),
    # no new orders, no new money
    refused("new orders and payments are paused", creates()),
    refused("new orders and payments are paused", creates_many(BY_DOT, BY_MPESA)),
    refused("new orders and payments are paused", pays(1)),
    refused("new orders and payments are paused", records(10, "RCG10")),
    refused("new orders and payments are paused", records_many((10, "RCG10"))),
    # every way on and out
    cancels(2),
    ships(3),
    confirms(4),
    resolves(5, 4_000),
    offers(7, 2_500, by="buyer"),
    accepts(7, 2_500, by="seller"),
    refunds(8),
    ships(9, by="oracle"),
    Call("treasury", "withdraw"),
    refused("caller is not the owner", Call("guardian", "unpause")),
    Wait(7 * DAY),
    settles(1, 3, 9, 10),
    Call("owner", "unpause"),
    refused("not paused", Call("owner", "unpause")),
    creates(),
    pays(11),
]

OWNERSHIP_CHANGES_HANDS_IN_TWO_STEPS: Script = [
    refused("caller is not the owner", Call("stranger", "transfer_ownership", ("stranger",))),
    Call("owner", "transfer_ownership", ("stranger",)),
    # offered is not given
    refused("caller is not the owner", Call("stranger", "set_operator", ("stranger",))),
    refused("caller is not the pending owner", Call("guardian", "accept_ownership")),
    Call("owner", "set_guardian", ("arbiter",)),
    # taken back, and offered again
    Call("owner", "transfer_ownership", ("nobody",)),
    refused("caller is not the pending owner", Call("stranger", "accept_ownership")),
    Call("owner", "transfer_ownership", ("stranger",)),
    Call("stranger", "accept_ownership"),
    refused("caller is not the pending owner", Call("stranger", "accept_ownership")),
    refused("caller is not the owner", Call("owner", "set_operator", ("owner",))),
    refused("caller is not the owner", sets_caps(per_order=0, per_day=0)),
    # the new owner's word counts
    Call("stranger", "set_oracle", ("trader 0",)),
    Call("stranger", "set_operator", ("trader 1",)),
    Call("stranger", "publish_terms", ("treasury", "trader 2", 0, 10_000, MINUTE, MINUTE, MINUTE, MINUTE)),
    refused("caller is not the operator", creates(terms_id=2)),
    replace(creates(BY_MPESA, terms_id=2), by="trader 1"),
    refused("caller is not the oracle", records(1, "RCH1")),
    records(1, "RCH1", by="trader 0"),
    refused("caller is not guardian or owner", Call("guardian", "pause")),
    Call("arbiter", "pause"),
    Call("stranger", "unpause"),
]

SCENARIOS: dict[str, Script] = {
    "receipts count once": RECEIPTS_COUNT_ONCE,
    "caps bound the oracle": CAPS_BOUND_THE_ORACLE,
    "the oracle relays": THE_ORACLE_RELAYS,
    "parties settle": PARTIES_SETTLE,
    "time ends many at once": TIME_ENDS_MANY_AT_ONCE,
    "payees that take no coin": PAYEES_THAT_TAKE_NO_COIN,
    "a payee calls back": A_PAYEE_CALLS_BACK,
    "a pause leaves the ways out open": A_PAUSE_LEAVES_THE_WAYS_OUT_OPEN,
    "ownership changes hands in two steps": OWNERSHIP_CHANGES_HANDS_IN_TWO_STEPS,
}
