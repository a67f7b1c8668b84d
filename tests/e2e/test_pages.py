"""Check every page in both themes and languages: it is readable, it stands still, and text is text."""

import re
from pathlib import Path

import pytest
from PIL import Image
from playwright.async_api import ViewportSize, expect

from descrow.app.demo.shop_client import ShopClient
from descrow.chain.keys import Keypair

from .axe import troubles_for_some_people
from .conftest import Arrive
from .lies import answer_late, answer_otherwise
from .person import ADMIN_SECTIONS, DESKTOP, PHONE, Person
from .shop import Shop

MOST_SHIFTED, HARDLY_SHIFTED = 0.05, 0.02
ONE_PLANCK, MOST_PLANCK, A_BILLION_DOT_PLANCK = "1", "9" * 18, str(10**19)
SMALLEST_ORDER_PLANCK = str(10**9)

NASTY_TITLE = "<img src=x onerror=\"window.pwned='title'\"> \u202egnp.exe"
NASTY_TEXT = "<script>window.pwned='text'</script> javascript:window.pwned='link' <svg onload=\"window.pwned='svg'\">"
NASTY_SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>window.pwned="file"</script></svg>'

PAGES = {
    "shop": "/",
    "product": "/products/1",
    "checkout": "/products/2/buy",
    "orders": "/orders",
    "account": "/account",
    "proof": "/proof",
    "nowhere": "/nowhere",
}
SELLERS_PAGES = {"sell": "/sell", "new-product": "/sell/new", "change-product": "/sell/1"}
STAFF_PAGES = {
    "disputes": "/disputes",
    **{f"admin-{section}": f"/admin?section={section}" for section in ADMIN_SECTIONS},
}


async def everybody_with_their_pages(arrive: Arrive, size: ViewportSize) -> list[tuple[Person, dict[str, str]]]:
    """A buyer with an order, a seller and the shop's guardian; what each may look at, by name and address."""
    buyer = await arrive("Kamau", size=size)
    order = await buyer.order("Kenyan AA coffee", pay="DOT")
    return [
        (buyer, PAGES | {"order": f"/orders/{order}"}),
        (await arrive("Achieng", size=size), SELLERS_PAGES),
        (await arrive("Guardian", size=size), STAFF_PAGES),
    ]


@pytest.mark.parametrize(
    ("size", "theme", "language"),
    [  # each pair of two of them once: what a page gets wrong depends on no more than two
        pytest.param(PHONE, "light", "sw", id="phone-light-sw"),
        pytest.param(PHONE, "dark", "en", id="phone-dark-en"),
        pytest.param(DESKTOP, "light", "en", id="desktop-light-en"),
        pytest.param(DESKTOP, "dark", "sw", id="desktop-dark-sw"),
    ],
)
async def test_no_page_is_closed_to_anybody_or_moves_under_the_thumb(
    arrive: Arrive, size: ViewportSize, theme: str, language: str
) -> None:
    everybody = await everybody_with_their_pages(arrive, size)

    troubles = []
    for person, pages in everybody:
        await person.prefers(theme=theme, language=language)
        for name, address in pages.items():
            await person.go(address)
            await person.is_settled()
            troubles += [f"{name}: {trouble}" for trouble in await troubles_for_some_people(person)]
            if (shifted := await person.shifted()) > MOST_SHIFTED:
                troubles.append(f"{name}: moved by {shifted:.3f}")
            if await person.page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
                troubles.append(f"{name}: wider than the screen")

    assert troubles == []
    assert [person.complaints for person, _ in everybody] == [[], [], []]


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
async def test_nothing_moves_when_answers_come_late_and_in_any_order(arrive: Arrive, size: ViewportSize) -> None:
    everybody = await everybody_with_their_pages(arrive, size)

    moved = {}
    for person, pages in everybody:
        await person.prefers(theme="light", language="sw")  # whose words are the longer ones
        await answer_late(person.page, within_s=0.8, seed=7)
        for name, address in pages.items():
            await person.go(address)
            await person.is_settled()
            moved[name] = await person.shifted()

    assert {name: by for name, by in moved.items() if by > HARDLY_SHIFTED} == {}


async def test_a_button_without_a_name_would_be_found(arrive: Arrive) -> None:
    anybody = await arrive("Nobody", signed_in=False)
    await anybody.go("/")
    await anybody.page.evaluate("document.body.append(document.createElement('button'))")

    assert any("button-name" in trouble for trouble in await troubles_for_some_people(anybody))


async def test_what_people_type_stays_text(arrive: Arrive, seller: ShopClient) -> None:
    product = await seller.post(
        "/api/v1/products",
        {
            "title": NASTY_TITLE,
            "description": NASTY_TEXT,
            "category": "other",
            "pricePlanck": SMALLEST_ORDER_PLANCK,
            "stock": 5,
            "specifications": {NASTY_TITLE[:60]: NASTY_TEXT},
        },
    )
    svg = await seller.ask("POST", "/api/v1/ipfs/upload", files={"file": ("a.svg", NASTY_SVG, "image/svg+xml")})
    buyer = await arrive("Wanjiru")

    await buyer.go(f"/products/{product['id']}")
    await buyer.sees(NASTY_TEXT)
    await buyer.page.get_by_role("link", name="Buy now").click()
    await buyer.page.get_by_label("Delivery address").fill(NASTY_TEXT)
    await buyer.press("Place order")
    await buyer.page.wait_for_url(re.compile(r"/orders/\d+$"))
    await buyer.sees(NASTY_TEXT)

    assert await buyer.page.evaluate("window.pwned") is None
    isolated = buyer.page.locator("bdi", has_text="gnp.exe").first
    await expect(isolated).to_have_css("unicode-bidi", re.compile("isolate|plaintext"))
    shown = await buyer.page.request.get(f"/ipfs/{svg.json()['cid']}")
    assert shown.headers["content-type"].startswith("text/plain")
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert buyer.complaints == []


