"""A phone of the M-Pesa simulator, in a second tab."""

from dataclasses import dataclass

from playwright.async_api import Page, expect

from .person import SOON_MS, Person


@dataclass
class Phone:
    page: Page

    @classmethod
    async def take(cls, person: Person, msisdn: str) -> "Phone":
        page = await person.context.new_page()
        await page.goto(f"{person.shop.daraja_url}/phones/{msisdn}")
        return cls(page)

    async def enter_pin(self, pin: str) -> None:
        """Return when the prompt comes."""
        prompt = self.page.get_by_role("dialog")
        await expect(prompt).to_be_visible(timeout=SOON_MS)
        for digit in pin:
            await prompt.get_by_role("button", name=digit, exact=True).click()
        await prompt.get_by_role("button", name="Send").click()

    async def cancel(self) -> None:
        prompt = self.page.get_by_role("dialog")
        await expect(prompt).to_be_visible(timeout=SOON_MS)
        await prompt.get_by_role("button", name="Cancel").click()

    async def pay_by_hand(self, account: str, *, shillings: int) -> None:
        """Type an account number and a sum in the phone's menu."""
        form = self.page.get_by_role("form", name="Pay by paybill")
        await form.get_by_label("paybill account").fill(account)
        await form.get_by_label("KES").fill(str(shillings))
        await form.get_by_role("button", name="Pay by hand").click()

    async def shows(self, text: str) -> None:
        await expect(self.page.get_by_text(text).first).to_be_visible(timeout=SOON_MS)
