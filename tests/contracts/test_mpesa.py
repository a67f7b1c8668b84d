"""Payments by M-Pesa: recorded by the oracle, each receipt once, below the caps; and no coin is ever moved."""

from typing import Any

import pytest

from .world import (
    BY_DOT,
    BY_MPESA,
    CREATED,
    DAY,
    DELIVERED,
    DISPUTED,
    FUNDED,
    REFUNDED,
    RESOLVED,
    SHILLING,
    SHIPPED,
    World,
    a_digest,
    parts_of,
)

PRICE = 2_500 * SHILLING


def test_a_recorded_payment_funds_the_order_and_moves_no_coin(world: World) -> None:
    order_id = world.an_order(payment_mode=BY_MPESA)
    before, receipt = world.picture(), a_digest("SLE8A1B2C3")
    assert world.view("receipt_used", receipt) is False

    outcome = world.does("record_offchain_payment", order_id, PRICE, receipt, by=world.oracle)

    deadline = world.now + 3 * DAY
    assert outcome.event_names == ["OffchainPaymentRecorded", "OrderFunded"]
    assert outcome.event("OffchainPaymentRecorded") == {"order_id": order_id, "receipt": receipt, "amount": PRICE}
    assert outcome.event("OrderFunded") == {
        "order_id": order_id,
        "buyer": world.buyer,
        "amount": PRICE,
        "deadline": deadline,
    }
    order = before["orders"][0]._replace(status=FUNDED, deadline=deadline)
    assert world.picture() == before | {"orders": [order], "caps": (world.per_order, world.per_day, PRICE)}
    assert world.view("receipt_used", receipt) is True


@pytest.mark.parametrize("amount", [0, SHILLING, PRICE - SHILLING, PRICE + 1, PRICE + SHILLING])
def test_any_other_amount_is_refused(world: World, amount: int) -> None:
    order_id = world.an_order(payment_mode=BY_MPESA)

    world.refuses(
        "escrow: amount is not exact",
        "record_offchain_payment",
        order_id,
        amount,
        world.a_receipt(),
        by=world.oracle,
    )


@pytest.mark.parametrize("amount", [1, 99, SHILLING + 1, 2_500 * SHILLING - 1])
def test_an_amount_with_cents_is_refused_since_mpesa_pays_whole_shillings(world: World, amount: int) -> None:
    new_order = world.a_new_order(payment_mode=BY_MPESA, amount=amount)

    world.refuses("escrow: amount is not in whole shillings", "create_order", *new_order, by=world.operator)
    world.refuses("escrow: amount is not in whole shillings", "create_orders", [new_order], by=world.operator)


@pytest.mark.parametrize("payment_mode", [2, 3, 255])
def test_there_is_no_third_way_to_pay(world: World, payment_mode: int) -> None:
    new_order = world.a_new_order(amount=10**18)

    world.refuses(
        "escrow: no such payment mode",
        "create_order",
        *new_order[:4],
        payment_mode,
        *new_order[5:],
        by=world.operator,
    )


def test_the_last_second_to_record_is_the_one_before_the_deadline(world: World) -> None:
    early, late = world.an_order(payment_mode=BY_MPESA), world.an_order(payment_mode=BY_MPESA)

    world.waits_until(world.order(early).deadline - 1)
    world.is_paid_for(early)
    world.waits(1)

    world.refuses(
        "escrow: time to pay is over", "record_offchain_payment", late, PRICE, world.a_receipt(), by=world.oracle
    )


def test_a_receipt_pays_for_one_order_only(world: World) -> None:
    first, second = world.an_order(payment_mode=BY_MPESA), world.an_order(payment_mode=BY_MPESA)
    receipt = world.a_receipt()
    world.does("record_offchain_payment", first, PRICE, receipt, by=world.oracle)

    reason = "escrow: receipt was used before"
    world.refuses(reason, "record_offchain_payment", second, PRICE, receipt, by=world.oracle)
    world.refuses(reason, "record_offchain_payments", [(second, PRICE, receipt)], by=world.oracle)


