"""Payments by M-Pesa: recorded by the oracle, each receipt once, within the caps, without moving coin."""

from typing import Any

import pytest

from .environment import Environment
from .values import (
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
    a_digest,
    split_amount,
)

PRICE = 2_500 * SHILLING


def test_a_recorded_payment_funds_the_order_and_moves_no_coin(environment: Environment) -> None:
    order_id = environment.an_order(payment_mode=BY_MPESA)
    before, receipt = environment.state(), a_digest("SLE8A1B2C3")
    assert environment.view("receipt_used", receipt) is False

    outcome = environment.execute("record_offchain_payment", order_id, PRICE, receipt, by=environment.oracle)

    deadline = environment.now + 3 * DAY
    assert outcome.event_names == ["OffchainPaymentRecorded", "OrderFunded"]
    assert outcome.event("OffchainPaymentRecorded") == {"order_id": order_id, "receipt": receipt, "amount": PRICE}
    assert outcome.event("OrderFunded") == {
        "order_id": order_id,
        "buyer": environment.buyer,
        "amount": PRICE,
        "deadline": deadline,
    }
    order = before["orders"][0]._replace(status=FUNDED, deadline=deadline)
    assert environment.state() == before | {
        "orders": [order],
        "caps": (environment.per_order, environment.per_day, PRICE),
    }
    assert environment.view("receipt_used", receipt) is True


@pytest.mark.parametrize("amount", [0, SHILLING, PRICE - SHILLING, PRICE + 1, PRICE + SHILLING])
def test_any_other_amount_is_refused(environment: Environment, amount: int) -> None:
    order_id = environment.an_order(payment_mode=BY_MPESA)

    environment.assert_refused(
        "escrow: amount is not exact",
        "record_offchain_payment",
        order_id,
        amount,
        environment.a_receipt(),
        by=environment.oracle,
    )


@pytest.mark.parametrize("amount", [1, 99, SHILLING + 1, 2_500 * SHILLING - 1])
def test_an_amount_with_cents_is_refused_since_mpesa_pays_whole_shillings(
    environment: Environment, amount: int
) -> None:
    new_order = environment.a_new_order(payment_mode=BY_MPESA, amount=amount)

    environment.assert_refused(
        "escrow: amount is not in whole shillings", "create_order", *new_order, by=environment.operator
    )
    environment.assert_refused(
        "escrow: amount is not in whole shillings", "create_orders", [new_order], by=environment.operator
    )


@pytest.mark.parametrize("payment_mode", [2, 3, 255])
def test_a_third_payment_mode_is_refused(environment: Environment, payment_mode: int) -> None:
    new_order = environment.a_new_order(amount=10**18)

    environment.assert_refused(
        "escrow: no such payment mode",
        "create_order",
        *new_order[:4],
        payment_mode,
        *new_order[5:],
        by=environment.operator,
    )


def test_the_last_second_to_record_is_the_one_before_the_deadline(environment: Environment) -> None:
    early, late = environment.an_order(payment_mode=BY_MPESA), environment.an_order(payment_mode=BY_MPESA)

    environment.advance_to(environment.order(early).deadline - 1)
    environment.pay_for(early)
    environment.advance(1)

    environment.assert_refused(
        "escrow: time to pay is over",
        "record_offchain_payment",
        late,
        PRICE,
        environment.a_receipt(),
        by=environment.oracle,
    )


def test_a_receipt_pays_for_one_order_only(environment: Environment) -> None:
    first, second = environment.an_order(payment_mode=BY_MPESA), environment.an_order(payment_mode=BY_MPESA)
    receipt = environment.a_receipt()
    environment.execute("record_offchain_payment", first, PRICE, receipt, by=environment.oracle)

    reason = "escrow: receipt was used before"
    environment.assert_refused(reason, "record_offchain_payment", second, PRICE, receipt, by=environment.oracle)
    environment.assert_refused(reason, "record_offchain_payments", [(second, PRICE, receipt)], by=environment.oracle)


def test_a_refused_payment_leaves_its_receipt_unused(environment: Environment) -> None:
    order_id, receipt = environment.an_order(payment_mode=BY_MPESA), environment.a_receipt()
    environment.call("record_offchain_payment", order_id, PRICE - SHILLING, receipt, by=environment.oracle)
    assert environment.view("receipt_used", receipt) is False

    environment.execute("record_offchain_payment", order_id, PRICE, receipt, by=environment.oracle)

    assert environment.status(order_id) == FUNDED


