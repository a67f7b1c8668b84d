"""Check what is said in a dispute: by whom, while what lasts, and who gets to know of it."""

import asyncio

import msgspec
import pytest
from sqlalchemy import delete, text, update
from sqlalchemy.exc import DBAPIError

from descrow.accounts.models import Role
from descrow.accounts.sign_in import find_or_create_account
from descrow.app.demo.shop_client import ApiRefused, ShopClient
from descrow.contract.order_status import OrderStatus
from descrow.disputes import queries, service
from descrow.disputes.models import DisputeEntry
from descrow.disputes.thread import NO_DIGEST, check_thread
from descrow.operations.role_changes import give_role, take_role
from descrow.orders.models import Order
from descrow.orders.transitions import Action, Party, find_transition
from tests.disputes.scenario import DisputeScenario


async def code_of(work: object) -> str:
    """Return what comes of it: `done`, or the code of the refusal."""
    try:
        await work  # type: ignore[misc]
    except ApiRefused as refusal:
        return refusal.code
    return "done"


@pytest.mark.parametrize("status", list(OrderStatus))
async def test_messages_are_written_by_those_and_then_when_the_table_lets_them_show_evidence(
    scenario: DisputeScenario, status: OrderStatus
) -> None:
    order_id = await scenario.order_that_is(status)
    was_disputed = status in (OrderStatus.DISPUTED, OrderStatus.RESOLVED)

    for party, who in scenario.people.items():
        outcome = await code_of(scenario.say(who, order_id))
        if party is Party.ARBITER and not was_disputed:
            assert outcome == "order_not_found"
        elif find_transition(Action.ADD_EVIDENCE, status, party):
            assert outcome == "done"
        else:
            assert outcome == "thread_closed"
    assert await code_of(scenario.say(scenario.stranger, order_id)) == "order_not_found"


@pytest.mark.parametrize("status", list(OrderStatus))
async def test_a_dispute_is_there_from_the_day_on_that_it_was_raised_and_for_its_people_only(
    scenario: DisputeScenario, status: OrderStatus
) -> None:
    order_id = await scenario.order_that_is(status)
    was_disputed = status in (OrderStatus.DISPUTED, OrderStatus.RESOLVED)

    for party, who in scenario.people.items():
        unseen = "order_not_found" if party is Party.ARBITER else "dispute_not_found"
        assert await code_of(scenario.dispute(who, order_id)) == ("done" if was_disputed else unseen)
    assert await code_of(scenario.dispute(scenario.stranger, order_id)) == "order_not_found"


async def test_all_see_the_same_thread_and_each_their_own_part_in_it(scenario: DisputeScenario) -> None:
    order_id = await scenario.disputed_order()
    for number, who in enumerate(scenario.people.values(), start=1):
        await scenario.say(who, order_id, f"message {number}")

    seen = {party: await scenario.dispute(who, order_id) for party, who in scenario.people.items()}

    for party, dispute in seen.items():
        assert dispute["role"] == party
        assert dispute["mayWrite"]
        assert [(entry["by"], entry["text"]) for entry in dispute["entries"]] == [
            ("buyer", "message 1"),
            ("seller", "message 2"),
            ("arbiter", "message 3"),
        ]
    assert seen[Party.BUYER]["arbiterAddress"] == scenario.arbiter.key.evm_address
    assert seen[Party.BUYER]["deadlineAt"] is not None
    assert seen[Party.BUYER]["defaultBuyerBps"] == 5_000


async def test_a_decided_dispute_can_be_read_and_says_how_it_was_decided(scenario: DisputeScenario) -> None:
    order_id = await scenario.disputed_order()
    await scenario.say(scenario.buyer, order_id)
    await scenario.take_step(scenario.arbiter, order_id, "resolve", buyerBps=10_000)

    for who in scenario.people.values():
        dispute = await scenario.dispute(who, order_id)
        assert (dispute["status"], dispute["mayWrite"], dispute["deadlineAt"]) == ("resolved", False, None)
        assert int(dispute["division"]["buyer"]) > 0
        assert len(dispute["entries"]) == 1


