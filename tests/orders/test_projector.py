"""Events become orders once each and in order; one that cannot waits, and only its order waits with it."""

from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from descrow.contract.models import ChainEvent
from descrow.kernel.db import utc_now
from descrow.kernel.retry.policies import RetryPolicies, RetryPolicy
from descrow.orders import projector
from descrow.orders.models import Order
from descrow.orders.service import reference_of_word, reference_word
from tests.market import PRICE, Market
from tests.tampering import tamper_with_log


@pytest.fixture(autouse=True)
def time_for_one_try_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """However slow the machine is: what waits, waits longer than the test takes."""
    patient = RetryPolicies(chain_events=RetryPolicy(first_delay_s=600))
    monkeypatch.setattr(projector, "policies", lambda: patient)


async def waiting(market: Market) -> list[ChainEvent]:
    async with market.sessions() as session:
        return list(
            await session.scalars(
                select(ChainEvent)
                .where(ChainEvent.applied_at.is_(None), ChainEvent.contract_order_id.is_not(None))
                .order_by(ChainEvent.block_number, ChainEvent.event_index)
            )
        )


async def test_an_event_that_cannot_be_applied_holds_up_its_own_order_only(market: Market) -> None:
    await market.create_stray_order()

    order = await market.order()
    await market.pay(order["id"])

    assert (await market.seen(order["id"]))["status"] == "funded"
    [poisoned] = await waiting(market)
    assert poisoned.name == "OrderCreated"
    assert poisoned.attempt_count == 1
    assert poisoned.next_attempt_at is not None
    assert poisoned.last_error is not None
    assert "no order of ours has reference" in poisoned.last_error


async def test_later_events_of_a_parked_order_wait_behind_it(market: Market) -> None:
    await market.create_stray_order()
    await market.contract.send(market.buyer.key, "fund_order_dot", 1, value=PRICE)

    await market.follow()
    await market.follow()

    parked, behind = await waiting(market)
    assert (parked.name, parked.attempt_count) == ("OrderCreated", 1)
    assert (behind.name, behind.attempt_count) == ("OrderFunded", 0)


async def test_a_parked_order_heals_by_itself_once_the_cause_is_gone(market: Market) -> None:
    order_id = await market.place_order()
    hidden = uuid4()
    true_reference = await swap_reference(market, order_id, hidden)
    await market.work()
    await market.contract.send(market.buyer.key, "fund_order_dot", 1, value=PRICE)
    await market.follow()
    assert len(await waiting(market)) == 2

    await swap_reference(market, order_id, true_reference)
    await retry_now(market)
    assert await projector.apply_pending(market.sessions) == 2

    assert await waiting(market) == []
    assert (await market.seen(order_id))["status"] == "funded"
    timeline = await market.buyer.get(f"/api/v1/orders/{order_id}/timeline")
    assert [step["statusAfter"] for step in timeline] == ["created", "funded"]


async def test_an_order_the_contract_holds_for_another_amount_is_not_taken_for_ours(market: Market) -> None:
    order_id = await market.place_order()
    async with market.sessions() as session:
        order = await session.get_one(Order, order_id)

    await market.create_stray_order(reference=reference_word(order.reference), amount=10**8)
    await market.follow()

    [refused] = await waiting(market)
    assert refused.last_error is not None
    assert "was to be" in refused.last_error
    assert (await market.seen(order.id))["contractOrderId"] is None


async def test_applying_again_changes_nothing(market: Market) -> None:
    order = await market.order()
    await market.pay(order["id"])
    before = await market.seen(order["id"]), await market.buyer.get("/api/v1/feed")

    assert await projector.apply_pending(market.sessions) == 0

    assert (await market.seen(order["id"]), await market.buyer.get("/api/v1/feed")) == before


async def test_an_event_applied_twice_by_mistake_is_refused_by_the_table_of_moves(market: Market) -> None:
    order = await market.order()
    await market.pay(order["id"])
    await tamper_with_log(market, "OrderFunded", applied_at=None)

    await projector.apply_pending(market.sessions)

    [again] = await waiting(market)
    assert again.last_error is not None
    assert "is funded, which cannot become funded" in again.last_error
    assert (await market.seen(order["id"]))["status"] == "funded"


def test_a_reference_survives_the_way_through_the_contract() -> None:
    reference = uuid4()

    assert reference_of_word(reference_word(reference)) == reference


def test_a_word_that_is_no_reference_of_ours_is_refused() -> None:
    with pytest.raises(ValueError, match="not a reference of ours"):
        reference_of_word(bytes(31) + b"\x01")


async def swap_reference(market: Market, order_id: int, reference: Any) -> Any:
    """Give the row another reference; returns the one it had."""
    async with market.sessions.begin() as session:
        order = await session.get_one(Order, order_id)
        had, order.reference = order.reference, reference
    return had


async def retry_now(market: Market) -> None:
    async with market.sessions.begin() as session:
        await session.execute(update(ChainEvent).values(next_attempt_at=utc_now()))