def test_a_batch_records_each_payment_as_if_it_came_alone(environment: Environment) -> None:
    amounts = [SHILLING * n for n in range(1, 51)]
    order_ids = [environment.an_order(payment_mode=BY_MPESA, amount=amount) for amount in amounts]
    receipts = [environment.a_receipt() for _ in order_ids]
    payments = list(zip(order_ids, amounts, receipts, strict=True))

    outcome = environment.execute("record_offchain_payments", payments, by=environment.oracle)

    recorded = [event.fields for event in outcome.events if event.name == "OffchainPaymentRecorded"]
    assert [(one["order_id"], one["amount"], one["receipt"]) for one in recorded] == payments
    assert {order.status for order in environment.orders(order_ids)} == {FUNDED}
    assert all(environment.view("receipt_used", receipt) for receipt in receipts)
    assert environment.view("recorded_today") == sum(amounts)
    assert environment.totals() == (0, 0)


def test_a_batch_with_one_bad_payment_records_none(environment: Environment) -> None:
    good, bad = environment.an_order(payment_mode=BY_MPESA), environment.an_order(payment_mode=BY_MPESA)
    receipt, other = environment.a_receipt(), environment.a_receipt()

    for reason, last in {
        "escrow: receipt was used before": (bad, PRICE, receipt),
        "escrow: order is not awaiting payment": (good, PRICE, other),
        "escrow: amount is not exact": (bad, PRICE - SHILLING, other),
        "escrow: no such order": (99, PRICE, other),
        "escrow: receipt is empty": (bad, PRICE, bytes(32)),
    }.items():
        environment.assert_refused(
            reason, "record_offchain_payments", [(good, PRICE, receipt), last], by=environment.oracle
        )

    assert environment.view("receipt_used", receipt) is False


def test_an_empty_batch_changes_nothing(environment: Environment) -> None:
    before = environment.state()

    environment.execute("record_offchain_payments", [], by=environment.oracle)

    assert environment.state() == before


# --- caps ---


def test_nothing_can_be_recorded_before_the_owner_has_set_caps() -> None:
    environment = Environment(sets_caps=False)
    order_id = environment.an_order(payment_mode=BY_MPESA, amount=SHILLING)

    assert list(environment.view("oracle_caps")) == [0, 0]
    environment.assert_refused(
        "escrow: payment is above the cap of an order",
        "record_offchain_payment",
        order_id,
        SHILLING,
        environment.a_receipt(),
        by=environment.oracle,
    )


def test_the_owner_sets_the_caps(environment: Environment) -> None:
    before = environment.state()

    outcome = environment.execute("set_oracle_caps", 300, 2**72 - 1, by=environment.owner)

    assert outcome.event("OracleCapsChanged") == {"per_order": 300, "per_day": 2**72 - 1}
    assert environment.state() == before | {"caps": (300, 2**72 - 1, 0)}


@pytest.mark.parametrize("caps", [(2**72, 0), (0, 2**72), (2**256 - 1, 2**256 - 1)])
def test_a_cap_that_does_not_fit_its_field_is_refused(environment: Environment, caps: tuple[int, int]) -> None:
    environment.assert_refused("escrow: cap is too large", "set_oracle_caps", *caps, by=environment.owner)


def test_a_payment_up_to_the_cap_of_an_order_is_taken_and_a_shilling_more_is_not(environment: Environment) -> None:
    environment.execute("set_oracle_caps", PRICE, 10 * PRICE, by=environment.owner)
    dear = environment.an_order(payment_mode=BY_MPESA, amount=PRICE + SHILLING)

    environment.pay_for(environment.an_order(payment_mode=BY_MPESA, amount=PRICE))

    reason = "escrow: payment is above the cap of an order"
    environment.assert_refused(
        reason, "record_offchain_payment", dear, PRICE + SHILLING, environment.a_receipt(), by=environment.oracle
    )


