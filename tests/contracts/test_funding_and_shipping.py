"""The buyer pays exactly, in time; the seller ships in time."""

import pytest

from .environment import Environment
from .values import CREATED, DAY, DOT, FUNDED, LARGEST_AMOUNT, SHIPPED, a_digest


def test_the_buyer_pays_and_the_money_waits(environment: Environment) -> None:
    order_id = environment.an_order(amount=7 * DOT)
    buyer_had, seller_had = environment.balance(environment.buyer), environment.balance(environment.seller)

    outcome = environment.execute("fund_order_dot", order_id, by=environment.buyer, value=7 * DOT)

    order = environment.order(order_id)
    assert (order.status, order.deadline) == (FUNDED, environment.now + 3 * DAY)
    assert outcome.event_names == ["OrderFunded"]
    assert outcome.event("OrderFunded") == {
        "order_id": order_id,
        "buyer": environment.buyer,
        "amount": 7 * DOT,
        "deadline": order.deadline,
    }
    assert environment.totals() == (7 * DOT, 0)
    assert environment.balance(environment.escrow) == 7 * DOT
    assert environment.balance(environment.buyer) == buyer_had - 7 * DOT
    assert environment.balance(environment.seller) == seller_had


@pytest.mark.parametrize("second", range(4))
def test_a_new_deadline_leaves_nothing_of_the_old_one(environment: Environment, second: int) -> None:
    """Whatever bits the old one had: from an odd second to an even one, and back."""
    order_id = environment.an_order()
    environment.advance(second)
    environment.execute("fund_order_dot", order_id, by=environment.buyer, value=10 * DOT)
    assert environment.order(order_id).deadline == environment.now + 3 * DAY
    environment.advance(1)

    environment.execute("mark_shipped", order_id, a_digest("parcel"), by=environment.seller)

    assert environment.order(order_id).deadline == environment.now + 12 * DAY
    environment.execute("confirm_delivery", order_id, by=environment.buyer)
    assert environment.order(order_id).deadline == 0


@pytest.mark.parametrize("paid", [0, 1, DOT - 1, DOT + 1, 2 * DOT])
def test_any_other_amount_is_refused(environment: Environment, paid: int) -> None:
    order_id = environment.an_order(amount=DOT)

    environment.assert_refused(
        "escrow: amount is not exact", "fund_order_dot", order_id, by=environment.buyer, value=paid
    )


def test_the_last_second_to_pay_is_the_one_before_the_deadline(environment: Environment) -> None:
    early, late = environment.an_order(), environment.an_order()

    environment.advance_to(environment.order(early).deadline - 1)
    environment.execute("fund_order_dot", early, by=environment.buyer, value=10 * DOT)
    environment.advance(1)

    environment.assert_refused(
        "escrow: time to pay is over", "fund_order_dot", late, by=environment.buyer, value=10 * DOT
    )


def test_an_order_is_paid_once(environment: Environment) -> None:
    order_id = environment.an_order(FUNDED)

    environment.assert_refused(
        "escrow: order is not awaiting payment", "fund_order_dot", order_id, by=environment.buyer, value=10 * DOT
    )


def test_coin_that_belongs_to_no_order_is_refused(environment: Environment) -> None:
    plain = environment.send(environment.escrow, b"", by=environment.stranger, value=DOT)
    with_unknown_call = environment.send(environment.escrow, b"what?", by=environment.stranger, value=DOT)

    assert plain.refusal == with_unknown_call.refusal == ""
    assert environment.balance(environment.escrow) == 0


@pytest.mark.parametrize("function", ["confirm_delivery", "refund"])
def test_coin_is_refused_where_none_is_due(environment: Environment, function: str) -> None:
    order_id = environment.an_order(SHIPPED)
    caller = environment.buyer if function == "confirm_delivery" else environment.seller

    environment.assert_refused("", function, order_id, by=caller, value=1)


def test_the_seller_ships_and_transit_begins_with_the_inspection_after_it(environment: Environment) -> None:
    order_id = environment.an_order(FUNDED)
    before = environment.state()
    environment.advance(DAY)

    outcome = environment.execute("mark_shipped", order_id, a_digest("parcel"), by=environment.seller)

    order = environment.order(order_id)
    assert (order.status, order.deadline) == (SHIPPED, environment.now + 5 * DAY + 7 * DAY)
    assert outcome.event_names == ["OrderShipped"]
    assert outcome.event("OrderShipped") == {
        "order_id": order_id,
        "seller": environment.seller,
        "tracking": a_digest("parcel"),
        "deadline": order.deadline,
        "by": environment.seller,
    }
    after = environment.state()
    assert [after[key] for key in ("totals", "balances")] == [before[key] for key in ("totals", "balances")]


def test_shipping_too_late_is_refused_and_the_buyers_refund_is_certain(environment: Environment) -> None:
    order_id = environment.an_order(FUNDED)
    environment.advance_to(environment.order(order_id).deadline)

    environment.assert_refused(
        "escrow: time to ship is over", "mark_shipped", order_id, a_digest("parcel"), by=environment.seller
    )


def test_the_last_second_to_ship_is_the_one_before_the_deadline(environment: Environment) -> None:
    order_id = environment.an_order(FUNDED)
    environment.advance_to(environment.order(order_id).deadline - 1)

    environment.execute("mark_shipped", order_id, a_digest("parcel"), by=environment.seller)

    assert environment.status(order_id) == SHIPPED


def test_orders_of_one_buyer_are_independent(environment: Environment) -> None:
    paid, unpaid = environment.an_order(), environment.an_order(amount=DOT)

    environment.execute("fund_order_dot", paid, by=environment.buyer, value=10 * DOT)

    assert environment.status(unpaid) == CREATED
    assert environment.totals() == (10 * DOT, 0)


def test_a_payment_above_the_limit_of_the_totals_is_refused(environment: Environment) -> None:
    order_id = environment.fill_totals()

    environment.assert_refused(
        "escrow: total is too large", "fund_order_dot", order_id, by=environment.buyer, value=LARGEST_AMOUNT
    )

    assert environment.totals() == (256 * LARGEST_AMOUNT, 0)
