"""Check re-organisations: rows follow the chain, parties are notified, and nothing takes effect twice."""

from typing import Any

import msgspec
from sqlalchemy import select

from descrow.chain.keys import Keypair
from descrow.contract.abi import escrow_interface, from_json
from descrow.contract.models import CallStatus, ChainBlock, ContractCall, Finality
from descrow.incidents.models import Alert, AlertKind
from tests.broken_handler import break_handler
from tests.dev_chain import finality_lag, replace_blocks, sign_and_submit
from tests.market import Market


async def received(market: Market) -> list[dict[str, Any]]:
    entries = await market.buyer.get("/api/v1/feed")
    return [{"name": entry["name"], **entry["payload"]} for entry in entries]


async def test_a_payment_whose_final_block_is_given_up_is_undone_and_can_be_made_again(market: Market) -> None:
    order = await market.order()
    await market.pay(order["id"])

    await replace_blocks(market.chain, 1)
    await market.follow()

    seen = await market.seen(order["id"])
    assert (seen["status"], seen["fundedAt"], seen["deadlineAt"]) == ("created", None, order["deadlineAt"])
    timeline = await market.buyer.get(f"/api/v1/orders/{order['id']}/timeline")
    assert [(step["cause"], step["statusAfter"]) for step in timeline][-1] == ("ChainReorganized", "created")
    assert [entry for entry in await received(market) if entry.get("takenBack")][-1]["status"] == "created"
    async with market.sessions() as session:
        alert = await session.scalar(select(Alert).where(Alert.kind == AlertKind.FINALITY_WENT_BACK))
        orphaned = (await session.scalars(select(ChainBlock).where(ChainBlock.finality == Finality.ORPHANED))).all()
    assert alert is not None
    assert len(orphaned) == 1

    await market.pay(order["id"])
    assert (await market.seen(order["id"]))["status"] == "funded"


async def test_an_order_whose_creation_is_given_up_is_created_again_once(market: Market) -> None:
    order = await market.order()

    await replace_blocks(market.chain, 1)
    await market.follow()
    assert (await market.seen(order["id"]))["contractOrderId"] is None

    await market.sender().step()  # the same bytes, or once they are worthless the same call in new ones
    await market.due_again()
    await market.work()

    assert (await market.seen(order["id"]))["contractOrderId"] == 1
    assert await market.contract.read("next_order_id") == 2
    async with market.sessions() as session:
        calls = (await session.scalars(select(ContractCall))).all()
    assert [call.status for call in calls] == [CallStatus.SUCCEEDED]


async def test_an_unfinal_payment_is_told_as_coming_and_as_undone(market: Market) -> None:
    order = await market.order()
    async with finality_lag(market.chain, 3):
        await market.submit_payment(order["id"])
        indexer = market.indexer()
        await indexer.catch_up()
        assert (await market.seen(order["id"]))["status"] == "created"
        assert (await received(market))[-1]["name"] == "orderConfirming"
        assert (await received(market))[-1]["status"] == "funded"

        await replace_blocks(market.chain, 1)
        await indexer.catch_up()

        assert (await received(market))[-1]["name"] == "orderRetracted"
        assert (await market.seen(order["id"]))["status"] == "created"


async def test_events_that_cannot_be_told_of_one_order_holds_up_neither_the_log_nor_the_events_of_others(
    market: Market,
) -> None:
    stuck, free = await market.order(), await market.order()
    await break_handler(market, "feed_entries", f"NEW.payload ->> 'orderId' = '{stuck['id']}'")
    async with finality_lag(market.chain, 3):
        for order in (stuck, free):
            await market.submit_payment(order["id"])
        indexer = market.indexer()
        await indexer.catch_up()
        await replace_blocks(market.chain, 2)
        await indexer.catch_up()

    reported = [
        (events["name"], events["orderId"]) for events in await received(market) if events["status"] == "funded"
    ]
    assert reported == [("orderConfirming", free["id"]), ("orderRetracted", free["id"])]


async def test_a_number_that_another_branch_gives_to_another_order_is_told_to_its_own_parties(market: Market) -> None:
    first, second = await market.place_order(), await market.place_order()
    await market.follow()
    async with finality_lag(market.chain, 3):
        indexer = market.indexer()
        await create_on_chain(market, second)
        await indexer.catch_up()
        await replace_blocks(market.chain, 1)
        await create_on_chain(market, first)
        await indexer.catch_up()

    assert [(events["name"], events["orderId"]) for events in await received(market)] == [
        ("orderConfirming", second),
        ("orderRetracted", second),
        ("orderConfirming", first),
    ]


async def create_on_chain(market: Market, order_id: int) -> None:
    """Return what the queued call of this order says, in the newest block and not final."""
    async with market.sessions() as session:
        [call] = (await session.scalars(select(ContractCall).where(ContractCall.order_id == order_id))).all()
    operator = Keypair.from_uri("//Operator")
    fields = escrow_interface().functions[call.function].inputs
    arguments = [from_json(value, field.type) for value, field in zip(call.arguments, fields, strict=True)]
    prepared = await market.contract.prepare(call.function, *arguments, caller=operator.public_key)
    await sign_and_submit(market.chain, await market.buyer.encode(msgspec.to_builtins(prepared)), operator)
