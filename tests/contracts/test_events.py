"""Events alone are enough to rebuild every order, offer, receipt, credit, role and cap."""

from dataclasses import dataclass, field

from .abi import Event, artifact
from .environment import Environment
from .values import (
    BY_MPESA,
    CANCELLED,
    CREATED,
    DAY,
    DELIVERED,
    DISPUTED,
    DOT,
    EXPIRED,
    FUNDED,
    MODES,
    NO_OFFER,
    NO_ORDER,
    RECEIVED,
    REFUNDED,
    RESOLVED,
    SHIPPED,
    ZERO,
    Offer,
    Order,
    Roles,
    Terms,
    a_digest,
)

STATUS_AFTER_EVENT = {
    "OrderFunded": FUNDED,
    "OrderShipped": SHIPPED,
    "OrderReceived": RECEIVED,
    "OrderDelivered": DELIVERED,
    "OrderCancelled": CANCELLED,
    "OrderExpired": EXPIRED,
    "OrderRefunded": REFUNDED,
    "OrderDisputed": DISPUTED,
    "OrderResolved": RESOLVED,
}


@dataclass
class EventReader:
    """Rebuild the contract's state from its events."""

    orders: dict[int, Order] = field(default_factory=dict)
    offers: dict[int, Offer] = field(default_factory=dict)
    terms: dict[int, Terms] = field(default_factory=dict)
    credits_of: dict[str, int] = field(default_factory=dict)
    receipts: dict[bytes, int] = field(default_factory=dict)
    evidence: dict[int, list[bytes]] = field(default_factory=dict)
    roles: Roles = field(default_factory=lambda: Roles(ZERO, ZERO, ZERO, ZERO, ZERO))
    caps: tuple[int, int] = (0, 0)
    is_paused: bool = False
    seen: set[str] = field(default_factory=set)

    def apply(self, event: Event) -> None:
        self.seen.add(event.name)
        if event.name in STATUS_AFTER_EVENT:
            self._set_status(event)
        match event.name, event.fields:
            case "OrderCreated", new:
                fields = {name: new[name] for name in Order._fields if name != "status"}
                self.orders[new["order_id"]] = Order(**fields, status=CREATED)
            case "TransitExtended", extended:
                order = self.orders[extended["order_id"]]
                self.orders[extended["order_id"]] = order._replace(deadline=extended["deadline"])
            case "SettlementProposed", proposal:
                self.offers[proposal["order_id"]] = Offer(proposal["by"], proposal["seller_bps"], proposal["expiry"])
            case "SettlementWithdrawn", withdrawn_offer:
                del self.offers[withdrawn_offer["order_id"]]
            case "OffchainPaymentRecorded", recorded:
                self.receipts[recorded["receipt"]] = recorded["amount"]
            case (("OrderDisputed" | "EvidenceAdded"), dispute):
                self.evidence.setdefault(dispute["order_id"], []).append(dispute["evidence"])
            case "TermsPublished", published:
                self.terms[published["terms_id"]] = Terms(**{name: published[name] for name in Terms._fields})
            case "Credited", credit:
                self.credits_of[credit["payee"]] = self.credits_of.get(credit["payee"], 0) + credit["amount"]
            case "Withdrawn", withdrawn:
                self.credits_of[withdrawn["payee"]] -= withdrawn["amount"]
            case "OracleCapsChanged", caps:
                self.caps = (caps["per_order"], caps["per_day"])
            case ("Paused" | "Unpaused") as name, _:
                self.is_paused = name == "Paused"
            case "OwnershipTransferStarted", started:
                self.roles = self.roles._replace(pending_owner=started["new_owner"])
            case "OwnershipTransferred", transferred:
                self.roles = self.roles._replace(owner=transferred["new_owner"], pending_owner=ZERO)
            case ("OperatorChanged" | "OracleChanged" | "GuardianChanged") as name, changed:
                role = name.removesuffix("Changed").lower()
                self.roles = self.roles._replace(**{role: changed[role]})

    def _set_status(self, event: Event) -> None:
        """Change the status, and drop the offer. An order in a final status has no deadline."""
        order_id = event.fields["order_id"]
        self.orders[order_id] = self.orders[order_id]._replace(
            status=STATUS_AFTER_EVENT[event.name], deadline=event.fields.get("deadline", 0)
        )
        self.offers.pop(order_id, None)


