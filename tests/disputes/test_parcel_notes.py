"""Check that what a seller says of a parcel is for the parties, the arbiter of a dispute, and nobody else."""

import json

import pytest
from sqlalchemy import select

from descrow.app.content_cleanup import delete_unused_content
from descrow.app.demo.shop_client import ApiRefused, ShopClient
from descrow.content.block_stores import PostgresBlocks
from descrow.content.cids import Cid
from descrow.content.models import StoredBlock
from descrow.contract.models import ChainEvent
from descrow.contract.order_status import OrderStatus
from descrow.kernel.db import utc_now
from tests.app.test_content_cleanup import MONTH, a_month_later
from tests.disputes.scenario import DisputeScenario

NOTE = "Rider Juma, 0733 100 200, at the stage by the mosque"


async def write(scenario: DisputeScenario, order_id: int, text: str = NOTE) -> str:
    note = await scenario.seller.post(f"/api/v1/orders/{order_id}/parcel-note", {"text": text})
    cid: str = note["cid"]
    return cid


async def read(who: ShopClient, order_id: int) -> str:
    note = await who.get(f"/api/v1/orders/{order_id}/parcel-note")
    text: str = note["text"]
    return text


async def refusal(who: ShopClient, order_id: int) -> tuple[int, str]:
    with pytest.raises(ApiRefused) as refused:
        await read(who, order_id)
    return refused.value.status, refused.value.code


async def test_parties_read_the_note_and_the_arbiter_once_there_is_a_dispute(scenario: DisputeScenario) -> None:
    order_id = await scenario.order_that_is(OrderStatus.FUNDED)
    cid = await write(scenario, order_id)
    await scenario.take_step(scenario.seller, order_id, "ship", trackingCid=cid)

    assert await read(scenario.buyer, order_id) == await read(scenario.seller, order_id) == NOTE
    assert (await scenario.seen(order_id))["trackingCid"] == cid
    assert await refusal(scenario.arbiter, order_id) == (404, "order_not_found")
    assert await refusal(scenario.stranger, order_id) == (404, "order_not_found")
    await scenario.take_step(scenario.buyer, order_id, "dispute")
    assert await read(scenario.arbiter, order_id) == NOTE
    assert await refusal(scenario.stranger, order_id) == (404, "order_not_found")


async def test_neither_gateway_nor_blocks_nor_chain_tell_anybody_what_it_says(scenario: DisputeScenario) -> None:
    order_id = await scenario.order_that_is(OrderStatus.FUNDED)
    cid = await write(scenario, order_id)
    await scenario.take_step(scenario.seller, order_id, "ship", trackingCid=cid)

    async with scenario.sessions() as session:
        stored = b"".join(await session.scalars(select(StoredBlock.data)))
        events = json.dumps([event.arguments for event in await session.scalars(select(ChainEvent))])
    assert (await scenario.stranger.ask("GET", f"/ipfs/{cid}")).status_code == 404
    assert b"0733" not in stored
    assert b"Juma" not in stored
    assert Cid.parse(cid).digest.hex() in events


async def test_the_newest_note_counts_if_the_order_was_shipped_with_it(scenario: DisputeScenario) -> None:
    order_id = await scenario.order_that_is(OrderStatus.FUNDED)
    first = await write(scenario, order_id, "First bus")
    for number in range(4):
        await write(scenario, order_id, f"Bus {number}")
    await scenario.take_step(scenario.seller, order_id, "ship", trackingCid=first)

    assert await read(scenario.buyer, order_id) == "First bus"


async def test_nobody_but_the_seller_writes_one_and_only_before_shipping(scenario: DisputeScenario) -> None:
    order_id = await scenario.order_that_is(OrderStatus.FUNDED)
    path = f"/api/v1/orders/{order_id}/parcel-note"

    for who, code in ((scenario.buyer, "move_not_allowed"), (scenario.stranger, "order_not_found")):
        with pytest.raises(ApiRefused) as refused:
            await who.post(path, {"text": NOTE})
        assert refused.value.code == code
    assert await refusal(scenario.buyer, order_id) == (404, "parcel_note_not_found")
    await scenario.take_step(scenario.seller, order_id, "ship")
    with pytest.raises(ApiRefused) as refused:
        await scenario.seller.post(path, {"text": NOTE})
    assert refused.value.code == "move_not_allowed"
    assert await refusal(scenario.buyer, order_id) == (404, "parcel_note_not_found")


async def test_a_note_outlives_the_cleaning_of_blocks(scenario: DisputeScenario) -> None:
    order_id = await scenario.order_that_is(OrderStatus.FUNDED)
    cid = await write(scenario, order_id)
    await scenario.take_step(scenario.seller, order_id, "ship", trackingCid=cid)

    await a_month_later(scenario)
    await delete_unused_content(scenario.sessions, PostgresBlocks(scenario.sessions), unused_for=MONTH, now=utc_now())

    assert await read(scenario.buyer, order_id) == NOTE
