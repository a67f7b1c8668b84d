"""Answers of the shop, changed or held up on their way to the browser."""

import asyncio
import random
import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from playwright.async_api import Error, Page, Route


async def answer_otherwise(
    page: Page, address: str | re.Pattern[str], change: Callable[[dict[str, Any]], None]
) -> None:
    """The shop's own answer, with something in it changed."""

    async def fault(route: Route) -> None:
        response = await route.fetch()
        body = await response.json()
        change(body)
        await route.fulfill(response=response, json=body)

    await page.route(address, fault)


async def answer_late(page: Page, *, within_s: float, seed: int) -> None:
    """Each answer of the API takes up to so long, so that they come in any order."""
    draw = random.Random(seed)

    async def dawdle(route: Route) -> None:
        await asyncio.sleep(draw.uniform(0, within_s))
        with suppress(Error):  # the page that asked has gone
            await route.continue_()

    await page.route("**/api/**", dawdle)
