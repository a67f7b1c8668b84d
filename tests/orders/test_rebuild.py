"""The projection made anew from the log is the projection we have; where a row was changed by hand, it is named."""

import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import func, select, text, update

from descrow.accounts.sign_in import find_or_create_account
from descrow.app.demo.shop_client import ApiRefused
from descrow.chain.keys import Keypair
from descrow.contract.errors import ContractReverted
from descrow.contract.order_status import OrderStatus
from descrow.incidents.models import AuditEntry
from descrow.kernel.db import Sessions
from descrow.orders.models import Order, OrderTransition
from descrow.orders.rebuild import CORRECTION, LogIsEmpty, Rebuilt, rebuild, repair
from tests.dev_chain import set_head
from tests.market import PAST_EVERY_DEADLINE_S, Market
from tests.tampering import tamper_with_log, tamper_with_order, tamper_with_timeline

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


async def repair_all(market: Market, found: Rebuilt) -> None:
    async with market.sessions.begin() as session:
        await repair(
            session,
            {difference.order_id for difference in found.differences if difference.order_id is not None},
            actor="wambui",
            reason="a test",
        )


async def timeline(market: Market, order_id: int) -> list[OrderTransition]:
    async with market.sessions() as session:
        rows = await session.scalars(
            select(OrderTransition).where(OrderTransition.order_id == order_id).order_by(OrderTransition.id)
        )
        return list(rows)


def named(found: Rebuilt) -> list[tuple[int | None, str, object, object]]:
    return [(one.order_id, one.field, one.here, one.there) for one in found.differences]


async def test_orders_that_nobody_touched_are_as_the_log_makes_them(market: Market) -> None:
    await market.order_that_is(OrderStatus.SHIPPED)
    delivered = await market.order_that_is(OrderStatus.SHIPPED)
    await market.take_step(market.buyer, delivered, "confirm")
    await market.order()

    found = await rebuild(market.sessions)

    assert named(found) == []
    assert (found.orders, found.pending) == (3, 0)
    assert found.events == 3 + 4 + 1


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("status", OrderStatus.DELIVERED),
        ("deadline_at", None),
        ("deadline_at", LONG_AGO),
        ("tracking", "0x" + "ab" * 32),
        ("funded_at", LONG_AGO),
        ("shipped_at", None),
        ("delivered_at", LONG_AGO),
        ("ended_at", LONG_AGO),
        ("contract_order_id", None),
        ("contract_order_id", 77),
    ],
)
async def test_a_row_changed_by_hand_is_named_by_order_and_field_and_made_anew(
    market: Market, column: str, value: object
) -> None:
    order_id = await market.order_that_is(OrderStatus.SHIPPED)
    async with market.sessions() as session:
        true = getattr(await session.get_one(Order, order_id), column)
    await tamper_with_order(market, order_id, **{column: value})

    found = await rebuild(market.sessions)

    assert named(found) == [(order_id, column, value, true)]
    assert named(await rebuild(market.sessions)) == named(found), "looking changes nothing"
    await repair_all(market, found)
    assert named(await rebuild(market.sessions)) == []
    async with market.sessions() as session:
        assert getattr(await session.get_one(Order, order_id), column) == true


async def test_repairing_a_status_shows_in_the_timeline_the_audit_and_both_feeds(market: Market) -> None:
    order_id = await market.order_that_is(OrderStatus.SHIPPED)
    await tamper_with_order(market, order_id, status=OrderStatus.REFUNDED)

    await repair_all(market, await rebuild(market.sessions))

    last = (await timeline(market, order_id))[-1]
    assert (last.cause, last.status_before, last.status_after) == (CORRECTION, "refunded", "shipped")
    async with market.sessions() as session:
        [entry] = await session.scalars(select(AuditEntry))
    assert (entry.actor, entry.action, entry.subject, entry.reason) == (
        "wambui",
        "rebuild",
        f"order {order_id}",
        "a test",
    )
    assert entry.details == {"changed": {"status": ["refunded", "shipped"]}, "steps_added": []}
    for party in (market.buyer, market.seller):
        received = (await party.get("/api/v1/feed"))[-1]
        assert (received["name"], received["payload"]["status"], received["payload"]["corrected"]) == (
            "orderUpdate",
            "shipped",
            True,
        )


async def test_mending_what_agrees_changes_nothing(market: Market) -> None:
    order_id = await market.order_that_is(OrderStatus.SHIPPED)
    before = await market.buyer.get("/api/v1/feed")

    async with market.sessions.begin() as session:
        assert await repair(session, [order_id], actor="wambui", reason=None) == []

    assert await market.buyer.get("/api/v1/feed") == before
    async with market.sessions() as session:
        assert await session.scalar(select(func.count()).select_from(AuditEntry)) == 0


