"""How an order that was paid ends: delivered, refunded, or settled by time."""

import pytest

from .world import CREATED, DELIVERED, DISPUTED, DOT, EXPIRED, FINAL, FUNDED, PLANCK, REFUNDED, SHIPPED, World


def test_confirming_pays_the_seller_and_credits_the_fee(world: World) -> None:
    order_id = world.an_order(SHIPPED, amount=10 * DOT)
    buyer_had, seller_had = world.balance(world.buyer), world.balance(world.seller)

    outcome = world.does("confirm_delivery", order_id, by=world.buyer)

    fee, seller_amount = DOT // 4, 10 * DOT - DOT // 4
    order = world.order(order_id)
    assert (order.status, order.deadline) == (DELIVERED, 0)
    assert outcome.event_names == ["OrderDelivered", "Credited", "PaidOut"]
    assert outcome.event("OrderDelivered") == {
        "order_id": order_id,
        "seller": world.seller,
        "seller_amount": seller_amount,
        "fee": fee,
        "by": world.buyer,
    }
    assert outcome.event("Credited") == {"order_id": order_id, "payee": world.treasury, "amount": fee}
    assert outcome.event("PaidOut") == {"order_id": order_id, "payee": world.seller, "amount": seller_amount}
    assert world.balance(world.seller) == seller_had + seller_amount
    assert world.balance(world.buyer) == buyer_had
    assert world.credit(world.treasury) == fee
    assert world.totals() == (0, fee)
    assert world.balance(world.escrow) == fee


def test_confirming_is_open_after_the_deadline_until_somebody_settles(world: World) -> None:
    order_id = world.an_order(SHIPPED)
    world.waits_until(world.order(order_id).deadline + 1)

    world.does("confirm_delivery", order_id, by=world.buyer)

    assert world.status(order_id) == DELIVERED


def test_without_a_fee_the_seller_gets_it_all_and_no_credit_is_written(world: World) -> None:
    order_id = world.an_order(SHIPPED, amount=DOT, terms_id=world.publishes_terms(fee_bps=0))

    outcome = world.does("confirm_delivery", order_id, by=world.buyer)

    assert outcome.event_names == ["OrderDelivered", "PaidOut"]
    assert outcome.event("PaidOut")["amount"] == DOT
    assert world.totals() == (0, 0)


def test_a_fee_below_one_planck_is_none(world: World) -> None:
    order_id = world.an_order(SHIPPED, amount=PLANCK)

    outcome = world.does("confirm_delivery", order_id, by=world.buyer)

    assert outcome.event("OrderDelivered")["fee"] == 0
    assert outcome.event("PaidOut")["amount"] == PLANCK


@pytest.mark.parametrize("status", [FUNDED, SHIPPED])
def test_the_seller_refunds_the_buyer_in_full(world: World, status: int) -> None:
    order_id = world.an_order(status, amount=10 * DOT)
    buyer_had, seller_had = world.balance(world.buyer), world.balance(world.seller)

    outcome = world.does("refund", order_id, by=world.seller)

    order = world.order(order_id)
    assert (order.status, order.deadline) == (REFUNDED, 0)
    assert outcome.event_names == ["OrderRefunded", "PaidOut"]
    assert outcome.event("OrderRefunded") == {
        "order_id": order_id,
        "buyer": world.buyer,
        "amount": 10 * DOT,
        "by": world.seller,
    }
    assert outcome.event("PaidOut") == {"order_id": order_id, "payee": world.buyer, "amount": 10 * DOT}
    assert world.balance(world.buyer) == buyer_had + 10 * DOT
    assert world.balance(world.seller) == seller_had
    assert world.credit(world.treasury) == 0
    assert world.totals() == (0, 0)


@pytest.mark.parametrize("status", [CREATED, FUNDED, SHIPPED])
def test_nothing_is_due_one_second_before_the_deadline(world: World, status: int) -> None:
    order_id = world.an_order(status)
    world.waits_until(world.order(order_id).deadline - 1)

    world.refuses("escrow: nothing is due", "settle_expired", [order_id], by=world.stranger)


def test_an_order_not_paid_in_time_expires(world: World) -> None:
    order_id = world.an_order()
    world.waits_until(world.order(order_id).deadline)

    outcome = world.does("settle_expired", [order_id], by=world.stranger)

    order = world.order(order_id)
    assert outcome.value == 1
    assert (order.status, order.deadline) == (EXPIRED, 0)
    assert outcome.event_names == ["OrderExpired"]
    assert outcome.event("OrderExpired") == {"order_id": order_id}
    assert world.totals() == (0, 0)


