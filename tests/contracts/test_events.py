"""Events alone are enough to know every order, offer, receipt, credit, role and cap."""

from dataclasses import dataclass, field

from .world import (
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
    REFUNDED,
    RESOLVED,
    SHIPPED,
    ZERO,
    Event,
    Offer,
    Order,
    Roles,
    Terms,
    World,
    a_digest,
    artifact,
)

STATUS_AFTER = {
    "OrderFunded": FUNDED,
    "OrderShipped": SHIPPED,
    "OrderDelivered": DELIVERED,
    "OrderCancelled": CANCELLED,
    "OrderExpired": EXPIRED,
    "OrderRefunded": REFUNDED,
    "OrderDisputed": DISPUTED,
    "OrderResolved": RESOLVED,
}


@dataclass
class Rebuilt:
    """What somebody knows who has only read the events."""

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

    def reads(self, event: Event) -> None:
        self.seen.add(event.name)
        if event.name in STATUS_AFTER:
            self._moves(event)
        match event.name, event.fields:
            case "OrderCreated", new:
                known = {name: new[name] for name in Order._fields if name != "status"}
                self.orders[new["order_id"]] = Order(**known, status=CREATED)
            case "SettlementProposed", made:
                self.offers[made["order_id"]] = Offer(made["by"], made["seller_bps"], made["expiry"])
            case "SettlementWithdrawn", taken_back:
                del self.offers[taken_back["order_id"]]
            case "OffchainPaymentRecorded", recorded:
                self.receipts[recorded["receipt"]] = recorded["amount"]
            case (("OrderDisputed" | "EvidenceAdded"), shown):
                self.evidence.setdefault(shown["order_id"], []).append(shown["evidence"])
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

    def _moves(self, event: Event) -> None:
        """An order that moves leaves its offer behind; in a final status it has no deadline."""
        order_id = event.fields["order_id"]
        self.orders[order_id] = self.orders[order_id]._replace(
            status=STATUS_AFTER[event.name], deadline=event.fields.get("deadline", 0)
        )
        self.offers.pop(order_id, None)


def test_everything_can_be_rebuilt_from_events_alone() -> None:
    rebuilt = Rebuilt()
    world = World(on_event=rebuilt.reads)
    assert rebuilt.roles == world.roles()
    assert rebuilt.caps == tuple(world.view("oracle_caps"))
    rejecting = world.a_payee("rejecting")
    for payment_mode in MODES:
        for status in range(CREATED, RESOLVED + 1):
            world.an_order(status, payment_mode=payment_mode)
            world.an_order(status, payment_mode=payment_mode, seller=rejecting, buyer=world.stranger)
    world.does("create_orders", [world.a_new_order(amount=DOT * n) for n in (1, 2)], by=world.operator)
    evidence = [a_digest("evidence"), a_digest("a letter")]
    disputed = world.an_order(DISPUTED)
    world.does("add_evidence", disputed, evidence[1], by=world.seller)
    for status in (FUNDED, SHIPPED, DISPUTED):
        standing, lapsed, withdrawn, accepted = (world.an_order(status) for _ in range(4))
        for order_id in (standing, lapsed, withdrawn, accepted):
            world.does("propose_settlement", order_id, 4_000, DAY, by=world.buyer)
        world.does("refund", lapsed, by=world.seller)
        world.does("withdraw_settlement", withdrawn, by=world.buyer)
        world.does("accept_settlement", accepted, 4_000, by=world.seller)
    world.does("withdraw_to", world.seller, by=rejecting)
    world.does("set_operator", world.stranger, by=world.owner)
    world.does("set_oracle", world.buyer, by=world.owner)
    world.does("set_guardian", world.seller, by=world.owner)
    world.does("set_oracle_caps", 100, 200, by=world.owner)
    world.does("transfer_ownership", world.arbiter, by=world.owner)
    world.does("accept_ownership", by=world.arbiter)
    world.does("transfer_ownership", world.stranger, by=world.arbiter)
    world.does("pause", by=world.seller)
    world.does("unpause", by=world.arbiter)
    world.does("pause", by=world.arbiter)

    order_ids = range(1, world.view("next_order_id"))
    assert rebuilt.orders == dict(zip(order_ids, world.orders(list(order_ids)), strict=True))
    assert {order_id: rebuilt.offers.get(order_id, NO_OFFER) for order_id in order_ids} == {
        order_id: world.offer(order_id) for order_id in order_ids
    }
    assert len(rebuilt.offers) == 3
    assert rebuilt.terms == {terms_id: world.terms(terms_id) for terms_id in range(1, world.view("next_terms_id"))}
    assert {payee: world.credit(payee) for payee in rebuilt.credits_of} == rebuilt.credits_of
    assert sum(rebuilt.credits_of.values()) == world.totals()[1]
    assert all(world.view("receipt_used", receipt) for receipt in rebuilt.receipts)
    was_paid = [order for order in rebuilt.orders.values() if order.status not in (CREATED, CANCELLED, EXPIRED)]
    assert sum(rebuilt.receipts.values()) == sum(o.amount for o in was_paid if o.payment_mode == BY_MPESA)
    assert rebuilt.evidence[disputed] == evidence
    assert rebuilt.roles == world.roles()
    assert rebuilt.caps == tuple(world.view("oracle_caps"))
    assert rebuilt.is_paused is world.view("paused") is True
    assert rebuilt.seen == {entry["name"] for entry in artifact()["abi"] if entry["type"] == "event"}


def test_many_orders_are_read_at_once_in_the_order_asked_for(world: World) -> None:
    first, second = world.an_order(FUNDED), world.an_order(SHIPPED, amount=DOT)

    found = [Order(*order) for order in world.view("orders", [second, 99, first])]

    assert found == [world.order(second), NO_ORDER, world.order(first)]
