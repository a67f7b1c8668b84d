"""A shop of the tests' own, and people who come to it with a browser."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest
from playwright.async_api import Browser, ViewportSize, async_playwright

from descrow.app.demo.shop_client import ShopClient
from descrow.chain.client import ChainClient
from descrow.chain.keys import Keypair
from tests.chromium import NO_SANDBOX, provide_chromium

from .person import PHONE, Person
from .shop import Shop, running_shop

ENOUGH_FOR_ALL_TESTS = 1000
"""Of the first product: every test in the same shop buys one, and the shop of a new stack has twenty."""


@pytest.fixture(scope="package")  # a shop that nobody visits any more takes a fifth of a processor
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with running_shop(tmp_path_factory.mktemp("shop") / "data") as shop:
        yield shop


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=provide_chromium(print), args=NO_SANDBOX)
        yield browser
        await browser.close()


@pytest.fixture(scope="package")
async def chain(shop: Shop) -> AsyncIterator[ChainClient]:
    client = ChainClient(shop.chain_url)
    yield client
    await client.close()


@pytest.fixture(scope="package")
async def seller(shop: Shop, chain: ChainClient) -> AsyncIterator[ShopClient]:
    """The seller's own program: for what happens behind the buyer's back."""
    client = ShopClient(shop.url, Keypair.from_uri("//Achieng"), chain)
    await client.sign_in()
    yield client
    await client.close()


@pytest.fixture(scope="package", autouse=True)
async def full_category(seller: ShopClient) -> None:
    await seller.put("/api/v1/products/1", {"stock": ENOUGH_FOR_ALL_TESTS})


class Arrive(Protocol):
    async def __call__(
        self,
        name: str,
        *,
        size: ViewportSize = ...,
        language: str = ...,
        signed_in: bool = ...,
        **wallet_options: Any,
    ) -> Person: ...


@pytest.fixture
async def arrive(browser: Browser, shop: Shop, tmp_path: Path) -> AsyncIterator[Arrive]:
    """Let somebody come, and sign in. What each of them saw last is kept beside the test's data."""
    here: list[Person] = []

    async def arrive(
        name: str,
        *,
        size: ViewportSize = PHONE,
        language: str = "en",
        signed_in: bool = True,
        **wallet_options: Any,
    ) -> Person:
        person = await Person.arrive(browser, shop, name, size=size, language=language, **wallet_options)
        here.append(person)
        if signed_in:
            await person.sign_in()
        return person

    yield arrive
    for person in here:
        await person.picture(tmp_path / f"{person.name}.png")
        await person.context.close()