def test_payments_of_a_day_are_taken_up_to_the_cap_and_not_a_shilling_more(environment: Environment) -> None:
    environment.execute("set_oracle_caps", PRICE, 2 * PRICE, by=environment.owner)
    for _ in range(2):
        environment.pay_for(environment.an_order(payment_mode=BY_MPESA))
    one_more = environment.an_order(payment_mode=BY_MPESA, amount=SHILLING)

    reason = "escrow: payment is above the cap of the day"
    environment.assert_refused(
        reason, "record_offchain_payment", one_more, SHILLING, environment.a_receipt(), by=environment.oracle
    )
    assert environment.view("recorded_today") == 2 * PRICE


def test_the_cap_of_the_day_is_held_within_a_batch(environment: Environment) -> None:
    environment.execute("set_oracle_caps", PRICE, 2 * PRICE, by=environment.owner)
    orders = [environment.an_order(payment_mode=BY_MPESA) for _ in range(3)]
    payments = [(order_id, PRICE, environment.a_receipt()) for order_id in orders]

    environment.assert_refused(
        "escrow: payment is above the cap of the day", "record_offchain_payments", payments, by=environment.oracle
    )
    environment.execute("record_offchain_payments", payments[:2], by=environment.oracle)


def test_a_new_day_begins_at_midnight_utc(environment: Environment) -> None:
    environment.execute("set_oracle_caps", PRICE, PRICE, by=environment.owner)
    midnight = (environment.now // DAY + 1) * DAY
    environment.advance_to(midnight - 2)
    first, second = environment.an_order(payment_mode=BY_MPESA), environment.an_order(payment_mode=BY_MPESA)
    environment.pay_for(first)

    environment.advance_to(midnight - 1)
    assert environment.view("recorded_today") == PRICE
    reason = "escrow: payment is above the cap of the day"
    environment.assert_refused(
        reason, "record_offchain_payment", second, PRICE, environment.a_receipt(), by=environment.oracle
    )

    environment.advance_to(midnight)
    assert environment.view("recorded_today") == 0
    environment.pay_for(second)
    assert environment.view("recorded_today") == PRICE


def test_new_caps_do_not_forget_what_was_recorded_today(environment: Environment) -> None:
    environment.pay_for(environment.an_order(payment_mode=BY_MPESA))
    environment.execute("set_oracle_caps", PRICE, 2 * PRICE - SHILLING, by=environment.owner)
    second = environment.an_order(payment_mode=BY_MPESA)

    assert environment.view("recorded_today") == PRICE
    reason = "escrow: payment is above the cap of the day"
    environment.assert_refused(
        reason, "record_offchain_payment", second, PRICE, environment.a_receipt(), by=environment.oracle
    )
    assert list(environment.view("oracle_caps")) == [PRICE, 2 * PRICE - SHILLING]


def test_a_payment_leaves_the_caps_as_they_are(environment: Environment) -> None:
    environment.execute("set_oracle_caps", 2**72 - 1, 2**72 - 1, by=environment.owner)
    largest = (2**72 - 1) // SHILLING * SHILLING

    environment.pay_for(environment.an_order(payment_mode=BY_MPESA, amount=largest))

    assert list(environment.view("oracle_caps")) == [2**72 - 1, 2**72 - 1]
    assert environment.view("recorded_today") == largest


# --- the oracle's relay ---

RELAYED: dict[str, tuple[int, list[Any], str, str]] = {
    "mark_shipped": (FUNDED, [a_digest("tracking")], "OrderShipped", "seller"),
    "confirm_delivery": (SHIPPED, [], "OrderDelivered", "seller"),
    "raise_dispute": (SHIPPED, [a_digest("evidence")], "OrderDisputed", "buyer"),
}


@pytest.mark.parametrize("function", RELAYED)
def test_the_oracle_acts_for_a_party_and_the_event_names_it(environment: Environment, function: str) -> None:
    status, args, event, party = RELAYED[function]
    in_person = environment.an_order(status, payment_mode=BY_MPESA)
    relayed = environment.an_order(status, payment_mode=BY_MPESA)
    speaker = environment.seller if function == "mark_shipped" else environment.buyer

    in_person_event = environment.execute(function, in_person, *args, by=speaker).event(event)
    relayed_event = environment.execute(function, relayed, *args, by=environment.oracle).event(event)

    assert (in_person_event["by"], relayed_event["by"]) == (speaker, environment.oracle)
    assert in_person_event[party] == relayed_event[party] == getattr(environment, party)
    assert relayed_event == in_person_event | {"order_id": relayed, "by": environment.oracle}
    assert environment.order(relayed) == environment.order(in_person)


@pytest.mark.parametrize("function", RELAYED)
def test_the_oracle_relays_nothing_for_an_order_in_dot(environment: Environment, function: str) -> None:
    status, args, _, _ = RELAYED[function]
    speaker = "seller" if function == "mark_shipped" else "buyer"

    environment.assert_refused(
        f"escrow: caller is not the {speaker}",
        function,
        environment.an_order(status, payment_mode=BY_DOT),
        *args,
        by=environment.oracle,
    )


def test_an_oracle_that_was_replaced_relays_and_records_nothing(environment: Environment) -> None:
    created, funded = environment.an_order(payment_mode=BY_MPESA), environment.an_order(FUNDED, payment_mode=BY_MPESA)
    environment.execute("set_oracle", environment.stranger, by=environment.owner)

    environment.assert_refused(
        "escrow: caller is not the seller", "mark_shipped", funded, a_digest("t"), by=environment.oracle
    )
    receipt = environment.a_receipt()
    environment.assert_refused(
        "escrow: caller is not the oracle", "record_offchain_payment", created, PRICE, receipt, by=environment.oracle
    )
    environment.execute("mark_shipped", funded, a_digest("t"), by=environment.stranger)
    environment.execute("record_offchain_payment", created, PRICE, receipt, by=environment.stranger)


def test_a_relayed_confirmation_ends_no_dispute(environment: Environment) -> None:
    order_id = environment.an_order(DISPUTED, payment_mode=BY_MPESA)

    environment.assert_refused("escrow: order is not shipped", "confirm_delivery", order_id, by=environment.oracle)

    environment.execute("confirm_delivery", order_id, by=environment.buyer)
    assert environment.status(order_id) == DELIVERED


# --- endings ---


def test_every_final_event_states_the_parts_and_pays_no_coin(environment: Environment) -> None:
    environment.force_coin_in(10**18)  # there is coin that could be paid out by mistake
    delivered = environment.an_order(SHIPPED, payment_mode=BY_MPESA)
    refunded = environment.an_order(SHIPPED, payment_mode=BY_MPESA)
    resolved = environment.an_order(DISPUTED, payment_mode=BY_MPESA)
    before = environment.state()

    outcomes = [
        environment.execute("confirm_delivery", delivered, by=environment.buyer),
        environment.execute("refund", refunded, by=environment.seller),
        environment.execute("resolve_dispute", resolved, 3_333, by=environment.arbiter),
    ]

    assert [outcome.event_names for outcome in outcomes] == [["OrderDelivered"], ["OrderRefunded"], ["OrderResolved"]]
    fee = 62 * SHILLING  # 62.50, rounded down to whole shillings
    fields = [outcome.events[0].fields for outcome in outcomes]
    assert (fields[0]["seller_amount"], fields[0]["fee"]) == (PRICE - fee, fee)
    assert fields[1]["amount"] == PRICE
    parts = split_amount(PRICE, 3_333, 250, BY_MPESA)
    assert (fields[2]["seller_amount"], fields[2]["buyer_amount"], fields[2]["fee"]) == parts
    assert parts == (813 * SHILLING, 1_667 * SHILLING, 20 * SHILLING)
    after = environment.state()
    assert [order.status for order in after["orders"]] == [DELIVERED, REFUNDED, RESOLVED]
    unchanged = ("balances", "credits", "totals")
    assert [after[name] for name in unchanged] == [before[name] for name in unchanged]


def test_orders_of_both_kinds_end_in_one_batch(environment: Environment) -> None:
    order_ids = [environment.an_order(SHIPPED, payment_mode=mode) for mode in (BY_MPESA, BY_DOT, BY_MPESA)]
    expired = environment.an_order(CREATED, payment_mode=BY_MPESA)
    environment.advance_to(environment.order(order_ids[-1]).deadline)

    outcome = environment.execute("settle_expired", [*order_ids, expired], by=environment.stranger)

    assert outcome.value == 4
    assert outcome.event_names == [
        *["OrderDelivered"],
        *["OrderDelivered", "Credited", "PaidOut"],
        *["OrderDelivered"],
        *["OrderExpired"],
    ]
    assert environment.totals()[0] == 0
    assert environment.is_balanced()