async def test_two_orders_that_hold_each_others_number_are_both_put_right(market: Market) -> None:
    first, second = await market.order_that_is(OrderStatus.SHIPPED), int((await market.order())["id"])
    await tamper_with_order(market, first, contract_order_id=None)
    await tamper_with_order(market, second, contract_order_id=1)
    await tamper_with_order(market, first, contract_order_id=2)

    found = await rebuild(market.sessions)
    await repair_all(market, found)

    assert named(found) == [(first, "contract_order_id", 2, 1), (second, "contract_order_id", 1, 2)]
    assert named(await rebuild(market.sessions)) == []


async def test_a_step_that_is_gone_from_the_timeline_is_written_again_as_a_correction(market: Market) -> None:
    order_id = await market.order_that_is(OrderStatus.SHIPPED)
    gone = (await timeline(market, order_id))[1]
    await tamper_with_timeline(market, "DELETE FROM order_transitions WHERE id = :id", id=gone.id)

    found = await rebuild(market.sessions)
    await repair_all(market, found)

    assert named(found) == [(order_id, "timeline", None, f"funded in block {gone.block_number}")]
    assert named(await rebuild(market.sessions)) == []
    again = (await timeline(market, order_id))[-1]
    assert (again.status_before, again.status_after, again.extrinsic_hash) == (
        "created",
        "funded",
        gone.extrinsic_hash,
    )
    assert again.cause == CORRECTION


@pytest.mark.parametrize(
    "changes",
    [{"block_hash": "0x" + "ee" * 32}, {"status_after": OrderStatus.REFUNDED}, {}],
    ids=["of a block we never read", "to another status", "told twice"],
)
async def test_a_step_that_the_log_does_not_tell_of_is_named_and_stays(market: Market, changes: dict[str, Any]) -> None:
    order_id = await market.order_that_is(OrderStatus.SHIPPED)
    true = (await timeline(market, order_id))[2]
    copied = {column.name: getattr(true, column.name) for column in OrderTransition.__table__.columns}
    del copied["id"]
    async with market.sessions.begin() as session:
        session.add(OrderTransition(**copied | changes))

    found = await rebuild(market.sessions)
    await repair_all(market, found)

    status = changes.get("status_after", "shipped")
    assert named(found) == [(order_id, "timeline", f"{status} in block {true.block_number}", None)]
    assert named(await rebuild(market.sessions)) == named(found)


async def test_events_that_still_wait_are_counted_and_are_no_difference(market: Market) -> None:
    order_id = await market.order_that_is(OrderStatus.SHIPPED)
    await market.contract.send(market.buyer.key, "confirm_delivery", 1)
    await market.indexer().catch_up()

    found = await rebuild(market.sessions)

    assert named(found) == []
    assert found.pending == 3  # delivered, the fee credited, the seller paid
    assert (await market.seen(order_id))["status"] == "shipped"


async def test_events_that_make_no_sense_are_named_and_the_row_is_left_alone(market: Market) -> None:
    order_id = await market.order_that_is(OrderStatus.SHIPPED)
    await tamper_with_log(market, "OrderFunded", name="OrderDelivered")

    found = await rebuild(market.sessions)
    await repair_all(market, found)

    difference, step = found.differences
    assert (difference.order_id, difference.field, difference.here) == (order_id, "log", "shipped")
    assert (step.field, step.there) == ("timeline", None)
    assert "the order is created, which cannot become delivered" in str(difference.there)
    assert (await market.seen(order_id))["status"] == "shipped"


async def test_an_order_the_log_never_made_is_new_whatever_its_row_says(market: Market) -> None:
    await market.follow()
    order_id = await market.place_order()
    await tamper_with_order(market, order_id, status=OrderStatus.FUNDED, contract_order_id=5)

    found = await rebuild(market.sessions)

    assert named(found) == [
        (order_id, "contract_order_id", 5, None),
        (order_id, "status", "funded", "created"),
    ]


async def test_nothing_is_made_anew_from_an_empty_log(sessions: Sessions) -> None:
    with pytest.raises(LogIsEmpty):
        await rebuild(sessions)


# --- whatever happens in the market ---


async def step_back(market: Market) -> None:
    """The chain gives up its newest two blocks, which had been final, for one that is empty."""
    await set_head(market.chain, -2)
    await market.travel(seconds=5)
    await market.follow()
    await market.due_again()
    await market.work()


