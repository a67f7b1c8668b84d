"""Answers of the shop, changed on their way to the browser."""

import re
from collections.abc import Callable
from typing import Any

from playwright.async_api import Page, Route


async def answer_otherwise(
    page: Page, address: str | re.Pattern[str], change: Callable[[dict[str, Any]], None]
) -> None:
    """The shop's own answer, with something in it changed."""

    async def lie(route: Route) -> None:
        response = await route.fetch()
        body = await response.json()
        change(body)
        await route.fulfill(response=response, json=body)

    await page.route(address, lie)