async def test_the_thread_is_read_in_pages(scenario: DisputeScenario) -> None:
    order_id = await scenario.disputed_order()
    for number in range(1, 6):
        await scenario.say(scenario.buyer, order_id, f"message {number}")

    first = await scenario.buyer.get(f"/api/v1/orders/{order_id}/dispute?limit=3")
    rest = await scenario.buyer.get(f"/api/v1/orders/{order_id}/dispute?limit=3&after={first['next']}")

    assert [entry["number"] for entry in first["entries"]] == [1, 2, 3]
    assert [entry["number"] for entry in rest["entries"]] == [4, 5]
    assert rest["next"] is None


async def test_the_others_hear_that_something_was_said_and_not_what(scenario: DisputeScenario) -> None:
    order_id = await scenario.disputed_order()

    await scenario.say(scenario.seller, order_id, "a secret")

    for party, who in scenario.people.items():
        events = [entry["payload"] for entry in await who.get("/api/v1/feed") if entry["name"] == "disputeEntry"]
        expected = [{"orderId": order_id, "number": 1, "kind": "message", "by": "seller"}]
        assert events == ([] if party is Party.SELLER else expected)
    assert await scenario.stranger.get("/api/v1/feed") == []


async def test_a_message_that_is_sent_twice_with_its_key_is_written_once(scenario: DisputeScenario) -> None:
    order_id, other_id = await scenario.disputed_order(), await scenario.disputed_order()

    async def send(to: int) -> dict[str, object]:
        path = f"/api/v1/orders/{to}/dispute/messages"
        sent: dict[str, object] = await scenario.buyer.post(path, {"text": "once"}, idempotency_key="a key")
        return sent

    assert await send(order_id) == await send(order_id)
    assert len((await scenario.dispute(scenario.buyer, order_id))["entries"]) == 1
    with pytest.raises(ApiRefused, match="idempotency_key_reused"):
        await send(other_id)


@pytest.mark.parametrize("said", ["", " \n", "x" * 4_001])
async def test_a_message_that_says_nothing_or_too_much_is_refused(scenario: DisputeScenario, said: str) -> None:
    order_id = await scenario.disputed_order()

    with pytest.raises(ApiRefused) as refusal:
        await scenario.say(scenario.buyer, order_id, said)

    assert (refusal.value.status, refusal.value.code) == (400, "invalid")


async def test_messages_at_the_same_time_make_one_chain_without_gaps(scenario: DisputeScenario) -> None:
    order_id = await scenario.disputed_order()

    async with asyncio.timeout(60):
        await asyncio.gather(
            *(scenario.say(who, order_id, f"message {n}") for n in range(4) for who in scenario.people.values())
        )

    async with scenario.sessions() as session:
        order = await session.get_one(Order, order_id)
        rows = await queries.entries_after(session, order_id, 0, limit=100)
    entries = [msgspec.to_builtins(service.entry_in_json(row, order.reference)) for row in rows]
    assert len(entries) == 12
    assert entries[0]["previousDigest"] == NO_DIGEST
    check_thread(entries, order=str(order.reference))


async def test_a_full_thread_takes_no_more(scenario: DisputeScenario, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "MOST_ENTRIES", 2)
    order_id = await scenario.disputed_order()
    await scenario.say(scenario.buyer, order_id)
    await scenario.show(scenario.buyer, order_id)

    with pytest.raises(ApiRefused, match="thread_full"):
        await scenario.say(scenario.seller, order_id)
    assert (await scenario.erase(scenario.buyer, order_id, 2))["number"] == 3


@pytest.mark.parametrize(
    "change",
    [
        update(DisputeEntry).values(text="something else"),
        delete(DisputeEntry),
        text("TRUNCATE dispute_entries CASCADE"),
    ],
    ids=["update", "delete", "truncate"],
)
async def test_the_database_itself_refuses_to_change_a_thread(scenario: DisputeScenario, change: object) -> None:
    order_id = await scenario.disputed_order()
    said = await scenario.say(scenario.buyer, order_id)

    with pytest.raises(DBAPIError, match="append-only"):
        async with scenario.sessions.begin() as session:
            await session.execute(change)  # type: ignore[call-overload]

    assert (await scenario.dispute(scenario.buyer, order_id))["entries"] == [said]


async def payment_context(who: ShopClient, query: str = "") -> list[int]:
    return [line["orderId"] for line in (await who.get(f"/api/v1/disputes{query}"))["items"]]


