"""Check in the browser that a price is one figure everywhere, and that nobody buys what they have not seen."""

import re
from typing import Any

from playwright.async_api import Page, expect

from descrow.app.demo.shop_client import ShopClient

from .axe import nothing_is_wrong_for, troubles_for_some_people
from .conftest import Arrive


async def list_a_phone(seller: ShopClient, **changes: Any) -> dict[str, Any]:
    listed: dict[str, Any] = await seller.post(
        "/api/v1/products",
        {"title": "Phone, new, sealed", "category": "phones", "priceKesCents": "100000", "stock": 5, **changes},
    )
    return listed


async def figure(page: Page, pattern: str, within: str = "main") -> str:
    """Return the first figure like this one in a part of the page."""
    found = page.locator(within).get_by_text(re.compile(pattern)).first
    await expect(found).to_be_visible()
    text = re.search(pattern, await found.inner_text())
    assert text is not None
    return text[0]


async def test_the_figure_on_the_card_is_the_figure_at_checkout_and_on_the_order(
    arrive: Arrive, seller: ShopClient
) -> None:
    in_dot = await list_a_phone(seller, title="Radio, priced in DOT", priceKesCents=None, pricePlanck="24321000000")
    in_shillings = await list_a_phone(seller, title="Radio, priced in shillings", priceKesCents="123400")
    buyer = await arrive("Wanjiru")

    for product, pay, paid in (
        (in_dot, "M-Pesa", r"KES [\d,.]+"),
        (in_shillings, "DOT", r"[\d,.]+ DOT"),
    ):
        await buyer.go("/?sort=newest")
        card = await figure(buyer.page, paid, within=f"a[href='/products/{product['id']}']")
        await buyer.page.get_by_role("link", name=re.compile(product["title"])).first.click()
        on_page = await figure(buyer.page, paid, within="article header")
        await buyer.page.get_by_text("How this price is made").click()
        await buyer.sees(re.compile(r"KES 520 for 1 DOT, including 2 % for the exchange, rounded up\."))
        await nothing_is_wrong_for(buyer)
        await buyer.page.get_by_role("link", name="Buy now").click()
        await buyer.page.get_by_role("radio", name=re.compile(f"^{pay}")).click()
        if pay == "M-Pesa":
            await buyer.page.get_by_label("M-Pesa number").fill("0712 345 678")
        await buyer.page.get_by_label("Delivery address").fill("Moi Avenue 12, Nairobi")
        at_checkout = await figure(buyer.page, paid, within="section[aria-label='Total to pay']")
        await nothing_is_wrong_for(buyer)
        await buyer.press("Place order")
        await buyer.page.wait_for_url(re.compile(r"/orders/\d+$"))
        on_order = await figure(buyer.page, paid, within="section[aria-label='Order status']")

        assert card == on_page == at_checkout == on_order


async def test_a_seller_who_changes_the_offer_meanwhile_sells_nothing_before_the_buyer_has_seen_it(
    arrive: Arrive, seller: ShopClient
) -> None:
    product = await list_a_phone(seller)
    buyer = await arrive("Wanjiru")
    await buyer.go(f"/products/{product['id']}/buy")
    await buyer.page.get_by_role("radio", name=re.compile("^M-Pesa")).click()
    await buyer.page.get_by_label("M-Pesa number").fill("0733 100 200")
    await buyer.page.get_by_label("Delivery address").fill("Moi Avenue 12, Nairobi")
    await buyer.sees("KES 1,000")

    await seller.put(f"/api/v1/products/{product['id']}", {"title": "Empty box", "priceKesCents": "900000"})
    await buyer.press("Place order")

    await buyer.sees_refusal("product_not_as_seen")
    await buyer.sees("This offer has changed")
    changes = buyer.page.locator("[data-offer=changed]")
    await expect(changes).to_contain_text("Phone, new, sealed → Empty box")
    await expect(changes).to_contain_text("KES 1,000 → KES 9,000")
    await expect(buyer.button("Place order")).to_be_disabled()
    assert await troubles_for_some_people(buyer) == []
    ordered = await buyer_orders(seller, product["id"])
    assert ordered == []

    await buyer.press("Continue at KES 9,000")
    await buyer.press("Place order")
    await buyer.page.wait_for_url(re.compile(r"/orders/\d+$"))
    await buyer.sees("Empty box")
    await buyer.page.get_by_text("What was ordered").click()
    await expect(buyer.page.locator("[data-ordered-product]")).to_contain_text("KES 9,000")
    await nothing_is_wrong_for(buyer)


async def buyer_orders(seller: ShopClient, product_id: int) -> list[dict[str, Any]]:
    """Return the orders of this product that its seller knows of."""
    listed = (await seller.get("/api/v1/orders"))["items"]
    return [order for order in listed if order["productId"] == product_id]
