"""The ends of a paid order: delivered, refunded or settled after a deadline."""

import pytest

from .environment import Environment
from .values import CREATED, DELIVERED, DISPUTED, DOT, EXPIRED, FINAL, FUNDED, PLANCK, REFUNDED, SHIPPED


def test_confirming_pays_the_seller_and_credits_the_fee(environment: Environment) -> None:
    order_id = environment.an_order(SHIPPED, amount=10 * DOT)
    buyer_had, seller_had = environment.balance(environment.buyer), environment.balance(environment.seller)

    outcome = environment.execute("confirm_delivery", order_id, by=environment.buyer)

    fee, seller_amount = DOT // 4, 10 * DOT - DOT // 4
    order = environment.order(order_id)
    assert (order.status, order.deadline) == (DELIVERED, 0)
    assert outcome.event_names == ["OrderDelivered", "Credited", "PaidOut"]
    assert outcome.event("OrderDelivered") == {
        "order_id": order_id,
        "seller": environment.seller,
        "seller_amount": seller_amount,
        "fee": fee,
        "by": environment.buyer,
    }
    assert outcome.event("Credited") == {"order_id": order_id, "payee": environment.treasury, "amount": fee}
    assert outcome.event("PaidOut") == {"order_id": order_id, "payee": environment.seller, "amount": seller_amount}
    assert environment.balance(environment.seller) == seller_had + seller_amount
    assert environment.balance(environment.buyer) == buyer_had
    assert environment.credit(environment.treasury) == fee
    assert environment.totals() == (0, fee)
    assert environment.balance(environment.escrow) == fee


def test_confirming_is_open_after_the_deadline_until_somebody_settles(environment: Environment) -> None:
    order_id = environment.an_order(SHIPPED)
    environment.advance_to(environment.order(order_id).deadline + 1)

    environment.execute("confirm_delivery", order_id, by=environment.buyer)

    assert environment.status(order_id) == DELIVERED


def test_without_a_fee_the_seller_gets_it_all_and_no_credit_is_written(environment: Environment) -> None:
    order_id = environment.an_order(SHIPPED, amount=DOT, terms_id=environment.publish_terms(fee_bps=0))

    outcome = environment.execute("confirm_delivery", order_id, by=environment.buyer)

    assert outcome.event_names == ["OrderDelivered", "PaidOut"]
    assert outcome.event("PaidOut")["amount"] == DOT
    assert environment.totals() == (0, 0)


def test_a_fee_below_one_planck_is_none(environment: Environment) -> None:
    order_id = environment.an_order(SHIPPED, amount=PLANCK)

    outcome = environment.execute("confirm_delivery", order_id, by=environment.buyer)

    assert outcome.event("OrderDelivered")["fee"] == 0
    assert outcome.event("PaidOut")["amount"] == PLANCK


@pytest.mark.parametrize("status", [FUNDED, SHIPPED])
def test_the_seller_refunds_the_buyer_in_full(environment: Environment, status: int) -> None:
    order_id = environment.an_order(status, amount=10 * DOT)
    buyer_had, seller_had = environment.balance(environment.buyer), environment.balance(environment.seller)

    outcome = environment.execute("refund", order_id, by=environment.seller)

    order = environment.order(order_id)
    assert (order.status, order.deadline) == (REFUNDED, 0)
    assert outcome.event_names == ["OrderRefunded", "PaidOut"]
    assert outcome.event("OrderRefunded") == {
        "order_id": order_id,
        "buyer": environment.buyer,
        "amount": 10 * DOT,
        "by": environment.seller,
    }
    assert outcome.event("PaidOut") == {"order_id": order_id, "payee": environment.buyer, "amount": 10 * DOT}
    assert environment.balance(environment.buyer) == buyer_had + 10 * DOT
    assert environment.balance(environment.seller) == seller_had
    assert environment.credit(environment.treasury) == 0
    assert environment.totals() == (0, 0)


@pytest.mark.parametrize("status", [CREATED, FUNDED, SHIPPED])
def test_nothing_is_due_one_second_before_the_deadline(environment: Environment, status: int) -> None:
    order_id = environment.an_order(status)
    environment.advance_to(environment.order(order_id).deadline - 1)

    environment.assert_refused("escrow: nothing is due", "settle_expired", [order_id], by=environment.stranger)


def test_an_order_not_paid_in_time_expires(environment: Environment) -> None:
    order_id = environment.an_order()
    environment.advance_to(environment.order(order_id).deadline)

    outcome = environment.execute("settle_expired", [order_id], by=environment.stranger)

    order = environment.order(order_id)
    assert outcome.value == 1
    assert (order.status, order.deadline) == (EXPIRED, 0)
    assert outcome.event_names == ["OrderExpired"]
    assert outcome.event("OrderExpired") == {"order_id": order_id}
    assert environment.totals() == (0, 0)