def test_everything_can_be_rebuilt_from_events_alone() -> None:
    rebuilt = EventReader()
    environment = Environment(on_event=rebuilt.apply)
    assert rebuilt.roles == environment.roles()
    assert rebuilt.caps == tuple(environment.view("oracle_caps"))
    rejecting = environment.a_payee("rejecting")
    for payment_mode in MODES:
        for status in range(CREATED, RECEIVED + 1):
            environment.an_order(status, payment_mode=payment_mode)
            environment.an_order(status, payment_mode=payment_mode, seller=rejecting, buyer=environment.stranger)
    environment.execute(
        "create_orders", [environment.a_new_order(amount=DOT * n) for n in (1, 2)], by=environment.operator
    )
    evidence = [a_digest("evidence"), a_digest("a letter")]
    disputed = environment.an_order(DISPUTED)
    environment.execute("add_evidence", disputed, evidence[1], by=environment.seller)
    environment.execute("extend_transit", environment.an_order(SHIPPED), by=environment.buyer)
    for status in (FUNDED, SHIPPED, RECEIVED, DISPUTED):
        open_offer, void, withdrawn, accepted = (environment.an_order(status) for _ in range(4))
        for order_id in (open_offer, void, withdrawn, accepted):
            environment.execute("propose_settlement", order_id, 4_000, DAY, by=environment.buyer)
        environment.execute("refund", void, by=environment.seller)
        environment.execute("withdraw_settlement", withdrawn, by=environment.buyer)
        environment.execute("accept_settlement", accepted, 4_000, by=environment.seller)
    environment.execute("withdraw_to", environment.seller, by=rejecting)
    environment.execute("set_operator", environment.stranger, by=environment.owner)
    environment.execute("set_oracle", environment.buyer, by=environment.owner)
    environment.execute("set_guardian", environment.seller, by=environment.owner)
    environment.execute("set_oracle_caps", 100, 200, by=environment.owner)
    environment.execute("transfer_ownership", environment.arbiter, by=environment.owner)
    environment.execute("accept_ownership", by=environment.arbiter)
    environment.execute("transfer_ownership", environment.stranger, by=environment.arbiter)
    environment.execute("pause", by=environment.seller)
    environment.execute("unpause", by=environment.arbiter)
    environment.execute("pause", by=environment.arbiter)

    order_ids = range(1, environment.view("next_order_id"))
    assert rebuilt.orders == dict(zip(order_ids, environment.orders(list(order_ids)), strict=True))
    assert {order_id: rebuilt.offers.get(order_id, NO_OFFER) for order_id in order_ids} == {
        order_id: environment.offer(order_id) for order_id in order_ids
    }
    assert len(rebuilt.offers) == 4
    assert rebuilt.terms == {
        terms_id: environment.terms(terms_id) for terms_id in range(1, environment.view("next_terms_id"))
    }
    assert {payee: environment.credit(payee) for payee in rebuilt.credits_of} == rebuilt.credits_of
    assert sum(rebuilt.credits_of.values()) == environment.totals()[1]
    assert all(environment.view("receipt_used", receipt) for receipt in rebuilt.receipts)
    was_paid = [order for order in rebuilt.orders.values() if order.status not in (CREATED, CANCELLED, EXPIRED)]
    assert sum(rebuilt.receipts.values()) == sum(o.amount for o in was_paid if o.payment_mode == BY_MPESA)
    assert rebuilt.evidence[disputed] == evidence
    assert rebuilt.roles == environment.roles()
    assert rebuilt.caps == tuple(environment.view("oracle_caps"))
    assert rebuilt.is_paused is environment.view("paused") is True
    assert rebuilt.seen == {entry["name"] for entry in artifact()["abi"] if entry["type"] == "event"}


def test_many_orders_are_read_at_once_in_the_order_asked_for(environment: Environment) -> None:
    first, second = environment.an_order(FUNDED), environment.an_order(SHIPPED, amount=DOT)

    found = [Order(*order) for order in environment.view("orders", [second, 99, first])]

    assert found == [environment.order(second), NO_ORDER, environment.order(first)]