@pytest.mark.parametrize("seed", range(4))
async def test_after_any_moves_in_any_order_the_log_makes_the_very_same_orders(market: Market, seed: int) -> None:
    chance = random.Random(seed)
    product = await market.product(stock=50)
    orders = [int((await market.order(product_id=product["id"]))["id"])]

    async def begin_another() -> None:
        orders.append(int((await market.order(product_id=product["id"]))["id"]))

    async def let_time_pass() -> None:
        await market.travel(seconds=PAST_EVERY_DEADLINE_S)
        order_id = chance.choice(orders)
        if (await market.seen(order_id))["contractOrderId"] is not None:
            await market.settle_as_stranger(order_id)

    transitions: list[Callable[[], Awaitable[None]]] = [
        begin_another,
        lambda: market.pay(chance.choice(orders)),
        lambda: market.pay(orders[-1]),
        lambda: market.take_step(market.seller, orders[-1], "ship"),
        lambda: market.take_step(market.seller, chance.choice(orders), "ship"),
        lambda: market.take_step(market.buyer, chance.choice(orders), "confirm"),
        lambda: market.take_step(market.seller, chance.choice(orders), "refund"),
        let_time_pass,
        lambda: step_back(market),
    ]

    for _ in range(40):
        with suppress(ApiRefused, ContractReverted):  # not every move fits; those that do not change nothing
            await chance.choice(transitions)()
        found = await rebuild(market.sessions)
        assert named(found) == [], f"seed {seed}, orders {orders}"

    assert found.orders == len(orders)


# --- many orders ---

MANY = 10_000

_BULK = """
INSERT INTO chain_blocks (hash, number, parent_hash, finality, produced_at, recorded_at)
SELECT 'block ' || n, n, 'block ' || n - 1, 'finalized', :at, :at FROM generate_series(1, 4) n;

INSERT INTO orders (reference, product_id, buyer_id, seller_id, amount_planck, fee_bps, terms_id, payment_method,
                    delivery_address, created_at, contract_order_id, status, tracking, funded_at, shipped_at,
                    delivered_at, ended_at)
SELECT gen_random_uuid(), :product, :buyer, :seller, 100, 100, 1, 'dot', 'Moi Avenue', :at, n, 'delivered', '0x01',
       :at, :at, :at, :at
FROM generate_series(1, :many) n;

INSERT INTO chain_events (block_hash, event_index, block_number, finality, name, contract_order_id, arguments,
                          happened_at, applied_at, attempt_count)
SELECT 'block ' || step.block, orders.contract_order_id, step.block, 'finalized', step.name, orders.contract_order_id,
       CASE step.block
           WHEN 1 THEN jsonb_build_object(
               'reference', '0x' || replace(reference::text, '-', '') || repeat('0', 32), 'deadline', '1')
           WHEN 4 THEN jsonb_build_object('by', '0x00')
           ELSE jsonb_build_object('deadline', '1', 'tracking', '0x01')
       END,
       :at, :at, 0
FROM orders, (VALUES (1, 'OrderCreated'), (2, 'OrderFunded'), (3, 'OrderShipped'), (4, 'OrderDelivered'))
             AS step(block, name);

INSERT INTO order_transitions (order_id, status_before, status_after, cause, details, block_number, block_hash,
                               event_index, happened_at, recorded_at)
SELECT orders.id, step.before, step.after, step.name, '{}', step.block, 'block ' || step.block,
       orders.contract_order_id, :at, :at
FROM orders, (VALUES (1, 'OrderCreated', NULL, 'created'), (2, 'OrderFunded', 'created', 'funded'),
                     (3, 'OrderShipped', 'funded', 'shipped'), (4, 'OrderDelivered', 'shipped', 'delivered'))
             AS step(block, name, before, after);
"""


async def test_ten_thousand_orders_are_all_compared_and_the_wrong_ones_all_found(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        buyer = await find_or_create_account(session, Keypair.from_uri("//Wanjiru").public_key)
        seller = await find_or_create_account(session, Keypair.from_uri("//Otieno").public_key)
        product = await session.scalar(
            text(
                "INSERT INTO products (seller_id, title, description, category, price_planck, stock, created_at)"
                " VALUES (:seller, '', '', 'home', 100, 1, :at) RETURNING id"
            ),
            {"seller": seller.id, "at": LONG_AGO},
        )
        known = {"at": LONG_AGO, "buyer": buyer.id, "seller": seller.id, "product": product, "many": MANY}
        for statement in _BULK.split(";\n")[:-1]:
            await session.execute(text(statement), known)
    assert named(await rebuild(sessions)) == []
    wrong = {7, MANY // 2, MANY}
    async with sessions.begin() as session:
        await session.execute(update(Order).where(Order.contract_order_id.in_(wrong)).values(tracking=None))

    found = await rebuild(sessions)

    assert (found.orders, found.events) == (MANY, 4 * MANY)
    assert {difference.contract_order_id for difference in found.differences} == wrong
    assert {(difference.field, difference.there) for difference in found.differences} == {("tracking", "0x01")}
