"""Check that answers of the catalogue are cached while they are true, whoever changes it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import pytest
from litestar.types import ASGIApp
from sqlalchemy import text

from descrow.catalog import service
from descrow.kernel.db import Sessions
from descrow.kernel.fastpath.response_cache import ResponseCache
from tests.application import client_of
from tests.catalog.shops import Shop, a_product
from tests.waiting import eventually

SOON_S = 5


@pytest.fixture
async def browser(app: ASGIApp) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(app) as client:
        yield client


@pytest.fixture
async def answers(database_url: str) -> AsyncIterator[ResponseCache]:
    """They hear of changes already."""
    kept = ResponseCache(database_url)
    listening = asyncio.create_task(kept.run())
    await eventually(lambda: keeps(kept), within_s=SOON_S)
    yield kept
    listening.cancel()


async def keeps(answers: ResponseCache) -> bool:
    first, second = await answers.get("kept?", say("first")), await answers.get("kept?", say("second"))
    return first.answer == second.answer


def say(word: str) -> Callable[[], Awaitable[str]]:
    async def make() -> str:
        return word

    return make


@pytest.mark.parametrize("path", ["/api/v1/products", "/api/v1/products/1", "/api/v1/categories"])
async def test_a_browser_that_has_the_answer_is_told_just_that(
    shop: Shop, browser: httpx.AsyncClient, path: str
) -> None:
    await shop.seller.post("/api/v1/products", a_product())
    answer = await browser.get(path)

    again = await browser.get(path, headers={"If-None-Match": f'"x", W/{answer.headers["ETag"]}'})

    assert (again.status_code, again.content) == (304, b"")
    assert (await browser.get(path, headers={"If-None-Match": '"x"'})).json() == answer.json()


async def test_a_piece_that_another_process_took_is_soon_gone_from_the_page(
    shop: Shop, browser: httpx.AsyncClient, sessions: Sessions
) -> None:
    product = await shop.seller.post("/api/v1/products", a_product(stock=5))
    path = f"/api/v1/products/{product['id']}"
    before = await browser.get(path)

    async with sessions.begin() as session:
        await service.reserve_piece(session, product["id"])

    async with asyncio.timeout(SOON_S):
        while (after := await browser.get(path)).json()["stock"] == 5:
            await asyncio.sleep(0.01)
    assert (before.json()["stock"], after.json()["stock"]) == (5, 4)
    assert before.headers["ETag"] != after.headers["ETag"]


@pytest.mark.parametrize(
    "change",
    ["UPDATE products SET stock = 1", "DELETE FROM products", "UPDATE accounts SET mpesa_phone = '254712345678'"],
)
async def test_an_answer_is_kept_until_something_changes(
    answers: ResponseCache, sessions: Sessions, change: str
) -> None:
    await answers.get("stock", say("old"))
    still = await answers.get("stock", say("new"))

    async with sessions.begin() as session:
        await session.execute(text(change))

    async with asyncio.timeout(SOON_S):
        while (await answers.get("stock", say("new"))).answer != "new":
            await asyncio.sleep(0.01)
    assert still.answer == "old"


async def test_a_change_that_is_rolled_back_is_none(answers: ResponseCache, sessions: Sessions) -> None:
    await answers.get("stock", say("old"))

    async with sessions() as session:
        await session.execute(text("UPDATE products SET stock = 1"))
        await session.rollback()
    await asyncio.sleep(0.2)

    assert (await answers.get("stock", say("new"))).answer == "old"


async def test_what_was_read_before_a_change_is_not_kept_after_it(answers: ResponseCache, sessions: Sessions) -> None:
    async def read_while_it_changes() -> str:
        async with sessions.begin() as session:
            await session.execute(text("UPDATE products SET stock = 1"))
        await asyncio.sleep(0.5)  # it is announced while the old answer is still being made
        return "old"

    await answers.get("stock", read_while_it_changes)

    assert (await answers.get("stock", say("new"))).answer == "new"


async def test_nothing_is_kept_while_nobody_listens(database_url: str) -> None:
    assert not await keeps(ResponseCache(database_url))