def test_a_refused_payment_leaves_its_receipt_unused(world: World) -> None:
    order_id, receipt = world.an_order(payment_mode=BY_MPESA), world.a_receipt()
    world.call("record_offchain_payment", order_id, PRICE - SHILLING, receipt, by=world.oracle)
    assert world.view("receipt_used", receipt) is False

    world.does("record_offchain_payment", order_id, PRICE, receipt, by=world.oracle)

    assert world.status(order_id) == FUNDED


def test_a_batch_records_each_payment_as_if_it_came_alone(world: World) -> None:
    amounts = [SHILLING * n for n in range(1, 51)]
    order_ids = [world.an_order(payment_mode=BY_MPESA, amount=amount) for amount in amounts]
    receipts = [world.a_receipt() for _ in order_ids]
    payments = list(zip(order_ids, amounts, receipts, strict=True))

    outcome = world.does("record_offchain_payments", payments, by=world.oracle)

    recorded = [event.fields for event in outcome.events if event.name == "OffchainPaymentRecorded"]
    assert [(one["order_id"], one["amount"], one["receipt"]) for one in recorded] == payments
    assert {order.status for order in world.orders(order_ids)} == {FUNDED}
    assert all(world.view("receipt_used", receipt) for receipt in receipts)
    assert world.view("recorded_today") == sum(amounts)
    assert world.totals() == (0, 0)


def test_a_batch_with_one_bad_payment_records_none(world: World) -> None:
    good, bad = world.an_order(payment_mode=BY_MPESA), world.an_order(payment_mode=BY_MPESA)
    receipt, other = world.a_receipt(), world.a_receipt()

    for reason, last in {
        "escrow: receipt was used before": (bad, PRICE, receipt),
        "escrow: order is not awaiting payment": (good, PRICE, other),
        "escrow: amount is not exact": (bad, PRICE - SHILLING, other),
        "escrow: no such order": (99, PRICE, other),
        "escrow: receipt is empty": (bad, PRICE, bytes(32)),
    }.items():
        world.refuses(reason, "record_offchain_payments", [(good, PRICE, receipt), last], by=world.oracle)

    assert world.view("receipt_used", receipt) is False


def test_an_empty_batch_changes_nothing(world: World) -> None:
    before = world.picture()

    world.does("record_offchain_payments", [], by=world.oracle)

    assert world.picture() == before


# --- caps ---


def test_nothing_can_be_recorded_before_the_owner_has_set_caps() -> None:
    world = World(sets_caps=False)
    order_id = world.an_order(payment_mode=BY_MPESA, amount=SHILLING)

    assert list(world.view("oracle_caps")) == [0, 0]
    world.refuses(
        "escrow: payment is above the cap of an order",
        "record_offchain_payment",
        order_id,
        SHILLING,
        world.a_receipt(),
        by=world.oracle,
    )


def test_the_owner_sets_the_caps(world: World) -> None:
    before = world.picture()

    outcome = world.does("set_oracle_caps", 300, 2**72 - 1, by=world.owner)

    assert outcome.event("OracleCapsChanged") == {"per_order": 300, "per_day": 2**72 - 1}
    assert world.picture() == before | {"caps": (300, 2**72 - 1, 0)}


@pytest.mark.parametrize("caps", [(2**72, 0), (0, 2**72), (2**256 - 1, 2**256 - 1)])
def test_a_cap_that_does_not_fit_its_field_is_refused(world: World, caps: tuple[int, int]) -> None:
    world.refuses("escrow: cap is too large", "set_oracle_caps", *caps, by=world.owner)


def test_a_payment_up_to_the_cap_of_an_order_is_taken_and_a_shilling_more_is_not(world: World) -> None:
    world.does("set_oracle_caps", PRICE, 10 * PRICE, by=world.owner)
    dear = world.an_order(payment_mode=BY_MPESA, amount=PRICE + SHILLING)

    world.is_paid_for(world.an_order(payment_mode=BY_MPESA, amount=PRICE))

    reason = "escrow: payment is above the cap of an order"
    world.refuses(reason, "record_offchain_payment", dear, PRICE + SHILLING, world.a_receipt(), by=world.oracle)


