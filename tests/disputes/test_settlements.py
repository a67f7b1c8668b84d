"""Settling without the arbiter, or by its word: whose wallet may sign what, and what is shown of it."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from descrow.app.demo.shop_client import ApiRefused, ShopClient
from descrow.contract.order_status import OrderStatus
from descrow.kernel.money import fee_of
from descrow.orders.transitions import HOLDING_STATUSES, Action, Party, find_transition
from tests.content.raw_cids import raw_cid_of
from tests.disputes.scenario import DisputeScenario
from tests.market import PRICE

CID = raw_cid_of(b"\x07" * 32)
DETAILS: dict[Action, dict[str, object]] = {
    Action.ADD_EVIDENCE: {"evidenceCid": CID},
    Action.PROPOSE: {"buyerBps": 4_000},
    Action.WITHDRAW: {},
    Action.ACCEPT: {"buyerBps": 4_000},
    Action.RESOLVE: {"buyerBps": 4_000},
}


async def outcome(who: ShopClient, order_id: int, action: Action, **details: object) -> str:
    """The function that is prepared for the wallet, or the code of the refusal."""
    try:
        answer = await who.put(f"/api/v1/orders/{order_id}", {"action": action.word, **DETAILS[action], **details})
    except ApiRefused as refusal:
        return refusal.code
    return str(answer["call"]["function"])


@pytest.mark.parametrize("status", list(OrderStatus))
async def test_the_shop_prepares_exactly_what_the_table_allows_while_no_offer_stands(
    scenario: DisputeScenario, status: OrderStatus
) -> None:
    order_id = await scenario.order_that_is(status)
    was_disputed = status in (OrderStatus.DISPUTED, OrderStatus.RESOLVED)

    for action in DETAILS:
        for party, who in scenario.people.items():
            answer = await outcome(who, order_id, action)
            if party is Party.ARBITER and not was_disputed:
                assert answer == "order_not_found", f"{action} by {party}"
            elif find_transition(action, status, party) is None:
                assert answer == "move_not_allowed", f"{action} by {party}"
            elif action in (Action.ACCEPT, Action.WITHDRAW):
                assert answer == "no_offer_stands", f"{action} by {party}"
            else:
                assert answer == action, f"{action} by {party}"
        assert await outcome(scenario.stranger, order_id, action) == "order_not_found"
    assert (await scenario.seen(order_id))["status"] == status


@pytest.mark.parametrize("status", HOLDING_STATUSES)
async def test_an_offer_is_accepted_by_the_other_party_only_and_withdrawn_by_its_own(
    scenario: DisputeScenario, status: OrderStatus
) -> None:
    order_id = await scenario.order_that_is(status)

    await scenario.take_step(scenario.seller, order_id, "propose", buyerBps=4_000)

    assert await outcome(scenario.buyer, order_id, Action.ACCEPT) == Action.ACCEPT
    assert await outcome(scenario.seller, order_id, Action.ACCEPT) == "no_offer_stands"
    assert await outcome(scenario.buyer, order_id, Action.WITHDRAW) == "no_offer_stands"
    assert await outcome(scenario.seller, order_id, Action.WITHDRAW) == Action.WITHDRAW
    if status is OrderStatus.DISPUTED:
        assert await outcome(scenario.arbiter, order_id, Action.ACCEPT) == "move_not_allowed"
    assert await outcome(scenario.stranger, order_id, Action.ACCEPT) == "order_not_found"


async def test_a_standing_offer_is_shown_to_all_who_see_the_order_with_what_each_may_do(
    scenario: DisputeScenario,
) -> None:
    order_id = await scenario.disputed_order()

    await scenario.take_step(scenario.buyer, order_id, "propose", buyerBps=7_500, validForS=600)

    seen = {party: await who.get(f"/api/v1/orders/{order_id}") for party, who in scenario.people.items()}
    for party, order in seen.items():
        assert order["role"] == party
        assert (order["offer"]["by"], order["offer"]["buyerBps"]) == ("buyer", 7_500)
    assert set(seen[Party.BUYER]["actions"]) == {"confirm", "add_evidence", "propose", "withdraw"}
    assert set(seen[Party.SELLER]["actions"]) == {"refund", "add_evidence", "propose", "accept"}
    assert set(seen[Party.ARBITER]["actions"]) == {"add_evidence", "resolve"}


async def test_an_offer_is_good_until_the_second_that_the_contract_says(scenario: DisputeScenario) -> None:
    order_id = await scenario.disputed_order()
    await scenario.take_step(scenario.buyer, order_id, "propose", buyerBps=7_500, validForS=60)
    offered = (await scenario.timeline(scenario.buyer, order_id))[-1]
    expires_at = datetime.fromisoformat(offered["offer"]["expiresAt"])
    block_second = datetime.fromisoformat(offered["happenedAt"]).replace(microsecond=0)
    assert expires_at == block_second + timedelta(seconds=60)
    assert (await scenario.seen(order_id))["offer"]["expiresAt"] == offered["offer"]["expiresAt"]

    await scenario.travel(seconds=61)
    await scenario.follow()

    assert (await scenario.seen(order_id))["offer"] is None
    assert await outcome(scenario.seller, order_id, Action.ACCEPT, buyerBps=7_500) == "no_offer_stands"


async def test_a_counter_offer_takes_the_place_of_the_one_before(scenario: DisputeScenario) -> None:
    order_id = await scenario.disputed_order()
    await scenario.take_step(scenario.buyer, order_id, "propose", buyerBps=9_000)

    await scenario.take_step(scenario.seller, order_id, "propose", buyerBps=2_000)

    offer = (await scenario.seen(order_id))["offer"]
    assert (offer["by"], offer["buyerBps"]) == ("seller", 2_000)
    assert await outcome(scenario.seller, order_id, Action.ACCEPT, buyerBps=9_000) == "no_offer_stands"
    assert await outcome(scenario.buyer, order_id, Action.ACCEPT, buyerBps=2_000) == Action.ACCEPT


async def test_who_accepts_another_share_than_is_offered_is_told_that_the_offer_has_changed(
    scenario: DisputeScenario,
) -> None:
    order_id = await scenario.disputed_order()
    await scenario.take_step(scenario.seller, order_id, "propose", buyerBps=2_000)

    with pytest.raises(ApiRefused, match="offer_differs") as refusal:
        await scenario.buyer.put(f"/api/v1/orders/{order_id}", {"action": "accept", "buyerBps": 9_000})

    assert refusal.value.status == 409
    assert refusal.value.problem["about"]["buyer_bps"] == 2_000


async def test_an_accepted_offer_divides_the_money_to_the_last_planck(scenario: DisputeScenario) -> None:
    order_id = await scenario.disputed_order()
    await scenario.take_step(scenario.seller, order_id, "propose", buyerBps=3_333)
    before = await scenario.chain.free_balance(scenario.seller.key.public_key)

    await scenario.take_step(scenario.buyer, order_id, "accept", buyerBps=3_333)

    sellers_part = PRICE * 6_667 // 10_000
    fee = fee_of(type(PRICE)(sellers_part), fee_bps=100)
    assert await scenario.chain.free_balance(scenario.seller.key.public_key) - before == sellers_part - fee
    seen = await scenario.seen(order_id)
    assert (seen["status"], seen["offer"], seen["actions"]) == ("resolved", None, [])
    last = (await scenario.timeline(scenario.seller, order_id))[-1]
    assert last["actor"] == scenario.buyer.key.evm_address
    assert last["division"] == {
        "buyer": str(PRICE - sellers_part),
        "seller": str(sellers_part - fee),
        "fee": str(fee),
    }


async def test_a_withdrawn_offer_stands_no_more(scenario: DisputeScenario) -> None:
    order_id = await scenario.disputed_order()
    await scenario.take_step(scenario.seller, order_id, "propose", buyerBps=2_000)

    await scenario.take_step(scenario.seller, order_id, "withdraw")

    assert (await scenario.seen(order_id))["offer"] is None
    assert await outcome(scenario.buyer, order_id, Action.ACCEPT, buyerBps=2_000) == "no_offer_stands"


async def test_an_offer_falls_when_the_order_moves_on(scenario: DisputeScenario) -> None:
    order_id = await scenario.order_that_is(OrderStatus.FUNDED)
    await scenario.take_step(scenario.buyer, order_id, "propose", buyerBps=10_000)

    await scenario.take_step(scenario.seller, order_id, "ship")

    assert (await scenario.seen(order_id))["offer"] is None


async def test_the_arbiter_decides_and_the_timeline_says_who_and_how(scenario: DisputeScenario) -> None:
    order_id = await scenario.disputed_order()

    await scenario.take_step(scenario.arbiter, order_id, "resolve", buyerBps=10_000)

    last = (await scenario.timeline(scenario.arbiter, order_id))[-1]
    assert (last["statusBefore"], last["statusAfter"]) == ("disputed", "resolved")
    assert last["actor"] == scenario.arbiter.key.evm_address
    assert last["division"] == {"buyer": str(PRICE), "seller": "0", "fee": "0"}


async def test_the_timeline_shows_offers_and_evidence_between_the_steps_in_the_order_of_the_chain(
    scenario: DisputeScenario,
) -> None:
    order_id = await scenario.order_that_is(OrderStatus.SHIPPED)
    await scenario.take_step(scenario.seller, order_id, "propose", buyerBps=1_000)
    await scenario.take_step(scenario.buyer, order_id, "dispute", evidenceCid=CID)
    await scenario.take_step(scenario.seller, order_id, "add_evidence", evidenceCid=CID)
    await scenario.take_step(scenario.buyer, order_id, "propose", buyerBps=5_000)
    await scenario.take_step(scenario.buyer, order_id, "withdraw")
    await scenario.take_step(scenario.arbiter, order_id, "resolve", buyerBps=0)

    timeline = await scenario.timeline(scenario.buyer, order_id)

    assert [(step["cause"], step["statusBefore"], step["statusAfter"]) for step in timeline] == [
        ("OrderCreated", None, "created"),
        ("OrderFunded", "created", "funded"),
        ("OrderShipped", "funded", "shipped"),
        ("SettlementProposed", "shipped", "shipped"),
        ("OrderDisputed", "shipped", "disputed"),
        ("EvidenceAdded", "disputed", "disputed"),
        ("SettlementProposed", "disputed", "disputed"),
        ("SettlementWithdrawn", "disputed", "disputed"),
        ("OrderResolved", "disputed", "resolved"),
    ]
    assert [step["evidence"] for step in timeline[4:6]] == ["0x" + "07" * 32] * 2
    assert [step["evidence"] for step in (timeline[3], timeline[8])] == [None, None]
    assert timeline[6]["offer"]["buyerBps"] == 5_000
    for step in timeline:
        assert (await scenario.chain.block(step["blockNumber"])).hash == step["blockHash"]


async def test_everybody_with_a_part_in_it_hears_of_offers_and_evidence_and_no_one_else(
    scenario: DisputeScenario,
) -> None:
    order_id = await scenario.disputed_order()
    await scenario.take_step(scenario.seller, order_id, "propose", buyerBps=1_000)
    await scenario.take_step(scenario.arbiter, order_id, "add_evidence", evidenceCid=CID)
    await scenario.take_step(scenario.seller, order_id, "withdraw")

    for who in scenario.people.values():
        feed = await who.get("/api/v1/feed")
        remarks = [entry["payload"]["message"] for entry in feed if entry["name"] == "orderRemark"]
        assert remarks == [
            "An offer to settle was made. The other side may accept it.",
            "Evidence was added for the arbiter.",
            "The offer to settle was withdrawn.",
        ]
    assert await scenario.stranger.get("/api/v1/feed") == []


async def test_the_arbiter_hears_of_a_dispute_and_of_its_end_and_of_nothing_before(scenario: DisputeScenario) -> None:
    order_id = await scenario.disputed_order()
    await scenario.take_step(scenario.buyer, order_id, "confirm")

    feed = await scenario.arbiter.get("/api/v1/feed")
    assert [entry["payload"]["status"] for entry in feed if entry["name"] == "orderUpdate"] == ["disputed", "delivered"]


@pytest.mark.parametrize("status", [OrderStatus.SHIPPED, OrderStatus.DELIVERED, OrderStatus.REFUNDED])
async def test_the_arbiter_sees_nothing_of_an_order_that_was_never_disputed(
    scenario: DisputeScenario, status: OrderStatus
) -> None:
    order_id = await scenario.order_that_is(status)

    for path in (f"/api/v1/orders/{order_id}", f"/api/v1/orders/{order_id}/timeline"):
        with pytest.raises(ApiRefused, match="order_not_found"):
            await scenario.arbiter.get(path)


async def test_the_arbiter_still_sees_what_became_of_the_dispute(scenario: DisputeScenario) -> None:
    order_id = await scenario.disputed_order()

    await scenario.take_step(scenario.seller, order_id, "refund")

    seen = await scenario.arbiter.get(f"/api/v1/orders/{order_id}")
    assert (seen["status"], seen["role"], seen["actions"]) == ("refunded", "arbiter", [])
    assert seen["disputedAt"] is not None


@pytest.mark.parametrize(
    ("action", "details", "field"),
    [
        (Action.PROPOSE, {}, "buyerBps"),
        (Action.RESOLVE, {}, "buyerBps"),
        (Action.ADD_EVIDENCE, {}, "evidenceCid"),
    ],
)
async def test_what_the_contract_needs_and_nobody_said_is_asked_for(
    scenario: DisputeScenario, action: Action, details: dict[str, Any], field: str
) -> None:
    order_id = await scenario.disputed_order()
    who = scenario.arbiter if action is Action.RESOLVE else scenario.buyer

    with pytest.raises(ApiRefused, match="detail_missing") as refusal:
        await who.put(f"/api/v1/orders/{order_id}", {"action": action.word, **details})

    assert refusal.value.status == 422
    assert refusal.value.problem["about"]["field"] == field


@pytest.mark.parametrize(
    "details", [{"buyerBps": -1}, {"buyerBps": 10_001}, {"buyerBps": 1, "validForS": 59}, {"evidenceCid": "Qm"}]
)
async def test_what_no_contract_would_take_is_refused_before_anything_is_prepared(
    scenario: DisputeScenario, details: dict[str, Any]
) -> None:
    order_id = await scenario.disputed_order()
    action = "add_evidence" if "evidenceCid" in details else "propose"

    with pytest.raises(ApiRefused) as refusal:
        await scenario.buyer.put(f"/api/v1/orders/{order_id}", {"action": action, **details})

    assert refusal.value.code in ("invalid", "cid_not_valid")


@pytest.mark.parametrize("action", ["propose", "withdraw", "accept", "resolve", "add_evidence"])
async def test_the_shop_says_nothing_of_a_settlement_in_anothers_name(scenario: DisputeScenario, action: str) -> None:
    order_id = await scenario.disputed_order()
    await scenario.take_step(
        scenario.seller if action == "accept" else scenario.buyer, order_id, "propose", buyerBps=4_000
    )
    who = scenario.arbiter if action == "resolve" else scenario.buyer

    with pytest.raises(ApiRefused, match="not_relayable"):
        await who.put(
            f"/api/v1/orders/{order_id}",
            {"action": action, "relay": True, "buyerBps": 4_000, "evidenceCid": CID},
        )


async def test_a_decision_after_its_time_is_refused_with_the_contracts_reason(scenario: DisputeScenario) -> None:
    order_id = await scenario.disputed_order()

    await scenario.travel(seconds=61)

    with pytest.raises(ApiRefused, match="escrow_time_to_decide_is_over"):
        await scenario.arbiter.put(f"/api/v1/orders/{order_id}", {"action": "resolve", "buyerBps": 1})
