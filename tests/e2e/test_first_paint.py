"""Check what is seen and asked before the app's script has come, over a slow link."""

import asyncio
from collections import Counter
from pathlib import Path

import pytest
from PIL import Image
from playwright.async_api import FloatRect, Page, Route, ViewportSize, expect

from descrow.app.demo.shop_client import ShopClient

from .conftest import Arrive
from .person import DESKTOP, PHONE

PAGES = {"shop": "/", "product": "/products/1", "proof": "/proof"}
WITHIN_PX = 0.5
HARDLY_SHIFTED = 0.01


async def hold_the_app(page: Page) -> asyncio.Event:
    """The app's own script comes when the event is set, as if it were still on its way."""
    may_come = asyncio.Event()

    async def later(route: Route) -> None:
        await may_come.wait()
        await route.continue_()

    await page.route("**/assets/main-*.js", later)
    return may_come


async def words_and_places(page: Page) -> dict[str, FloatRect | None]:
    """The page's heading and the paragraph at its beginning, and the picture of a product."""
    places = {}
    for one in await page.locator("main :is(h1, section > h1 + p, header + p, header + div > p:first-child)").all():
        places[await one.inner_text()] = await one.bounding_box()
    picture = page.locator("main article .card.aspect-square")
    if await picture.count():
        places["picture"] = await picture.bounding_box()
    return places


@pytest.mark.parametrize("language", ["en", "sw"])
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("address", PAGES.values(), ids=PAGES.keys())
async def test_the_app_takes_the_place_of_what_was_drawn_before_it_and_nothing_moves(
    arrive: Arrive, address: str, size: ViewportSize, language: str
) -> None:
    anybody = await arrive("Nobody", size=size, language=language, signed_in=False)
    may_come = await hold_the_app(anybody.page)

    await anybody.page.goto(address, wait_until="commit")
    await expect(anybody.page.locator("#root main:not(#page) h1")).to_be_visible()
    drawn = await words_and_places(anybody.page)
    may_come.set()
    await anybody.is_settled()
    shown = await words_and_places(anybody.page)

    assert len(drawn) == 2
    assert {words: shown[words] for words in drawn} == {
        words: pytest.approx(place, abs=WITHIN_PX) for words, place in drawn.items()
    }
    assert await anybody.shifted() < HARDLY_SHIFTED
    assert anybody.complaints == []


@pytest.mark.parametrize("address", PAGES.values(), ids=PAGES.keys())
async def test_what_was_asked_before_the_app_came_is_not_asked_again(arrive: Arrive, address: str) -> None:
    anybody = await arrive("Nobody", signed_in=False)
    asked: Counter[str] = Counter()
    anybody.page.on("request", lambda request: asked.update([request.url]) if "/api/" in request.url else None)
    may_come = await hold_the_app(anybody.page)

    await anybody.page.goto(address, wait_until="commit")
    await expect(anybody.page.locator("#root main:not(#page) h1")).to_be_visible()
    asked_ahead = set(asked)
    may_come.set()
    await anybody.is_settled()

    assert asked_ahead
    assert {url: times for url, times in asked.items() if times > 1} == {}


async def test_a_product_that_is_not_there_is_told_by_the_app(arrive: Arrive) -> None:
    anybody = await arrive("Nobody", signed_in=False)

    await anybody.go("/products/999999")

    await anybody.sees_refusal("product_not_found")


async def test_a_title_and_a_picture_are_seen_before_the_app_and_stay_text(
    arrive: Arrive, seller: ShopClient, tmp_path: Path
) -> None:
    title = "<img src=x onerror=\"window.pwned='title'\"> \u202egnp.exe"
    photo = tmp_path / "basket.png"
    Image.new("RGB", (320, 200), "teal").save(photo)
    files = {"file": ("basket.png", photo.read_bytes(), "image/png")}
    cid = (await seller.ask("POST", "/api/v1/ipfs/upload", files=files)).json()["cid"]
    product = await seller.post(
        "/api/v1/products",
        {"title": title, "category": "other", "pricePlanck": "10000000000", "stock": 1, "pictureCids": [cid]},
    )
    anybody = await arrive("Nobody", signed_in=False)
    await hold_the_app(anybody.page)

    await anybody.page.goto(f"/products/{product['id']}", wait_until="commit")

    await expect(anybody.page.locator("#root main:not(#page) h1 bdi")).to_have_text(title)
    picture = anybody.page.locator("#root main:not(#page) article img")
    await expect(picture).to_have_attribute("alt", title)
    await expect(picture).to_have_js_property("naturalWidth", 320)
    assert await anybody.page.evaluate("window.pwned") is None


async def test_answers_that_fail_before_the_app_are_asked_for_again_by_it(arrive: Arrive) -> None:
    anybody = await arrive("Nobody", signed_in=False)
    failed = 0

    async def fail_once(route: Route) -> None:
        nonlocal failed
        failed += 1
        await (route.abort() if failed == 1 else route.continue_())

    await anybody.page.route("**/api/v1/products/1", fail_once)

    await anybody.go("/products/1")

    await anybody.sees("Kenyan AA coffee, 1 kg")
    assert failed == 2


async def test_what_is_no_answer_of_the_shop_draws_nothing_and_breaks_nothing(arrive: Arrive) -> None:
    anybody = await arrive("Nobody", signed_in=False)
    sign_in_page = "<html>Pay for this network first</html>"
    await anybody.page.route("**/api/v1/products/1", lambda route: route.fulfill(status=200, body=sign_in_page))

    await anybody.go("/products/1")

    await anybody.sees_refusal("unreachable")
    assert anybody.complaints == []
