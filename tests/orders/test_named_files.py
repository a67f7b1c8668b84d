"""Check that the files of an order are found by the CIDs that it answers, however large they are."""

import hashlib
from collections.abc import AsyncIterator

import pytest
from litestar.types import ASGIApp
from sqlalchemy import delete

from descrow.content.cids import Cid, Codec
from descrow.contract.order_status import OrderStatus
from descrow.orders.named_files import NamedFile
from tests.disputes.scenario import DisputeScenario, with_arbiter
from tests.market import Market

SIZES = [1_000, 300 * 1024, 2 * 1024 * 1024]


@pytest.fixture
async def scenario(market: Market, app: ASGIApp) -> AsyncIterator[DisputeScenario]:
    async with with_arbiter(market, app) as scenario:
        yield scenario


def a_text(size: int) -> bytes:
    return (b"Bus KBX 123A, parcel 77. " * (size // 25 + 1))[:size]


async def uploaded(scenario: DisputeScenario, content: bytes) -> str:
    files = {"file": ("tracking.txt", content, "text/plain")}
    answer = await scenario.seller.ask("POST", "/api/v1/ipfs/upload", files=files)
    cid: str = answer.json()["cid"]
    return cid


@pytest.mark.parametrize("size", SIZES)
async def test_what_the_seller_says_of_the_parcel_is_found_by_the_orders_cid(
    scenario: DisputeScenario, size: int
) -> None:
    order_id = await scenario.order_that_is(OrderStatus.FUNDED)
    cid = await uploaded(scenario, a_text(size))
    await scenario.take_step(scenario.seller, order_id, "ship", trackingCid=cid)

    order = await scenario.seen(order_id)
    [listed] = (await scenario.buyer.get("/api/orders"))["items"]
    found = await scenario.stranger.ask("GET", f"/ipfs/{order['trackingCid']}")

    assert order["trackingCid"] == listed["trackingCid"] == cid
    assert order["tracking"] == "0x" + Cid.parse(cid).digest.hex()
    assert (found.status_code, found.content) == (200, a_text(size))


@pytest.mark.parametrize("size", SIZES)
async def test_evidence_is_named_by_the_cid_that_it_was_shown_under(scenario: DisputeScenario, size: int) -> None:
    order_id = await scenario.order_that_is(OrderStatus.SHIPPED)
    first = await scenario.show(scenario.buyer, order_id, a_text(size))
    await scenario.take_step(scenario.buyer, order_id, "dispute", evidenceCid=first["file"]["cid"])
    second = await scenario.show(scenario.seller, order_id, a_text(size + 1))
    await scenario.take_step(scenario.seller, order_id, "add_evidence", evidenceCid=second["file"]["cid"])

    order = await scenario.seen(order_id)
    [listed] = (await scenario.buyer.get("/api/orders"))["items"]
    steps = await scenario.timeline(scenario.arbiter, order_id)
    file = await scenario.file(scenario.arbiter, order_id, first["number"])

    named = [first["file"]["cid"], second["file"]["cid"]]
    assert order["evidenceCids"] == listed["evidenceCids"] == named
    assert [step["evidenceCid"] for step in steps if step["evidence"] is not None] == named
    assert (hashlib.sha256(file.content).hexdigest(), len(file.content)) == (first["file"]["sha256"], size)


async def test_a_file_that_was_uploaded_and_named_to_the_contract_alone_is_found_too(
    scenario: DisputeScenario,
) -> None:
    order_id = await scenario.order_that_is(OrderStatus.FUNDED)
    cid = await uploaded(scenario, a_text(300 * 1024))
    await scenario.take_step(scenario.seller, order_id, "ship", trackingCid=cid)
    async with scenario.sessions.begin() as session:
        await session.execute(delete(NamedFile))

    [listed] = (await scenario.buyer.get("/api/orders"))["items"]

    assert (await scenario.seen(order_id))["trackingCid"] == listed["trackingCid"] == cid


async def test_a_file_that_nobody_named_here_is_unknown_and_none_is_none(scenario: DisputeScenario) -> None:
    elsewhere, nothing = [await scenario.order_that_is(OrderStatus.FUNDED) for _ in range(2)]
    cid = str(Cid.of(Codec.DAG_PB, b"kept elsewhere"))
    await scenario.take_step(scenario.seller, elsewhere, "ship", trackingCid=cid)
    await scenario.take_step(scenario.seller, nothing, "ship")

    named = await scenario.seen(elsewhere)
    async with scenario.sessions.begin() as session:
        await session.execute(delete(NamedFile))
    unknown = await scenario.seen(elsewhere)

    assert (named["trackingCid"], unknown["trackingCid"], unknown["tracking"]) == (cid, None, named["tracking"])
    assert (await scenario.seen(nothing))["trackingCid"] is None
    listed = (await scenario.buyer.get("/api/orders"))["items"]
    assert [order["trackingCid"] for order in listed] == [None, None]