def test_an_order_not_shipped_in_time_is_refunded_by_anybody(world: World) -> None:
    order_id = world.an_order(FUNDED, amount=DOT)
    buyer_had = world.balance(world.buyer)
    world.waits_until(world.order(order_id).deadline)

    outcome = world.does("settle_expired", [order_id], by=world.stranger)

    assert world.status(order_id) == REFUNDED
    assert outcome.event("OrderRefunded")["by"] == world.stranger
    assert world.balance(world.buyer) == buyer_had + DOT
    assert world.totals() == (0, 0)


def test_a_silent_buyer_has_accepted(world: World) -> None:
    order_id = world.an_order(SHIPPED, amount=10 * DOT)
    seller_had = world.balance(world.seller)
    world.waits_until(world.order(order_id).deadline)

    outcome = world.does("settle_expired", [order_id], by=world.stranger)

    assert world.status(order_id) == DELIVERED
    assert outcome.event("OrderDelivered")["by"] == world.stranger
    assert world.balance(world.seller) == seller_had + 10 * DOT - DOT // 4
    assert world.credit(world.treasury) == DOT // 4


def test_a_batch_settles_what_is_due_and_skips_the_rest(world: World) -> None:
    overdue = [world.an_order(status) for status in (CREATED, FUNDED, SHIPPED)]
    over = [world.an_order(DELIVERED), world.an_order(REFUNDED)]
    world.waits_until(world.order(overdue[2]).deadline)
    young = world.an_order(FUNDED)
    unknown = 99

    outcome = world.does(
        "settle_expired", [unknown, overdue[0], young, overdue[1], overdue[1], *over, overdue[2]], by=world.stranger
    )

    assert outcome.value == 3
    assert [world.status(order_id) for order_id in overdue] == [EXPIRED, REFUNDED, DELIVERED]
    assert world.status(young) == FUNDED
    assert [world.status(order_id) for order_id in over] == [DELIVERED, REFUNDED]
    assert world.totals() == (10 * DOT, 2 * DOT // 4)
    assert world.books_agree()


def test_a_batch_with_nothing_due_says_so(world: World) -> None:
    world.an_order(FUNDED)

    world.refuses("escrow: nothing is due", "settle_expired", [1, 2], by=world.stranger)
    world.refuses("escrow: nothing is due", "settle_expired", [], by=world.stranger)


def test_fifty_orders_are_settled_at_once(world: World) -> None:
    ids = [world.an_order(SHIPPED, amount=DOT) for _ in range(50)]
    world.waits_until(world.order(ids[-1]).deadline)

    outcome = world.does("settle_expired", ids, by=world.stranger)

    assert outcome.value == 50
    assert world.totals()[0] == 0
    assert world.books_agree()


def test_fifty_one_orders_are_refused_and_none_is_settled(world: World) -> None:
    order_id = world.an_order(FUNDED)
    world.waits_until(world.order(order_id).deadline)

    world.refuses("", "settle_expired", [order_id] * 51, by=world.stranger)


def test_every_way_out_is_open_during_a_pause(world: World) -> None:
    cancelled, expired, shipped_late = world.an_order(), world.an_order(), world.an_order(FUNDED)
    confirmed, given_back, silent = (world.an_order(SHIPPED) for _ in range(3))
    decided, undecided = world.an_order(DISPUTED), world.an_order(DISPUTED)
    agreed, disputed = world.an_order(SHIPPED), world.an_order(SHIPPED)
    world.does("pause", by=world.guardian)

    world.does("cancel_order", cancelled, by=world.seller)
    world.does("mark_shipped", shipped_late, bytes(32), by=world.seller)
    world.does("confirm_delivery", confirmed, by=world.buyer)
    world.does("refund", given_back, by=world.seller)
    world.does("raise_dispute", disputed, bytes(32), by=world.buyer)
    world.does("add_evidence", disputed, bytes(32), by=world.seller)
    world.does("resolve_dispute", decided, 1_000, by=world.arbiter)
    world.does("propose_settlement", agreed, 2_000, 60, by=world.seller)
    world.does("withdraw_settlement", agreed, by=world.seller)
    world.does("propose_settlement", agreed, 3_000, 60, by=world.seller)
    world.does("accept_settlement", agreed, 3_000, by=world.buyer)
    world.waits(30 * 86_400)
    world.does("settle_expired", [expired, silent, undecided, disputed, shipped_late], by=world.stranger)
    world.does("withdraw", by=world.treasury)

    assert all(order.status in FINAL for order in world.orders(list(range(1, disputed + 1))))
    assert world.totals() == (0, 0)
    assert world.balance(world.escrow) == 0
