"""Somebody at a browser of their own, who reads what the page says and presses what it offers."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, ViewportSize, expect

from descrow.chain.keys import Keypair

from .shop import Shop
from .wallet import TestWallet

PHONE = ViewportSize(width=390, height=844)
DESKTOP = ViewportSize(width=1440, height=900)
ADMIN_SECTIONS = ("overview", "mpesa", "statistics", "roles", "audit")
SETTLES_WITHIN_MS = 300
SOON_MS = 30_000
"""For what takes blocks: a transaction to become final, a call of the shop to be taken up."""


@dataclass
class Person:
    name: str
    shop: Shop
    context: BrowserContext
    page: Page
    wallet: TestWallet
    complaints: list[str] = field(default_factory=list)
    """What the browser complained of: scripts that broke, and what the page's policy forbade."""

    @classmethod
    async def arrive(
        cls,
        browser: Browser,
        shop: Shop,
        name: str,
        *,
        size: ViewportSize = PHONE,
        language: str = "en",
        **wallet_options: Any,
    ) -> "Person":
        context = await browser.new_context(
            viewport=size, base_url=shop.url, locale=language, reduced_motion="reduce", has_touch=size is PHONE
        )
        context.set_default_timeout(SOON_MS)
        wallet = TestWallet({name: Keypair.from_uri(f"//{name}")}, **wallet_options)
        await wallet.put_into(context)
        person = cls(name, shop, context, await context.new_page(), wallet)
        person.page.on("pageerror", lambda error: person.complaints.append(str(error)))
        person.page.on("console", person._note)
        return person

    def _note(self, message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            self.complaints.append(message.text)

    async def prefers(self, *, theme: str, language: str) -> None:
        await self.page.evaluate(
            "([theme, language]) => { localStorage.setItem('descrow.theme', theme);"
            " localStorage.setItem('descrow.language', language) }",
            [theme, language],
        )

    async def is_settled(self) -> None:
        """The app is there, with everything that it asked for, and has found its place."""
        await expect(self.page.locator("#page h1").first).to_be_visible(timeout=SOON_MS)
        await expect(self.page.locator(".skeleton")).to_have_count(0, timeout=SOON_MS)
        await expect(self.page.locator("[data-error-page]")).to_have_count(0)
        await self.page.wait_for_timeout(SETTLES_WITHIN_MS)

    async def shifted(self) -> float:
        """By how much the page moved by itself since it was opened: the cumulative layout shift."""
        moved: float = await self.page.evaluate("""
            () => new Promise(resolve => new PerformanceObserver(list => resolve(
                list.getEntries().filter(one => !one.hadRecentInput).reduce((sum, one) => sum + one.value, 0)
            )).observe({ type: 'layout-shift', buffered: true }) ?? setTimeout(resolve, 200, 0))
        """)
        return moved

    async def go(self, path: str) -> None:
        await self.page.goto(path)

    async def sign_in(self) -> None:
        """With the injected wallet: the demo's own is another button."""
        await self.go("/account")
        await self.choose_account()
        await self.sees("Account address")

    async def choose_account(self) -> None:
        await self.page.get_by_role("button", name="Connect Talisman").click()
        await self.page.get_by_role("button", name=re.compile(self.name)).click()

    def button(self, name: str | re.Pattern[str]) -> Locator:
        return self.page.get_by_role("button", name=name)

    async def press(self, name: str | re.Pattern[str]) -> None:
        await self.button(name).click()

    async def press_and_mean_it(self, name: str | re.Pattern[str]) -> None:
        """Press, read what will happen, press again."""
        await self.press(name)
        await self.page.get_by_role("group", name=name).get_by_role("button", name=name).click()

    async def sees(self, text: str | re.Pattern[str], *, within_ms: float = SOON_MS) -> None:
        await expect(self.page.get_by_text(text).filter(visible=True).first).to_be_visible(timeout=within_ms)

    async def sees_status(self, status: str) -> None:
        """The order's, on its page, without loading it anew."""
        await expect(self.page.locator("[data-order-status]")).to_have_attribute(
            "data-order-status", status, timeout=SOON_MS
        )

    async def sees_refusal(self, code: str) -> None:
        await expect(self.page.locator(f"[data-error-code={code}]").first).to_be_visible(timeout=SOON_MS)

    async def order(self, product_title: str, *, pay: str, phone: str | None = None) -> int:
        """Through the shop to an order of one's own; its number."""
        await self.go("/")
        await self.page.get_by_role("link", name=re.compile(product_title)).first.click()
        await self.page.get_by_role("link", name="Buy now").click()
        await self.page.get_by_role("radio", name=re.compile(f"^{pay}")).click()
        if phone is not None:
            await self.page.get_by_label("M-Pesa number").fill(phone)
        await self.page.get_by_label("Delivery address").fill("Moi Avenue 12, Nairobi")
        await self.page.get_by_role("button", name="Place order").click()
        await self.page.wait_for_url(re.compile(r"/orders/\d+$"))
        return int(self.page.url.rsplit("/", 1)[1])

    async def pay_in_dot(self) -> None:
        await self.press(re.compile(r"^Pay .*DOT"))
        await self.sees_status("funded")

    async def offer(self, button: str, *, buyer_percent: int) -> None:
        await self.press(button)
        form = self.page.get_by_role("group", name=button)
        await form.get_by_label(re.compile("The buyer gets")).fill(str(buyer_percent * 100))
        await form.get_by_role("button", name=button).click()

    async def say(self, text: str) -> None:
        """In the thread of a dispute."""
        await self.page.get_by_label("Your message").fill(text)
        await self.press("Send")

    async def picture(self, path: Path) -> None:
        await self.page.screenshot(path=path, full_page=True)