async def test_the_list_of_disputes_has_the_open_disputes_with_the_first_deadline_first(
    scenario: DisputeScenario,
) -> None:
    orders = [await scenario.order_that_is(OrderStatus.SHIPPED) for _ in range(3)]
    for order_id in (orders[2], orders[0], orders[1]):
        await scenario.travel(seconds=2)
        await scenario.take_step(scenario.buyer, order_id, "dispute")

    assert await payment_context(scenario.arbiter) == [orders[2], orders[0], orders[1]]
    for nobody in (scenario.buyer, scenario.seller, scenario.stranger):
        assert await payment_context(nobody) == []


async def test_a_line_of_the_list_of_disputes_says_what_is_at_stake_between_whom_until_when(
    scenario: DisputeScenario,
) -> None:
    order_id = await scenario.disputed_order()
    await scenario.say(scenario.buyer, order_id)
    await scenario.say(scenario.seller, order_id)
    await scenario.show(scenario.buyer, order_id)

    [line] = (await scenario.arbiter.get("/api/v1/disputes"))["items"]

    order = await scenario.seen(order_id)
    for name in ("buyerAddress", "sellerAddress", "amountPlanck", "amountKesCents", "deadlineAt", "disputedAt"):
        assert line[name] == order[name]
    assert (line["messages"], line["evidence"], line["defaultBuyerBps"]) == (2, 1, 5_000)


async def test_the_list_of_disputes_goes_on_behind_a_dispute_that_was_decided_meanwhile(
    scenario: DisputeScenario,
) -> None:
    orders = [await scenario.disputed_order() for _ in range(3)]
    first = await scenario.arbiter.get("/api/v1/disputes?limit=1")
    assert [line["orderId"] for line in first["items"]] == orders[:1]

    await scenario.take_step(scenario.arbiter, orders[0], "resolve", buyerBps=0)

    assert await payment_context(scenario.arbiter, f"?after={first['next']}") == orders[1:]
    assert await payment_context(scenario.arbiter) == orders[1:]


async def test_a_cursor_that_is_none_of_the_callers_disputes_is_refused(scenario: DisputeScenario) -> None:
    disputed, undisputed = await scenario.disputed_order(), await scenario.order_that_is(OrderStatus.FUNDED)

    for who, after in ((scenario.arbiter, undisputed), (scenario.arbiter, 999), (scenario.stranger, disputed)):
        with pytest.raises(ApiRefused, match="cursor_not_valid"):
            await payment_context(who, f"?after={after}")


@pytest.mark.parametrize("role", list(Role))
async def test_who_looks_after_the_shop_reads_a_dispute_and_has_no_part_in_it(
    scenario: DisputeScenario, role: Role
) -> None:
    order_id, undisputed = await scenario.disputed_order(), await scenario.order_that_is(OrderStatus.SHIPPED)
    await scenario.show(scenario.buyer, order_id)
    await scenario.show(scenario.buyer, undisputed)
    staff = scenario.stranger
    await staff.sign_in()
    async with scenario.sessions.begin() as session:
        account = await find_or_create_account(session, staff.key.public_key)
        await give_role(session, account, role, by="the tests")

    dispute = await scenario.dispute(staff, order_id)

    assert (dispute["role"], dispute["actions"], dispute["mayWrite"], dispute["mayShowFiles"]) == (
        None,
        [],
        False,
        False,
    )
    assert [entry["kind"] for entry in dispute["entries"]] == ["evidence"]
    assert (await staff.get(f"/api/v1/orders/{order_id}/dispute/bundle"))["bundle"]["thread"] != []
    assert (await scenario.file(staff, order_id, 1)).json()["code"] == "evidence_sealed"
    assert await code_of(scenario.erase(staff, order_id, 1)) == "evidence_not_yours"
    assert await code_of(scenario.say(staff, order_id)) == "order_not_found"
    assert await code_of(scenario.show(staff, order_id)) == "order_not_found"
    assert await code_of(scenario.dispute(staff, undisputed)) == "order_not_found"
    assert await payment_context(staff) == []
    async with scenario.sessions.begin() as session:
        await take_role(session, account, role, by="the tests")
    assert await code_of(scenario.dispute(staff, order_id)) == "order_not_found"