def test_payments_of_a_day_are_taken_up_to_the_cap_and_not_a_shilling_more(world: World) -> None:
    world.does("set_oracle_caps", PRICE, 2 * PRICE, by=world.owner)
    for _ in range(2):
        world.is_paid_for(world.an_order(payment_mode=BY_MPESA))
    one_more = world.an_order(payment_mode=BY_MPESA, amount=SHILLING)

    reason = "escrow: payment is above the cap of the day"
    world.refuses(reason, "record_offchain_payment", one_more, SHILLING, world.a_receipt(), by=world.oracle)
    assert world.view("recorded_today") == 2 * PRICE


def test_the_cap_of_the_day_is_held_within_a_batch(world: World) -> None:
    world.does("set_oracle_caps", PRICE, 2 * PRICE, by=world.owner)
    orders = [world.an_order(payment_mode=BY_MPESA) for _ in range(3)]
    payments = [(order_id, PRICE, world.a_receipt()) for order_id in orders]

    world.refuses("escrow: payment is above the cap of the day", "record_offchain_payments", payments, by=world.oracle)
    world.does("record_offchain_payments", payments[:2], by=world.oracle)


def test_a_new_day_begins_at_midnight_utc(world: World) -> None:
    world.does("set_oracle_caps", PRICE, PRICE, by=world.owner)
    midnight = (world.now // DAY + 1) * DAY
    world.waits_until(midnight - 2)
    first, second = world.an_order(payment_mode=BY_MPESA), world.an_order(payment_mode=BY_MPESA)
    world.is_paid_for(first)

    world.waits_until(midnight - 1)
    assert world.view("recorded_today") == PRICE
    reason = "escrow: payment is above the cap of the day"
    world.refuses(reason, "record_offchain_payment", second, PRICE, world.a_receipt(), by=world.oracle)

    world.waits_until(midnight)
    assert world.view("recorded_today") == 0
    world.is_paid_for(second)
    assert world.view("recorded_today") == PRICE


def test_new_caps_do_not_forget_what_was_recorded_today(world: World) -> None:
    world.is_paid_for(world.an_order(payment_mode=BY_MPESA))
    world.does("set_oracle_caps", PRICE, 2 * PRICE - SHILLING, by=world.owner)
    second = world.an_order(payment_mode=BY_MPESA)

    assert world.view("recorded_today") == PRICE
    reason = "escrow: payment is above the cap of the day"
    world.refuses(reason, "record_offchain_payment", second, PRICE, world.a_receipt(), by=world.oracle)
    assert list(world.view("oracle_caps")) == [PRICE, 2 * PRICE - SHILLING]


def test_a_payment_leaves_the_caps_as_they_are(world: World) -> None:
    world.does("set_oracle_caps", 2**72 - 1, 2**72 - 1, by=world.owner)
    largest = (2**72 - 1) // SHILLING * SHILLING

    world.is_paid_for(world.an_order(payment_mode=BY_MPESA, amount=largest))

    assert list(world.view("oracle_caps")) == [2**72 - 1, 2**72 - 1]
    assert world.view("recorded_today") == largest


# --- the oracle's relay ---

RELAYED: dict[str, tuple[int, list[Any], str, str]] = {
    "mark_shipped": (FUNDED, [a_digest("tracking")], "OrderShipped", "seller"),
    "confirm_delivery": (SHIPPED, [], "OrderDelivered", "seller"),
    "raise_dispute": (SHIPPED, [a_digest("evidence")], "OrderDisputed", "buyer"),
}


@pytest.mark.parametrize("function", RELAYED)
def test_the_oracle_relays_what_a_party_says_and_the_event_tells(world: World, function: str) -> None:
    status, args, event, party = RELAYED[function]
    in_person = world.an_order(status, payment_mode=BY_MPESA)
    relayed = world.an_order(status, payment_mode=BY_MPESA)
    speaker = world.seller if function == "mark_shipped" else world.buyer

    said = world.does(function, in_person, *args, by=speaker).event(event)
    told = world.does(function, relayed, *args, by=world.oracle).event(event)

    assert (said["by"], told["by"]) == (speaker, world.oracle)
    assert said[party] == told[party] == getattr(world, party)
    assert told == said | {"order_id": relayed, "by": world.oracle}
    assert world.order(relayed) == world.order(in_person)


@pytest.mark.parametrize("function", RELAYED)
def test_the_oracle_relays_nothing_for_an_order_in_dot(world: World, function: str) -> None:
    status, args, _, _ = RELAYED[function]
    speaker = "seller" if function == "mark_shipped" else "buyer"

    world.refuses(
        f"escrow: caller is not the {speaker}",
        function,
        world.an_order(status, payment_mode=BY_DOT),
        *args,
        by=world.oracle,
    )


def test_an_oracle_that_was_replaced_relays_and_records_nothing(world: World) -> None:
    created, funded = world.an_order(payment_mode=BY_MPESA), world.an_order(FUNDED, payment_mode=BY_MPESA)
    world.does("set_oracle", world.stranger, by=world.owner)

    world.refuses("escrow: caller is not the seller", "mark_shipped", funded, a_digest("t"), by=world.oracle)
    receipt = world.a_receipt()
    world.refuses(
        "escrow: caller is not the oracle", "record_offchain_payment", created, PRICE, receipt, by=world.oracle
    )
    world.does("mark_shipped", funded, a_digest("t"), by=world.stranger)
    world.does("record_offchain_payment", created, PRICE, receipt, by=world.stranger)


def test_a_relayed_confirmation_ends_no_dispute(world: World) -> None:
    order_id = world.an_order(DISPUTED, payment_mode=BY_MPESA)

    world.refuses("escrow: order is not shipped", "confirm_delivery", order_id, by=world.oracle)

    world.does("confirm_delivery", order_id, by=world.buyer)
    assert world.status(order_id) == DELIVERED


# --- endings ---


def test_every_ending_says_the_parts_and_pays_no_coin(world: World) -> None:
    world.forces_coin_in(10**18)  # there is coin that could be paid out by mistake
    delivered = world.an_order(SHIPPED, payment_mode=BY_MPESA)
    refunded = world.an_order(SHIPPED, payment_mode=BY_MPESA)
    resolved = world.an_order(DISPUTED, payment_mode=BY_MPESA)
    before = world.picture()

    outcomes = [
        world.does("confirm_delivery", delivered, by=world.buyer),
        world.does("refund", refunded, by=world.seller),
        world.does("resolve_dispute", resolved, 3_333, by=world.arbiter),
    ]

    assert [outcome.event_names for outcome in outcomes] == [["OrderDelivered"], ["OrderRefunded"], ["OrderResolved"]]
    fee = 62 * SHILLING  # 62.50, rounded down to whole shillings
    told = [outcome.events[0].fields for outcome in outcomes]
    assert (told[0]["seller_amount"], told[0]["fee"]) == (PRICE - fee, fee)
    assert told[1]["amount"] == PRICE
    parts = parts_of(PRICE, 3_333, 250, BY_MPESA)
    assert (told[2]["seller_amount"], told[2]["buyer_amount"], told[2]["fee"]) == parts
    assert parts == (813 * SHILLING, 1_667 * SHILLING, 20 * SHILLING)
    after = world.picture()
    assert [order.status for order in after["orders"]] == [DELIVERED, REFUNDED, RESOLVED]
    unchanged = ("balances", "credits", "totals")
    assert [after[name] for name in unchanged] == [before[name] for name in unchanged]


def test_orders_of_both_kinds_end_in_one_batch(world: World) -> None:
    order_ids = [world.an_order(SHIPPED, payment_mode=mode) for mode in (BY_MPESA, BY_DOT, BY_MPESA)]
    expired = world.an_order(CREATED, payment_mode=BY_MPESA)
    world.waits_until(world.order(order_ids[-1]).deadline)

    outcome = world.does("settle_expired", [*order_ids, expired], by=world.stranger)

    assert outcome.value == 4
    assert outcome.event_names == [
        *["OrderDelivered"],
        *["OrderDelivered", "Credited", "PaidOut"],
        *["OrderDelivered"],
        *["OrderExpired"],
    ]
    assert world.totals()[0] == 0
    assert world.books_agree()
