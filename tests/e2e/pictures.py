"""Pictures of every page, on a phone and on a desk, of a shop in which something is going on.

    uv run python -m tests.e2e.pictures [FOLDER]

They are put into `docs/screens` where no folder is named.
"""

import asyncio
import io
import re
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.async_api import Browser, async_playwright

from descrow.app.devstack.mpesa import BUYERS_PHONE
from tests.chromium import NO_SANDBOX, provide_chromium

from .person import ADMIN_SECTIONS, DESKTOP, PHONE, Person
from .phone import Phone
from .shop import Shop, running_shop

FOLDER = Path(__file__).parents[2] / "docs" / "screens"
SIZES = {"phone": PHONE, "desktop": DESKTOP}
COLOURS = 128
"""Of a palette: flat pages lose nothing by it, and the files are small."""


async def take_pictures(shop: Shop, folder: Path) -> None:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=provide_chromium(print), args=NO_SANDBOX)
        orders = await _something_going_on(browser, shop)
        for size_name, size in SIZES.items():
            for theme, language in (("light", "en"), ("dark", "sw")):
                people = {
                    name: await Person.arrive(browser, shop, name, size=size)
                    for name in ("Kamau", "Achieng", "Guardian", "Arbiter")
                }
                for person in people.values():
                    await person.sign_in()
                    await person.prefers(theme=theme, language=language)
                for name, who, address in _pages(orders):
                    if theme == "dark" and name not in IN_DARK_TOO:
                        continue
                    await people[who].go(address)
                    await people[who].is_settled()
                    _save(await people[who].page.screenshot(), folder / f"{name}-{theme}-{size_name}.png")
                for person in people.values():
                    await person.context.close()
        await browser.close()


IN_DARK_TOO = frozenset({"shop", "order-funded", "sell"})
Orders = dict[str, int]


def _pages(orders: Orders) -> list[tuple[str, str, str]]:
    """Name, who looks, and where."""
    return [
        ("shop", "Kamau", "/"),
        ("product", "Kamau", "/products/1"),
        ("checkout", "Kamau", "/products/2/buy"),
        ("orders", "Kamau", "/orders"),
        ("order-to-pay", "Kamau", f"/orders/{orders['created']}"),
        ("order-funded", "Kamau", f"/orders/{orders['funded']}"),
        ("order-disputed", "Arbiter", f"/orders/{orders['disputed']}"),
        ("order-delivered", "Achieng", f"/orders/{orders['delivered']}"),
        ("account", "Kamau", "/account"),
        ("sell", "Achieng", "/sell"),
        ("sell-new", "Achieng", "/sell/new"),
        ("sell-change", "Achieng", "/sell/1"),
        ("disputes", "Arbiter", "/disputes"),
        *((f"admin-{section}", "Guardian", f"/admin?section={section}") for section in ADMIN_SECTIONS),
        ("proof", "Kamau", "/proof"),
    ]


async def _something_going_on(browser: Browser, shop: Shop) -> Orders:
    """An order at each of some points of its life, and one paid by M-Pesa."""
    buyer = await Person.arrive(browser, shop, "Kamau")
    seller = await Person.arrive(browser, shop, "Achieng")
    for person in (buyer, seller):
        await person.sign_in()
    orders = {}
    for status in ("delivered", "disputed", "funded"):
        orders[status] = await buyer.order("Kenyan AA coffee", pay="DOT")
        await buyer.pay_in_dot()
        if status == "funded":
            continue
        await seller.go(f"/orders/{orders[status]}")
        await seller.page.get_by_label("Tracking details (optional)").fill("Bus KBX 123A, 14:00")
        await seller.press("Mark as shipped")
        await buyer.sees_status("shipped")
        if status == "delivered":
            await buyer.press_and_mean_it("Confirm delivery")
        else:
            await buyer.press_and_mean_it("Report a problem")
            await buyer.sees_status("disputed")
            await buyer.say("The bag was torn, and half of it is gone.")
            await seller.say("It left here whole.")
        await buyer.sees_status(status)
    await buyer.order("Kitenge fabric", pay="M-Pesa", phone=BUYERS_PHONE)
    phone = await Phone.take(buyer, BUYERS_PHONE)
    await phone.enter_pin("1234")
    await buyer.sees_status("funded")
    orders["created"] = await buyer.order("Refurbished phone", pay="DOT")
    await buyer.sees(re.compile("Total from your account"))
    for person in (buyer, seller):
        await person.context.close()
    return orders


def _save(picture: bytes, path: Path) -> None:
    with Image.open(io.BytesIO(picture)) as image:
        image.convert("RGB").quantize(COLOURS).save(path, optimize=True)


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as below, running_shop(Path(below) / "data") as shop:
        asyncio.run(take_pictures(shop, folder))
    print(f"{len(list(folder.glob('*.png')))} pictures are in {folder}")


if __name__ == "__main__":
    main()