def test_an_order_not_shipped_in_time_is_refunded_by_anybody(environment: Environment) -> None:
    order_id = environment.an_order(FUNDED, amount=DOT)
    buyer_had = environment.balance(environment.buyer)
    environment.advance_to(environment.order(order_id).deadline)

    outcome = environment.execute("settle_expired", [order_id], by=environment.stranger)

    assert environment.status(order_id) == REFUNDED
    assert outcome.event("OrderRefunded")["by"] == environment.stranger
    assert environment.balance(environment.buyer) == buyer_had + DOT
    assert environment.totals() == (0, 0)


def test_a_shipped_order_pays_the_seller_if_the_buyer_is_silent(environment: Environment) -> None:
    order_id = environment.an_order(SHIPPED, amount=10 * DOT)
    seller_had = environment.balance(environment.seller)
    environment.advance_to(environment.order(order_id).deadline)

    outcome = environment.execute("settle_expired", [order_id], by=environment.stranger)

    assert environment.status(order_id) == DELIVERED
    assert outcome.event("OrderDelivered")["by"] == environment.stranger
    assert environment.balance(environment.seller) == seller_had + 10 * DOT - DOT // 4
    assert environment.credit(environment.treasury) == DOT // 4


def test_a_batch_settles_what_is_due_and_skips_the_rest(environment: Environment) -> None:
    overdue = [environment.an_order(status) for status in (CREATED, FUNDED, SHIPPED)]
    over = [environment.an_order(DELIVERED), environment.an_order(REFUNDED)]
    environment.advance_to(environment.order(overdue[2]).deadline)
    young = environment.an_order(FUNDED)
    unknown = 99

    outcome = environment.execute(
        "settle_expired",
        [unknown, overdue[0], young, overdue[1], overdue[1], *over, overdue[2]],
        by=environment.stranger,
    )

    assert outcome.value == 3
    assert [environment.status(order_id) for order_id in overdue] == [EXPIRED, REFUNDED, DELIVERED]
    assert environment.status(young) == FUNDED
    assert [environment.status(order_id) for order_id in over] == [DELIVERED, REFUNDED]
    assert environment.totals() == (10 * DOT, 2 * DOT // 4)
    assert environment.is_balanced()


def test_a_batch_with_nothing_due_is_refused(environment: Environment) -> None:
    environment.an_order(FUNDED)

    environment.assert_refused("escrow: nothing is due", "settle_expired", [1, 2], by=environment.stranger)
    environment.assert_refused("escrow: nothing is due", "settle_expired", [], by=environment.stranger)


def test_fifty_orders_are_settled_at_once(environment: Environment) -> None:
    ids = [environment.an_order(SHIPPED, amount=DOT) for _ in range(50)]
    environment.advance_to(environment.order(ids[-1]).deadline)

    outcome = environment.execute("settle_expired", ids, by=environment.stranger)

    assert outcome.value == 50
    assert environment.totals()[0] == 0
    assert environment.is_balanced()


def test_fifty_one_orders_are_refused_and_none_is_settled(environment: Environment) -> None:
    order_id = environment.an_order(FUNDED)
    environment.advance_to(environment.order(order_id).deadline)

    environment.assert_refused("", "settle_expired", [order_id] * 51, by=environment.stranger)


def test_every_order_can_be_ended_during_a_pause(environment: Environment) -> None:
    cancelled, expired, shipped_late = environment.an_order(), environment.an_order(), environment.an_order(FUNDED)
    confirmed, refunded, silent = (environment.an_order(SHIPPED) for _ in range(3))
    decided, undecided = environment.an_order(DISPUTED), environment.an_order(DISPUTED)
    agreed, disputed = environment.an_order(SHIPPED), environment.an_order(SHIPPED)
    environment.execute("pause", by=environment.guardian)

    environment.execute("cancel_order", cancelled, by=environment.seller)
    environment.execute("mark_shipped", shipped_late, bytes(32), by=environment.seller)
    environment.execute("confirm_delivery", confirmed, by=environment.buyer)
    environment.execute("refund", refunded, by=environment.seller)
    environment.execute("raise_dispute", disputed, bytes(32), by=environment.buyer)
    environment.execute("add_evidence", disputed, bytes(32), by=environment.seller)
    environment.execute("resolve_dispute", decided, 1_000, by=environment.arbiter)
    environment.execute("propose_settlement", agreed, 2_000, 60, by=environment.seller)
    environment.execute("withdraw_settlement", agreed, by=environment.seller)
    environment.execute("propose_settlement", agreed, 3_000, 60, by=environment.seller)
    environment.execute("accept_settlement", agreed, 3_000, by=environment.buyer)
    environment.advance(30 * 86_400)
    environment.execute("settle_expired", [expired, silent, undecided, disputed, shipped_late], by=environment.stranger)
    environment.execute("withdraw", by=environment.treasury)

    assert all(order.status in FINAL for order in environment.orders(list(range(1, disputed + 1))))
    assert environment.totals() == (0, 0)
    assert environment.balance(environment.escrow) == 0
