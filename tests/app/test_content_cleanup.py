"""Check that what a product or an order names, and what was shown in a dispute, is never deleted as unused."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from litestar.types import ASGIApp
from sqlalchemy import func, select, update

from descrow.app.content_cleanup import delete_unused_content
from descrow.content.block_stores import PostgresBlocks
from descrow.content.models import StoredBlock, Upload
from descrow.content.queries import old_uploaded_cids
from descrow.kernel.db import Sessions, utc_now
from tests.content.photos import a_jpeg
from tests.disputes.scenario import DisputeScenario, with_arbiter
from tests.market import PRICE, Market

MONTH = timedelta(days=30)


@pytest.fixture
async def scenario(market: Market, app: ASGIApp) -> AsyncIterator[DisputeScenario]:
    async with with_arbiter(market, app) as scenario:
        yield scenario


async def uploaded(scenario: Market, width: int) -> str:
    files = {"file": ("basket.jpg", a_jpeg(size=(width, 48)))}
    answer = await scenario.seller.ask("POST", "/api/v1/ipfs/upload", files=files)
    cid: str = answer.json()["cid"]
    return cid


async def status_of(scenario: Market, cid: str) -> int:
    return (await scenario.stranger.ask("GET", f"/ipfs/{cid}")).status_code


async def a_month_later(scenario: Market) -> None:
    async with scenario.sessions.begin() as session:
        await session.execute(update(Upload).values(began_at=Upload.began_at - 2 * MONTH))
        await session.execute(update(StoredBlock).values(put_at=StoredBlock.put_at - 2 * MONTH))
    store = PostgresBlocks(scenario.sessions)
    await delete_unused_content(scenario.sessions, store, unused_for=MONTH, now=utc_now())


async def listed(scenario: Market, *pictures: str) -> dict[str, Any]:
    product: dict[str, Any] = await scenario.seller.post(
        "/api/v1/products",
        {
            "title": "Basket",
            "description": "Woven.",
            "category": "crafts",
            "pricePlanck": str(PRICE),
            "stock": 5,
            "pictureCids": list(pictures),
        },
    )
    return product


async def test_pictures_of_a_product_stay_and_others_go(scenario: DisputeScenario) -> None:
    named, unused = await uploaded(scenario, 64), await uploaded(scenario, 65)
    await listed(scenario, named)

    await a_month_later(scenario)

    assert (await status_of(scenario, named), await status_of(scenario, unused)) == (200, 404)


async def test_what_a_buyer_saw_stays_whatever_becomes_of_the_product(scenario: DisputeScenario) -> None:
    ordered, later = await uploaded(scenario, 64), await uploaded(scenario, 65)
    product = await listed(scenario, ordered)
    order_id = await scenario.place_order(product_id=product["id"])
    await scenario.seller.ask("PUT", f"/api/v1/products/{product['id']}", json={"pictureCids": [later]})

    await a_month_later(scenario)

    order = await scenario.seen(order_id)
    assert [await status_of(scenario, cid) for cid in (ordered, later, order["productCid"])] == [200, 200, 200]


async def test_an_order_that_is_made_while_files_are_deleted_keeps_what_its_buyer_saw(
    scenario: DisputeScenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    ordered, later = await uploaded(scenario, 64), await uploaded(scenario, 65)
    product = await listed(scenario, later)
    path = f"/api/v1/products/{product['id']}"

    async def order_meanwhile(*_: object, **__: object) -> None:
        await scenario.seller.put(path, {"pictureCids": [ordered]})
        await scenario.place_order(product_id=product["id"])
        await scenario.seller.put(path, {"pictureCids": [later]})

    async def then_look(sessions: Sessions, *, before: datetime) -> list[str]:
        await order_meanwhile()
        return await old_uploaded_cids(sessions, before=before)  # type: ignore[arg-type]

    monkeypatch.setattr("descrow.content.retention.queries.old_uploaded_cids", then_look)
    await a_month_later(scenario)

    assert await status_of(scenario, ordered) == 200


async def test_evidence_stays_and_what_is_left_of_erased_evidence_goes(scenario: DisputeScenario) -> None:
    order_id = await scenario.disputed_order()
    kept = await scenario.show(scenario.buyer, order_id, b"No handle.")
    erased = await scenario.show(scenario.buyer, order_id, b"My address.")
    blocks_before = await blocks_of(scenario)
    await scenario.erase(scenario.buyer, order_id, erased["number"])

    await a_month_later(scenario)

    assert (await scenario.file(scenario.arbiter, order_id, kept["number"])).content == b"No handle."
    assert await blocks_of(scenario) == blocks_before - 1


async def blocks_of(scenario: Market) -> int:
    async with scenario.sessions() as session:
        return await session.scalar(select(func.count()).select_from(StoredBlock)) or 0