async def test_the_smallest_and_the_largest_price_are_shown_to_the_last_planck(
    arrive: Arrive, seller: ShopClient
) -> None:
    shown = {}
    for price in (ONE_PLANCK, MOST_PLANCK):
        body = {"title": f"For {price} planck", "category": "other", "pricePlanck": price, "stock": 1}
        shown[price] = (await seller.post("/api/v1/products", body))["id"]
    anybody = await arrive("Nobody", signed_in=False)

    await anybody.go(f"/products/{shown[ONE_PLANCK]}")
    await anybody.sees("0.0000000001 DOT")
    await anybody.go(f"/products/{shown[MOST_PLANCK]}")
    await anybody.sees("99,999,999.9999999999 DOT")
    await answer_otherwise(
        anybody.page, "**/api/v1/products/1", lambda product: product.update(pricePlanck=A_BILLION_DOT_PLANCK)
    )
    await anybody.go("/products/1")
    await anybody.sees("1,000,000,000 DOT")


async def test_the_browser_keeps_no_secret_and_the_logs_hold_none(arrive: Arrive, shop: Shop) -> None:
    buyer = await arrive("Bob")
    tokens: set[str] = set()
    buyer.page.on(
        "request", lambda request: tokens.add(request.headers.get("authorization", "").removeprefix("Bearer "))
    )
    await buyer.order("Kenyan AA coffee", pay="DOT")
    await buyer.pay_in_dot()
    tokens.discard("")

    kept = await buyer.page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
    assert tokens
    cookies = {cookie["name"]: cookie for cookie in await buyer.context.cookies()}
    secrets = tokens | {cookie["value"] for cookie in cookies.values()}
    assert not [secret for secret in secrets if secret in kept]
    assert all(cookie["httpOnly"] for cookie in cookies.values())
    logged = "".join(path.read_text(errors="replace") for path in shop.logs.rglob("*") if path.is_file())
    assert logged
    assert not [secret for secret in secrets if secret in logged]


async def test_the_app_opens_without_a_network(arrive: Arrive) -> None:
    anybody = await arrive("Nobody", signed_in=False)
    await anybody.go("/")
    await anybody.page.evaluate("navigator.serviceWorker.ready.then(() => undefined)")
    await anybody.page.reload()
    await anybody.sees("Kenyan AA coffee")

    await anybody.context.set_offline(True)
    await anybody.page.reload()

    await anybody.sees("You are offline.")


async def test_anybody_sees_that_the_money_is_there(arrive: Arrive) -> None:
    anybody = await arrive("Nobody", signed_in=False)

    await anybody.go("/proof")

    await anybody.sees("All money owed is there.")
    await anybody.sees("M-Pesa account")
    await anybody.sees(re.compile("M-Pesa was asked|M-Pesa has not answered yet"))


async def test_a_seller_lists_a_thing_with_a_picture_changes_it_and_takes_it_out(
    arrive: Arrive, tmp_path: Path
) -> None:
    photo = tmp_path / "basket.png"
    Image.new("RGB", (320, 200), "teal").save(photo)
    seller = await arrive("Otieno")
    await seller.page.get_by_role("link", name="Sell", exact=True).first.click()
    await seller.page.get_by_role("link", name="Sell a product").click()
    await seller.press("Publish")
    await seller.sees("Enter a product name.")
    await seller.page.get_by_label("Product name").fill("Kiondo basket")
    await seller.page.get_by_label("Add a picture").set_input_files(photo)
    await seller.press("Use this picture")
    await seller.page.get_by_role("button", name="Remove picture 1").wait_for()
    await seller.page.get_by_label("Price", exact=True).fill("1500")
    await seller.press("Publish")

    await seller.sees("KES 1,500")
    await seller.page.get_by_role("link", name="Kiondo basket").click()
    await seller.page.get_by_label("Price", exact=True).fill("1400")
    await seller.press("Save")
    await seller.sees("KES 1,400")
    await seller.press("Unlist")
    await seller.sees("unlisted")


async def test_the_guardian_stops_new_orders_and_the_owner_lets_them_go_on(arrive: Arrive) -> None:
    guardian = await arrive("Guardian", size=DESKTOP)
    await guardian.go("/admin")
    await guardian.sees("New orders and payments are open.")

    await guardian.press_and_mean_it("Pause")
    await guardian.sees("New orders and payments are paused. Refunds and payouts continue.")
    await guardian.page.get_by_role("radio", name="Roles").click()
    await guardian.page.get_by_label("Address").fill(Keypair.from_uri("//Owner").address)
    await guardian.page.get_by_role("radio", name="Admin").click()
    await guardian.press("Grant role")
    await guardian.sees(Keypair.from_uri("//Owner").address)

    owner = await arrive("Owner", size=DESKTOP)
    await owner.go("/admin")
    await owner.press_and_mean_it("Resume")
    await owner.sees("New orders and payments are open.")
