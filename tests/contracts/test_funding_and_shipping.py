"""The buyer pays exactly, in time; the seller ships in time."""

import pytest

from .world import CREATED, DAY, DOT, FUNDED, SHIPPED, World, a_digest


def test_the_buyer_pays_and_the_money_waits(world: World) -> None:
    order_id = world.an_order(amount=7 * DOT)
    buyer_had, seller_had = world.balance(world.buyer), world.balance(world.seller)

    outcome = world.does("fund_order_dot", order_id, by=world.buyer, value=7 * DOT)

    order = world.order(order_id)
    assert (order.status, order.deadline) == (FUNDED, world.now + 3 * DAY)
    assert outcome.event_names == ["OrderFunded"]
    assert outcome.event("OrderFunded") == {
        "order_id": order_id,
        "buyer": world.buyer,
        "amount": 7 * DOT,
        "deadline": order.deadline,
    }
    assert world.totals() == (7 * DOT, 0)
    assert world.balance(world.escrow) == 7 * DOT
    assert world.balance(world.buyer) == buyer_had - 7 * DOT
    assert world.balance(world.seller) == seller_had


@pytest.mark.parametrize("second", range(4))
def test_a_new_deadline_leaves_nothing_of_the_old_one(world: World, second: int) -> None:
    """Whatever bits the old one had: from an odd second to an even one, and back."""
    order_id = world.an_order()
    world.waits(second)
    world.does("fund_order_dot", order_id, by=world.buyer, value=10 * DOT)
    assert world.order(order_id).deadline == world.now + 3 * DAY
    world.waits(1)

    world.does("mark_shipped", order_id, a_digest("parcel"), by=world.seller)

    assert world.order(order_id).deadline == world.now + 7 * DAY
    world.does("confirm_delivery", order_id, by=world.buyer)
    assert world.order(order_id).deadline == 0


@pytest.mark.parametrize("paid", [0, 1, DOT - 1, DOT + 1, 2 * DOT])
def test_any_other_amount_is_refused(world: World, paid: int) -> None:
    order_id = world.an_order(amount=DOT)

    world.refuses("escrow: amount is not exact", "fund_order_dot", order_id, by=world.buyer, value=paid)


def test_the_last_second_to_pay_is_the_one_before_the_deadline(world: World) -> None:
    early, late = world.an_order(), world.an_order()

    world.waits_until(world.order(early).deadline - 1)
    world.does("fund_order_dot", early, by=world.buyer, value=10 * DOT)
    world.waits(1)

    world.refuses("escrow: time to pay is over", "fund_order_dot", late, by=world.buyer, value=10 * DOT)


def test_an_order_is_paid_once(world: World) -> None:
    order_id = world.an_order(FUNDED)

    world.refuses("escrow: order is not awaiting payment", "fund_order_dot", order_id, by=world.buyer, value=10 * DOT)


def test_coin_that_belongs_to_no_order_is_refused(world: World) -> None:
    plain = world.send(world.escrow, b"", by=world.stranger, value=DOT)
    with_unknown_call = world.send(world.escrow, b"what?", by=world.stranger, value=DOT)

    assert plain.refusal == with_unknown_call.refusal == ""
    assert world.balance(world.escrow) == 0


@pytest.mark.parametrize("function", ["confirm_delivery", "refund"])
def test_coin_is_refused_where_none_is_due(world: World, function: str) -> None:
    order_id = world.an_order(SHIPPED)
    caller = world.buyer if function == "confirm_delivery" else world.seller

    world.refuses("", function, order_id, by=caller, value=1)


def test_the_seller_ships_and_the_time_to_inspect_begins(world: World) -> None:
    order_id = world.an_order(FUNDED)
    before = world.picture()
    world.waits(DAY)

    outcome = world.does("mark_shipped", order_id, a_digest("parcel"), by=world.seller)

    order = world.order(order_id)
    assert (order.status, order.deadline) == (SHIPPED, world.now + 7 * DAY)
    assert outcome.event_names == ["OrderShipped"]
    assert outcome.event("OrderShipped") == {
        "order_id": order_id,
        "seller": world.seller,
        "tracking": a_digest("parcel"),
        "deadline": order.deadline,
        "by": world.seller,
    }
    after = world.picture()
    assert [after[key] for key in ("totals", "balances")] == [before[key] for key in ("totals", "balances")]


def test_shipping_too_late_is_refused_and_the_buyers_refund_is_certain(world: World) -> None:
    order_id = world.an_order(FUNDED)
    world.waits_until(world.order(order_id).deadline)

    world.refuses("escrow: time to ship is over", "mark_shipped", order_id, a_digest("parcel"), by=world.seller)


def test_the_last_second_to_ship_is_the_one_before_the_deadline(world: World) -> None:
    order_id = world.an_order(FUNDED)
    world.waits_until(world.order(order_id).deadline - 1)

    world.does("mark_shipped", order_id, a_digest("parcel"), by=world.seller)

    assert world.status(order_id) == SHIPPED


def test_orders_of_one_buyer_do_not_touch_each_other(world: World) -> None:
    paid, unpaid = world.an_order(), world.an_order(amount=DOT)

    world.does("fund_order_dot", paid, by=world.buyer, value=10 * DOT)

    assert world.status(unpaid) == CREATED
    assert world.totals() == (10 * DOT, 0)


def test_the_books_take_no_more_than_their_words_can_count(world: World) -> None:
    largest = (2**96 - 1) // 10**8 * 10**8
    world.gives(world.buyer, 2**105)
    for _ in range(256):
        world.an_order(FUNDED, amount=largest)
    one_too_many = world.an_order(amount=largest)

    world.refuses("escrow: total is too large", "fund_order_dot", one_too_many, by=world.buyer, value=largest)

    assert world.totals() == (256 * largest, 0)
